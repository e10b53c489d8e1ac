"""Why a rate is not taken: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class RateMalformed(ServiceError):
    """A currency is three capital letters, a price digits with a point."""

    currency: str
    price: str


@dataclass(eq=False, kw_only=True)
class RateFileMalformed(ServiceError):
    """A line of a file with rates is none."""

    line: int
