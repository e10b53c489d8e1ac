"""
Whoever finds a way: what every search answers, and the readable one.

There are two. The readable search asks a map node by node, in whole numbers, and is the one for small maps and the judge of the other; the
compiled one reads a map's arrays and is made for large ones. Both give a way; what goes over it is computed by the way itself.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

import msgspec

from payments.lightning.graph.network import ChannelHalf
from payments.lightning.ids import NodeId
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.search import Limits, Terrain, Weigh, find_label
from payments.lightning.routing.way import Way
from payments.lightning.routing.widest import widest_way
from payments.lightning.scoring.scorer import ChannelUsage, ScoreLookUp

FEAR_WEIGHT = 1_000
"""How many msat of fee one msat of penalty outweighs where the likeliest way is looked for: of two that are as likely, the cheaper."""


class Aim(Enum):
    """What there should be least of."""

    PRICE = auto()
    """Fees and penalties together: what a payment is sent by."""
    FEE = auto()
    FEAR = auto()
    """Penalties before fees: the way that most likely works."""
    DELAY = auto()
    LENGTH = auto()


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a way is to carry, and within which limits."""

    amount_msat: int
    final_cltv_expiry_delta: int
    limits: Limits

    @classmethod
    def of(cls, params: RouteParameters, limits: Limits | None = None) -> Task:
        """All of a question over one way; `limits` None: its own."""
        return cls(
            amount_msat=params.final_value_msat,
            final_cltv_expiry_delta=params.payment_params.final_cltv_expiry_delta,
            limits=limits or Limits.of(params),
        )


class Share(msgspec.Struct, frozen=True):
    """Some of the equal units of an amount, and the way that they take."""

    way: Way
    units: int


class Finder(Protocol):
    """Any search."""

    def cheapest(self, terrain: Terrain, task: Task, *, aim: Aim = Aim.PRICE, is_plain: bool = False) -> Way | None:
        """
        The way within the limits on which there is least of what is aimed at; None when there is none.

        is_plain    a way soon rather than the very best; it may miss a cheaper one, or any
        """
        ...

    def prepare(self, our_node_id: NodeId, first_hops: tuple[FirstHop, ...]) -> None:
        """
        Get ready for questions of our own node, so that they are answered sooner; for a thread that nobody waits for.

        Again when the channels are others, and when something was learnt: then what was prepared is put aside, which is slower and as true.
        """
        ...

    def widest(self, terrain: Terrain, *, final_cltv_expiry_delta: int) -> Way | None:
        """The way that carries most, whatever it costs, takes or counts; None when nothing can reach the payee."""
        ...

    def spread(self, terrain: Terrain, task: Task, *, aim: Aim, units: int) -> list[Share]:
        """
        The ways by which the amount, cut into so many units, flows to the payee at the least price, the widest first; none when it cannot.

        Only nearly right: prices are straight lines, and limits on delay, length and fees are not looked at. A search that knows of no flow
        says that there is none.
        """
        ...

    def brim(self, terrain: Terrain, task: Task, *, parts: int) -> tuple[int, list[Way]] | None:
        """
        At most how much could reach the payee in so many parts, up to the amount that is asked for, and ways by which it nearly does.

        Exact: no parts bring more. None from a search that cannot say.
        """
        ...

    def price_msat(self, terrain: Terrain, way: Way, amount_msat: int) -> int:
        """What bringing the payee this much over a way costs in fees and penalties, beside what the terrain carries."""
        ...

    def into_payee_msat(self, terrain: Terrain) -> int:
        """What other nodes' channels to the payee carry at most, all together."""
        ...


class ReadableFinder:
    """The search in plain Python."""

    def __init__(self, scorer: ScoreLookUp) -> None:
        self.scorer = scorer

    def cheapest(self, terrain: Terrain, task: Task, *, aim: Aim = Aim.PRICE, is_plain: bool = False) -> Way | None:
        """See Finder."""
        label = find_label(
            terrain,
            amount_msat=task.amount_msat,
            final_cltv_expiry_delta=task.final_cltv_expiry_delta,
            limits=task.limits,
            weigh=self._weigh_on(terrain, aim),
            is_plain=is_plain,
        )
        return None if label is None else Way.of(label, final_cltv_expiry_delta=task.final_cltv_expiry_delta)

    def prepare(self, our_node_id: NodeId, first_hops: tuple[FirstHop, ...]) -> None:
        """See Finder. It has nothing to get ready."""

    def widest(self, terrain: Terrain, *, final_cltv_expiry_delta: int) -> Way | None:
        """See Finder."""
        return widest_way(terrain, final_cltv_expiry_delta=final_cltv_expiry_delta)

    def spread(self, terrain: Terrain, task: Task, *, aim: Aim, units: int) -> list[Share]:
        """See Finder. It knows of none."""
        del terrain, task, aim, units
        return []

    def brim(self, terrain: Terrain, task: Task, *, parts: int) -> tuple[int, list[Way]] | None:
        """See Finder. It cannot say."""
        del terrain, task, parts
        return None

    def price_msat(self, terrain: Terrain, way: Way, amount_msat: int) -> int:
        """See Finder."""
        weigh, price_msat = self._weigh_on(terrain, Aim.PRICE), 0
        for half in reversed(way.halves):
            fee_msat = half.policy.fee_msat(amount_msat)
            price_msat += weigh(half, amount_msat, fee_msat)
            amount_msat += fee_msat
        return price_msat

    def into_payee_msat(self, terrain: Terrain) -> int:
        """See Finder."""
        return sum(room_msat(half) - terrain.used_msat(half) for half in terrain.into(terrain.payee) if terrain.may_use(half))

    def _weigh_on(self, terrain: Terrain, aim: Aim) -> Weigh:
        if aim in _WEIGHTS:
            return _WEIGHTS[aim]
        fears = FEAR_WEIGHT if aim is Aim.FEAR else 1

        def weigh(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
            usage = usage_of(half, amount_msat, inflight_htlc_msat=terrain.used_msat(half))
            scid = half.channel.short_channel_id
            return fee_msat + fears * self.scorer.channel_penalty_msat(scid, source=half.source, target=half.target, usage=usage)

        return weigh


def room_msat(half: ChannelHalf) -> int:
    """All that a channel holds; its largest HTLC where nobody knows."""
    capacity_msat = half.channel.capacity_msat
    return half.policy.htlc_maximum_msat if capacity_msat is None else capacity_msat


def usage_of(half: ChannelHalf, amount_msat: int, *, inflight_htlc_msat: int = 0) -> ChannelUsage:
    """What a scorer is asked about a direction of a channel."""
    capacity_msat, maximum_msat = half.channel.capacity_msat, half.policy.htlc_maximum_msat
    return ChannelUsage(
        amount_msat=amount_msat,
        effective_capacity_msat=maximum_msat if capacity_msat is None else capacity_msat,
        inflight_htlc_msat=inflight_htlc_msat,
        htlc_maximum_msat=0 if capacity_msat is None else maximum_msat,
    )


def _fee(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
    del half, amount_msat
    return fee_msat


def _delta(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
    del amount_msat, fee_msat
    return half.policy.cltv_expiry_delta


def _one(half: ChannelHalf, amount_msat: int, fee_msat: int) -> int:
    del half, amount_msat, fee_msat
    return 1


_WEIGHTS: dict[Aim, Weigh] = {Aim.FEE: _fee, Aim.DELAY: _delta, Aim.LENGTH: _one}
