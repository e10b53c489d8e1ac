"""Why a program is refused, or a key is not made: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class KeyNameMissing(ServiceError):
    """A key without a name: nobody would know later what it is for."""


@dataclass(eq=False, kw_only=True)
class ScopesMissing(ServiceError):
    """A key that may do nothing."""


@dataclass(eq=False, kw_only=True)
class UnknownApiKey(ServiceError):
    """The account has no such key."""


@dataclass(eq=False, kw_only=True)
class IdempotencyKeyMissing(ServiceError):
    """Paying without a name for the wish: a repetition could not be told from another payment."""


@dataclass(eq=False, kw_only=True)
class IdempotencyKeyMalformed(ServiceError):
    """The name of a wish is 1 to 100 printable ASCII characters."""


@dataclass(eq=False, kw_only=True)
class IdempotencyKeyReused(ServiceError):
    """The same name for another wish."""
