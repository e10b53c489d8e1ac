"""
Amounts as people write them and as the engine counts them.

The engine counts in millisatoshi (msat), always as `int`. Satoshi appear where the chain does (outputs, capacities) and on pages.
No function here ever sees a float: a float cannot hold 21 million bitcoin in msat exactly.
"""

from __future__ import annotations

MSAT_PER_SAT = 1_000
SAT_PER_BTC = 100_000_000
MSAT_PER_BTC = SAT_PER_BTC * MSAT_PER_SAT
MAX_MSAT = 21_000_000 * MSAT_PER_BTC
"""More bitcoin than will ever exist: any larger amount is nonsense, whoever sent it."""


def format_sat(amount_msat: int) -> str:
    """
    An amount as a person reads it: whole satoshi grouped by threes, and the msat only when there are some.

    >>> format_sat(250_000_000)
    '250,000'
    >>> format_sat(1_234_567)
    '1,234.567'
    >>> format_sat(-1)
    '-0.001'
    """
    sign = "-" if amount_msat < 0 else ""
    sat, rest_msat = divmod(abs(amount_msat), MSAT_PER_SAT)
    return f"{sign}{sat:,}" + (f".{rest_msat:03d}" if rest_msat else "")


def sat_ceil(amount_msat: int) -> int:
    """The smallest whole number of satoshi that is not less than this amount."""
    return -(-amount_msat // MSAT_PER_SAT)


def proportional_fee_msat(amount_msat: int, *, fee_base_msat: int, fee_ppm: int) -> int:
    """
    What a node asks for forwarding this amount: its base fee and its share, rounded down.

    BOLT 7, HTLC Fees
    """
    return fee_base_msat + amount_msat * fee_ppm // 1_000_000
