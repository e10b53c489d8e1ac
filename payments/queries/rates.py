"""
What a bitcoin was worth at a moment, if somebody has said so: never guessed, never carried over from another day or another currency.

A source is whatever writes RateRecords: somebody who types them, a file, and whatever is added later. Pages and payments only ask here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from payments.models import MerchantAccount, RateRecord
from payments.queries.currencies import worth, write_price
from payments.queries.rate_shapes import RateShape, rate_shape


def rate_at(currency: str, at: datetime | None = None) -> RateShape | None:
    """
    The newest rate of a currency that was known for that moment; None when there is none, or only one that is too old.

    at    None: now
    """
    moment = timezone.now() if at is None else at
    if not currency:
        return None
    oldest = moment - timedelta(seconds=settings.LNWEB_RATE_VALID_S)
    known = RateRecord.objects.filter(currency=currency, valid_from__lte=moment, valid_from__gt=oldest)
    row = known.order_by("-valid_from", "-id").first()
    return None if row is None else rate_shape(row)


def rate_of_account(account_id: int, at: datetime | None = None) -> RateShape | None:
    """The same in the account's own currency."""
    currency = MerchantAccount.objects.filter(pk=account_id).values_list("currency", flat=True).first()
    return rate_at(currency or "", at)


def rate_id_now(account_id: int) -> int | None:
    """What a payment or an invoice keeps: the rate of this moment in the account's currency, if one is known."""
    rate = rate_of_account(account_id)
    return None if rate is None else rate.id


def newest_rates(limit: int = 50) -> tuple[RateShape, ...]:
    """What was said last, in all currencies."""
    return tuple(map(rate_shape, RateRecord.objects.order_by("-valid_from", "-id")[:limit]))


def in_currency(amount_msat: int, rate: RateShape) -> str:
    """An amount as people write it in the rate's currency, with its code."""
    return f"{write_price(worth(amount_msat, rate.minor_units_per_btc), rate.currency)} {rate.currency}"
