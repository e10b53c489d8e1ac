"""
Why this route: every figure that chose it, hop by hop, and which of them weighed most.

The same policies, bounds and penalties that the search used are asked again for one given route, so what is shown adds up to what is sent:
the parts of a node's fee to its fee, the terms of all hops to the price of the route. Chances are for people; no amount is made of them.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from payments.lightning.routing.finder import usage_of
from payments.lightning.routing.route import HopFigures, Path, Route
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way
from payments.lightning.scoring.chance import CERTAIN, Chance
from payments.lightning.scoring.scorer import Bounds, Penalty, ScoreLookUp

OURS = Penalty(0)
"""Of our own channel nothing is to be feared: what it can send is known."""


class CostTerm(StrEnum):
    """What a route's price is made of."""

    BASE_FEES = "base_fees"
    PROPORTIONAL_FEES = "proportional_fees"
    STEPS = "steps"
    SPYING = "spying"
    DOUBT = "doubt"
    FAILURE = "failure"


class HopExplained(msgspec.Struct, frozen=True, kw_only=True):
    """
    One hop, with what is asked, known and believed of the channel that leads to its node.

    fee_base_msat, fee_proportional_msat   add up to figures.fee_msat
    capacity_msat                          of the channel, as far as anybody said; None: nobody did
    largest_msat                           the largest HTLC that its policy and what we have in it already allow
    believed                               what it can send at least and at most for all we know; None: nobody can say
    chance                                 None when nobody has an opinion
    """

    figures: HopFigures
    fee_base_msat: int
    fee_proportional_msat: int
    capacity_msat: int | None
    largest_msat: int
    believed: Bounds | None
    chance: Chance | None
    penalty: Penalty


class RouteExplained(msgspec.Struct, frozen=True, kw_only=True):
    """A route's hops, path by path."""

    paths: tuple[tuple[HopExplained, ...], ...]

    @property
    def chance(self) -> Chance | None:
        """How likely all parts arrive at the first try."""
        whole = CERTAIN
        for hop in self._hops():
            if hop.chance is None:
                return None
            whole *= hop.chance
        return whole

    @property
    def terms_msat(self) -> dict[CostTerm, int]:
        """The price by its terms. They add up to fees and penalties."""
        hops = self._hops()
        return {
            CostTerm.BASE_FEES: sum(hop.fee_base_msat for hop in hops),
            CostTerm.PROPORTIONAL_FEES: sum(hop.fee_proportional_msat for hop in hops),
            CostTerm.STEPS: sum(hop.penalty.step_msat for hop in hops),
            CostTerm.SPYING: sum(hop.penalty.spying_msat for hop in hops),
            CostTerm.DOUBT: sum(hop.penalty.doubt_msat for hop in hops),
            CostTerm.FAILURE: sum(hop.penalty.failure_msat for hop in hops),
        }

    @property
    def price_msat(self) -> int:
        """What the search minimised: fees and penalties."""
        return sum(self.terms_msat.values())

    def largest_terms(self, count: int = 2) -> tuple[CostTerm, ...]:
        """The terms that weighed most, the heaviest first; fewer when there are no more."""
        terms_msat = self.terms_msat
        return tuple(sorted((term for term in terms_msat if terms_msat[term]), key=lambda term: -terms_msat[term])[:count])

    def _hops(self) -> list[HopExplained]:
        return [hop for path in self.paths for hop in path]


def explain_route(route: Route, terrain: Terrain, scorer: ScoreLookUp) -> RouteExplained | None:
    """
    Every figure of a route on this terrain; None when it does not exist there.

    A later path is judged beside what the earlier ones take, as the search did.
    """
    paths = []
    for path in route.paths:
        way = Way.along(path, terrain)
        if way is None:
            return None
        paths.append(_explain_path(path, way, terrain, scorer))
        terrain = terrain.carrying(path, first_hop=way.first_hop)
    return RouteExplained(paths=tuple(paths))


def _explain_path(path: Path, way: Way, terrain: Terrain, scorer: ScoreLookUp) -> tuple[HopExplained, ...]:
    figures = path.figures()
    bases_msat = [min(half.policy.fee_base_msat, hop.fee_msat) for half, hop in zip(way.halves, figures, strict=False)] + [0]
    ours = HopExplained(
        figures=figures[0],
        fee_base_msat=bases_msat[0],
        fee_proportional_msat=figures[0].fee_msat - bases_msat[0],
        capacity_msat=way.first_hop.capacity_sat * 1_000,
        largest_msat=terrain.first_hop_limit_msat(way.first_hop),
        believed=Bounds(way.first_hop.outbound_capacity_msat, way.first_hop.outbound_capacity_msat),
        chance=CERTAIN,
        penalty=OURS,
    )
    others = []
    for half, hop, base_msat in zip(way.halves, figures[1:], bases_msat[1:], strict=True):
        usage = usage_of(half, hop.amount_msat, inflight_htlc_msat=terrain.used_msat(half))
        scid, ends = half.channel.short_channel_id, {"source": half.source, "target": half.target}
        others.append(
            HopExplained(
                figures=hop,
                fee_base_msat=base_msat,
                fee_proportional_msat=hop.fee_msat - base_msat,
                capacity_msat=half.channel.capacity_msat,
                largest_msat=terrain.largest_htlc_msat(half),
                believed=scorer.liquidity_range(scid, usage=usage, **ends),
                chance=scorer.success_chance(scid, usage=usage, **ends),
                penalty=scorer.penalty(scid, usage=usage, **ends),
            )
        )
    return (ours, *others)
