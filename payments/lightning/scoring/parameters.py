"""
The knobs of the scorer that learns: unit, default, and why that default. LDK's ProbabilisticScoringFeeParameters and ...DecayParameters.

Penalties are prices: what a payer would rather pay in fees than go over that channel. They are added up over a path and to its fees.
"""

from __future__ import annotations

import msgspec


class ScoringParameters(msgspec.Struct, frozen=True, kw_only=True):
    """What ignorance and bad news cost, and how fast knowledge fades."""

    base_penalty_msat: int = 1_024
    """Per channel. 1,024 msat: about one usual base fee, LDK's; a hop more must save at least that."""
    base_penalty_amount_ppm: int = 122
    """Per channel, of the amount. LDK's 131,072 / 2^30: large payments fear failure more than a sat."""
    liquidity_penalty_multiplier_msat: int = 10_000
    """Per factor of ten in the chance. LDK's: 1 sat to avoid a chance of 80 %, 6 sat to avoid one of 25 %."""
    liquidity_penalty_amount_ppm: int = 1_192
    """The same, of the amount. 0.12 %, LDK's 1,250 / 2^20: fees must not outweigh the chance of a large payment."""
    anti_probing_penalty_msat: int = 250
    """Per channel whose largest HTLC is half its capacity or more. LDK's: who allows less is harder to spy on, and shall be preferred."""
    considered_impossible_penalty_msat: int = 100_000_000_000
    """Per channel that failed with as much or less lately. 1 bitcoin, LDK's: dearer than any other way, and still a way."""
    liquidity_half_life_s: int = 1_800
    """Bounds are half forgotten after this long. 30 minutes, LDK's `liquidity_offset_half_life`: balances move."""
    reserve_ppm: int = 20_000
    """
    Share of the capacity that is not counted on when a failure in one direction speaks for the other. 2 %: what the two reserves keep back.
    """
