"""A rate as pages show it and as payments keep it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from payments.models import RateRecord
from payments.queries.currencies import write_price


class RateShape(Struct, frozen=True, kw_only=True):
    """A rate as pages show it."""

    id: int
    currency: str
    minor_units_per_btc: int
    valid_from: datetime
    source: str

    @property
    def price(self) -> str:
        """Of one bitcoin, as people write it."""
        return write_price(self.minor_units_per_btc, self.currency)


def rate_shape(row: RateRecord) -> RateShape:
    """A rate as its row has it."""
    return RateShape(
        id=row.pk, currency=row.currency, minor_units_per_btc=row.minor_units_per_btc, valid_from=row.valid_from, source=row.source
    )
