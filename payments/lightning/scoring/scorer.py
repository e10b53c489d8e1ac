"""
What the router fears: a price in msat for the chance that a channel does not carry the amount.

The router adds these penalties to real fees and picks the cheapest sum, so a penalty says: "I would pay this much not to go there". This
scorer knows nothing about balances and fears every step alike, which makes the router prefer short ways among cheap ones.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId


class ChannelUsage(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a channel would have to do. LDK's ChannelUsage.

    amount_msat               what it would carry
    effective_capacity_msat   the most that it can carry as far as anybody said; MAX_MSAT where nobody did, as in a route hint
    inflight_htlc_msat        what we have in it already, in that direction
    """

    amount_msat: int
    effective_capacity_msat: int
    inflight_htlc_msat: int = 0


class ScoreLookUp(Protocol):
    """Anything that can say how much a step is to be feared. Same question, same answer: a route must be reproducible."""

    def channel_penalty_msat(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> int:
        """How many msat of fee it is worth to avoid sending this over that channel from source to target; never negative."""


class FixedPenaltyScorer(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel of other nodes is feared alike."""

    base_penalty_msat: int = 1_024
    """Per channel. 1,024 msat: about one usual base fee, LDK's `base_penalty_msat`; a hop more must save at least that."""
    base_penalty_amount_ppm: int = 122
    """Per channel, of the amount. LDK's 131,072 / 2^30: large payments fear failure more than a sat."""

    def channel_penalty_msat(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> int:
        """The base penalty and its share of the amount, whatever the channel."""
        del short_channel_id, source, target
        return self.base_penalty_msat + usage.amount_msat * self.base_penalty_amount_ppm // 1_000_000
