"""
Why there is no route: the one limit that was in the way, and the least change that would help.

No route is an answer, not an exception. Words for people are made from these facts elsewhere.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class NoRouteReason(StrEnum):
    """Which limit, lifted alone, would have let a route through; or what is missing."""

    PAYEE_IS_US = "payee_is_us"
    """A node does not pay itself."""
    OWN_BALANCE = "own_balance"
    """None of our channels can send that much (or so little) now: `largest_amount_msat` says what would go."""
    FEE_LIMIT = "fee_limit"
    """There is a way, but it costs `needed_fee_msat`."""
    CLTV_LIMIT = "cltv_limit"
    """There is a way, but it may lock money for `needed_cltv_expiry_delta` blocks."""
    PATH_LENGTH = "path_length"
    """There is a way, but it has more channels than an onion holds."""
    CHANNELS_FAILED = "channels_failed"
    """There is a way, but only through channels that have failed for this payment."""
    RECIPIENT_UNKNOWN = "recipient_unknown"
    """The payee is not on our map, gave no route hints and is not our peer."""
    RECIPIENT_UNREACHABLE_AMOUNT = "recipient_unreachable_amount"
    """No single channel to the payee carries this amount: `largest_amount_msat` says what would go."""
    NO_PATH = "no_path"
    """Nothing connects us with the payee for this amount; `largest_amount_msat` when less would go."""


class NoRoute(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """
    The router's other answer.

    needed_fee_msat            the least fee limit with which there is a route
    needed_cltv_expiry_delta   the least limit in blocks with which there is a route
    largest_amount_msat        an amount for which there is a route while for one msat more there is none; None when there is none at all
    is_cut_short               the search for that amount ended at its bound on work: it goes, and some more may
    """

    reason: NoRouteReason
    needed_fee_msat: int | None = None
    needed_cltv_expiry_delta: int | None = None
    largest_amount_msat: int | None = None
    is_cut_short: bool = False
