"""
What the router fears: a price in msat for the chance that a channel does not carry the amount.

The router adds these penalties to real fees and picks the cheapest sum, so a penalty says: "I would pay this much not to go there". This
scorer knows nothing about balances and fears every step alike, which makes the router prefer short ways among cheap ones.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.scoring.chance import Chance


class ChannelUsage(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a channel would have to do. LDK's ChannelUsage.

    amount_msat               what it would carry
    effective_capacity_msat   all that is in it; where the chain was not asked, its largest HTLC; MAX_MSAT where nobody said, as in a hint
    inflight_htlc_msat        what we have in it already, in that direction
    htlc_maximum_msat         its largest HTLC, where that and the capacity are known; otherwise 0
    """

    amount_msat: int
    effective_capacity_msat: int
    inflight_htlc_msat: int = 0
    htlc_maximum_msat: int = 0


class Bounds(NamedTuple):
    """A direction can send `min_msat` for all we know, and not more than `max_msat`."""

    min_msat: int
    max_msat: int


class Penalty(NamedTuple):
    """
    Why a step is feared, in msat; together what it is worth to avoid it.

    step       for being a step at all: every one may fail
    spying     for a channel that lets its balance be found out
    doubt      for the chance that it does not carry the amount
    failure    for having failed with as much or less
    """

    step_msat: int
    spying_msat: int = 0
    doubt_msat: int = 0
    failure_msat: int = 0

    @property
    def total_msat(self) -> int:
        """All of it."""
        return sum(self)


class ScoreLookUp(Protocol):
    """Anything that can say how much a step is to be feared. Same question, same answer: a route must be reproducible."""

    def channel_penalty_msat(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> int:
        """How many msat of fee it is worth to avoid sending this over that channel from source to target; never negative."""

    def penalty(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> Penalty:
        """The same, by reason: the parts add up to it."""

    def success_chance(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> Chance | None:
        """How likely that channel carries this; None when this scorer has no opinion about chances."""

    def liquidity_range(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> Bounds | None:
        """What is believed of that channel from source to target; None when nothing is, and where nobody but its node can know."""


class ScoredHop(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a path that was tried: a channel, its direction, and what it carried or should have carried."""

    short_channel_id: ShortChannelId
    source: NodeId
    target: NodeId
    amount_msat: int


ScoredPath = tuple[ScoredHop, ...]
"""From us to the payee. Our own channel is the first step, and private channels may be among them: a scorer knows public ones only."""


class ScoreUpdate(Protocol):
    """
    Anything that learns from what became of attempts. LDK's names; `now_s` is the time at which it became known.

    What arrived at a node was carried by every channel before it. Of channels behind the one that failed nothing is known.
    """

    def payment_path_failed(self, path: ScoredPath, short_channel_id: ShortChannelId, *, now_s: int, lacks_balance: bool = True) -> None:
        """
        An attempt failed at this channel; those before it carried theirs.

        lacks_balance   the node before it said that it cannot carry this now, and not that anything else was wrong
        """

    def payment_path_successful(self, path: ScoredPath, *, now_s: int) -> None:
        """An attempt was paid: every channel carried it."""

    def probe_failed(self, path: ScoredPath, short_channel_id: ShortChannelId, *, now_s: int, lacks_balance: bool = True) -> None:
        """A probe failed at this channel; those before it could have carried it."""

    def probe_successful(self, path: ScoredPath, *, now_s: int) -> None:
        """The payee was reached, though nothing was paid: every channel could have carried it."""

    def time_passed(self, *, now_s: int) -> None:
        """What was learnt gets older."""


class Score(ScoreLookUp, ScoreUpdate, Protocol):
    """Both: asked by the router, taught by what happens."""


class FixedPenaltyScorer(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel of other nodes is feared alike, whatever happens."""

    base_penalty_msat: int = 1_024
    """Per channel. 1,024 msat: about one usual base fee, LDK's `base_penalty_msat`; a hop more must save at least that."""
    base_penalty_amount_ppm: int = 122
    """Per channel, of the amount. LDK's 131,072 / 2^30: large payments fear failure more than a sat."""

    def channel_penalty_msat(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> int:
        """The base penalty and its share of the amount, whatever the channel."""
        return self.penalty(short_channel_id, source=source, target=target, usage=usage).step_msat

    def penalty(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> Penalty:
        """The same, whatever the channel."""
        del short_channel_id, source, target
        return Penalty(self.base_penalty_msat + usage.amount_msat * self.base_penalty_amount_ppm // 1_000_000)

    def success_chance(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> None:
        """No opinion."""

    def liquidity_range(self, short_channel_id: ShortChannelId, *, source: NodeId, target: NodeId, usage: ChannelUsage) -> None:
        """No opinion."""

    def payment_path_failed(self, path: ScoredPath, short_channel_id: ShortChannelId, *, now_s: int, lacks_balance: bool = True) -> None:
        """Nothing is learnt."""

    def payment_path_successful(self, path: ScoredPath, *, now_s: int) -> None:
        """Nothing is learnt."""

    def probe_failed(self, path: ScoredPath, short_channel_id: ShortChannelId, *, now_s: int, lacks_balance: bool = True) -> None:
        """Nothing is learnt."""

    def probe_successful(self, path: ScoredPath, *, now_s: int) -> None:
        """Nothing is learnt."""

    def time_passed(self, *, now_s: int) -> None:
        """Nothing fades."""
