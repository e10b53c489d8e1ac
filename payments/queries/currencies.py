"""
Currencies by their ISO 4217 code, and amounts in their smallest units as text and back. Whole numbers only, as everywhere near money.

A price is typed and read as people write it, with a point and as many places as the currency has, and nothing else.
"""

from __future__ import annotations

import re

from payments.lightning.units import MSAT_PER_SAT

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_PRICE = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,4}))?", re.ASCII)
_MSAT_PER_BTC = 100_000_000 * MSAT_PER_SAT
_PLACES = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_USUAL_PLACES = 2


def is_currency(code: str) -> bool:
    """Whether a text has the form of a currency's code."""
    return _CODE.fullmatch(code) is not None


def places_of(currency: str) -> int:
    """
    How many places behind the point a currency has.

    >>> places_of("EUR"), places_of("JPY"), places_of("KWD")
    (2, 0, 3)
    """
    return _PLACES.get(currency, _USUAL_PLACES)


def read_price(text: str, currency: str) -> int | None:
    """
    A price in the currency's smallest units; None for what is no price.

    >>> read_price("58000.5", "EUR"), read_price("58,000", "EUR"), read_price("1.234", "EUR"), read_price("-1", "EUR")
    (5800050, None, None, None)
    """
    form, places = _PRICE.fullmatch(text.strip()), places_of(currency)
    if form is None or len(form.group(2) or "") > places:
        return None
    return int(form.group(1) + (form.group(2) or "").ljust(places, "0"))


def write_price(minor_units: int, currency: str) -> str:
    """
    An amount in a currency as people write it, grouped by threes.

    >>> write_price(5_800_050, "EUR"), write_price(-7, "EUR"), write_price(1_234, "JPY")
    ('58,000.50', '-0.07', '1,234')
    """
    places, sign = places_of(currency), "-" if minor_units < 0 else ""
    whole, rest = divmod(abs(minor_units), 10**places)
    return f"{sign}{whole:,}" + (f".{rest:0{places}d}" if places else "")


def worth(amount_msat: int, minor_units_per_btc: int) -> int:
    """
    What an amount is worth in the smallest units of a currency: rounded to the nearest, halves away from zero.

    >>> worth(100_000_000_000, 5_800_050), worth(1_000, 5_800_050), worth(9_000, 5_800_050), worth(-9_000, 5_800_050)
    (5800050, 0, 1, -1)
    """
    doubled, sign = 2 * abs(amount_msat) * minor_units_per_btc, -1 if amount_msat < 0 else 1
    return sign * ((doubled + _MSAT_PER_BTC) // (2 * _MSAT_PER_BTC))
