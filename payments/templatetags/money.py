"""What an amount is worth in an account's currency, small behind the amount: by a rate that somebody has said, or not at all."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments.queries.currencies import write_price
from payments.queries.rate_shapes import RateShape
from payments.queries.rates import in_currency, rate_at

register = template.Library()
_NOTHING = SafeString("")


@register.simple_tag
def fiat(amount_msat: int | None, rate: RateShape | None) -> SafeString:
    """
    What an amount was worth at a rate that is kept with it; nothing where none is.

    >>> fiat(1_000, None)
    ''
    """
    if amount_msat is None or not isinstance(rate, RateShape):
        return _NOTHING
    return format_html('<span class="fiat">≈ {}</span>', in_currency(amount_msat, rate).replace(" ", "\N{NO-BREAK SPACE}"))


@register.filter
def price(minor_units: int, currency: str) -> str:
    r"""
    An amount in a currency, with its code.

    >>> price(5_800_012, "EUR")
    '58,000.12\xa0EUR'
    """
    return f"{write_price(minor_units, currency)}\N{NO-BREAK SPACE}{currency}"


@register.simple_tag
def fiat_now(amount_msat: int | None, currency: str) -> SafeString:
    """What an amount is worth at the newest rate of a currency that still holds; nothing without a currency or a rate."""
    return fiat(amount_msat, rate_at(currency)) if currency else _NOTHING
