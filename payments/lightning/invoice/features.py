"""
The features that an invoice may ask of its payer.

Features come in pairs of bits: the even one says "required", the odd one "supported". A required bit that is not in this table is a
promise we cannot keep, so the invoice is refused. The table is the invoice's alone (context `9`); what peers and nodes say of
themselves is another matter.

BOLT 9, Assigned Feature Flags
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from payments.lightning.crypto.bech32 import int_to_words, words_to_int
from payments.lightning.invoice.errors import FeatureDependencyMissing, UnknownRequiredFeature


class InvoiceFeature(IntEnum):
    """The even ("required") bit of each pair that has a meaning in invoices; `bit | 1` is "supported"."""

    VAR_ONION_OPTIN = 8
    PAYMENT_SECRET = 14
    BASIC_MPP = 16
    OPTION_ROUTE_BLINDING = 24
    OPTION_ATTRIBUTION_DATA = 36
    OPTION_PAYMENT_METADATA = 48


_KNOWN = frozenset(InvoiceFeature)
_NEEDS = {InvoiceFeature.BASIC_MPP: InvoiceFeature.PAYMENT_SECRET}


def has_feature(bits: frozenset[int], feature: int) -> bool:
    """
    Whether a feature is supported or required; either bit of its pair names it.

    >>> has_feature(frozenset({17}), InvoiceFeature.BASIC_MPP)
    True
    """
    return feature in bits or feature ^ 1 in bits


def read_features(words: bytes) -> frozenset[int]:
    """
    The numbers of the bits that are set.

    raises   UnknownRequiredFeature (the lowest one), FeatureDependencyMissing

    BOLT 11, Feature Bits
    """
    bits = _set_bits(words)
    if unknown := [bit for bit in bits if bit % 2 == 0 and bit not in _KNOWN]:
        raise UnknownRequiredFeature(bit=min(unknown))
    for feature, needed in _NEEDS.items():
        if has_feature(bits, feature) and not has_feature(bits, needed):
            raise FeatureDependencyMissing(feature=feature.name.lower(), needs=needed.name.lower())
    return bits


def write_features(bits: frozenset[int]) -> bytes:
    """The field's words, as few as possible."""
    return int_to_words(sum(1 << bit for bit in bits))


@lru_cache(256)
def _set_bits(words: bytes) -> frozenset[int]:
    # Most invoices of a network have one of a few feature fields.
    binary = bin(words_to_int(words))[:1:-1]
    return frozenset(bit for bit, digit in enumerate(binary) if digit == "1")
