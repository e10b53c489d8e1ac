"""What is refused about merchant accounts and their members: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class UnknownAccount(ServiceError):
    """There is no such account."""


@dataclass(eq=False, kw_only=True)
class AccountExists(ServiceError):
    """Another account has this short name."""

    slug: str


@dataclass(eq=False, kw_only=True)
class AccountWishMalformed(ServiceError):
    """A name, short name or currency that no account can have."""

    field: str


@dataclass(eq=False, kw_only=True)
class HouseStaysOpen(ServiceError):
    """The node's own account is never closed, and gets no money from itself."""


@dataclass(eq=False, kw_only=True)
class AmountNotPositive(ServiceError):
    """To move nothing, or less."""


@dataclass(eq=False, kw_only=True)
class ReasonMissing(ServiceError):
    """Money was to be moved without saying why, or with more words than are kept."""

    limit: int


@dataclass(eq=False, kw_only=True)
class MovementIdMalformed(ServiceError):
    """The name of a movement is 16 bytes in hex."""


@dataclass(eq=False, kw_only=True)
class MovementIdTaken(ServiceError):
    """Another movement has this name."""


@dataclass(eq=False, kw_only=True)
class NotEnoughToMove(ServiceError):
    """Whoever gives does not have so much available."""

    giver: str
    available_msat: int
    needed_msat: int


@dataclass(eq=False, kw_only=True)
class UnknownPerson(ServiceError):
    """Nobody has this name."""

    name: str


@dataclass(eq=False, kw_only=True)
class MemberAlready(ServiceError):
    """The person belongs to the account, as this."""

    name: str
    role: str


@dataclass(eq=False, kw_only=True)
class UnknownMember(ServiceError):
    """The person does not belong to the account."""


@dataclass(eq=False, kw_only=True)
class LastOwner(ServiceError):
    """The account would be left without anybody who may manage it."""
