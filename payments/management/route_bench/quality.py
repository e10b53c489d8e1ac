"""
Two answers to one question side by side, judged by neither of the searches: prices in whole numbers, limits by what judges a chosen route.

The price is the formula that both minimise: the nodes' fees, and a penalty for each channel that is not the payer's own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from payments.lightning.graph.view import GraphView
from payments.lightning.routing.explanation import explain_route
from payments.lightning.routing.finder import usage_of
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Route
from payments.lightning.routing.search import Terrain
from payments.lightning.scoring.scorer import ScoreLookUp
from payments.management.route_bench.questions import Asked

_ONE_MILLION = 1_000_000


class Comparison(msgspec.Struct, kw_only=True):
    """
    How many questions ended how.

    same_route                      the very same channels
    equally_dear                    others, at the same price to the msat
    ours_cheaper, theirs_cheaper    at least 1 msat
    only_ours, only_theirs          the other one said that there is no route
    ours_infeasible                 a limit is broken, a fee or delay too small, an amount does not fit or is not the one asked for
    most_dearer_ppm                 where theirs is cheaper: by how much of their price, at worst
    mean_cheaper_ppm                where ours is cheaper: by how much of their price, on average
    """

    asked: int = 0
    same_route: int = 0
    equally_dear: int = 0
    ours_cheaper: int = 0
    theirs_cheaper: int = 0
    only_ours: int = 0
    only_theirs: int = 0
    neither: int = 0
    ours_infeasible: int = 0
    theirs_infeasible: int = 0
    most_dearer_ppm: int = 0
    mean_cheaper_ppm: int = 0

    def in_words(self, theirs: str) -> tuple[str, ...]:
        """As a person reads it. `theirs`: whose the other answers are."""
        dearer, cheaper = f"{self.most_dearer_ppm / 10_000:.4f} % at most", f"{self.mean_cheaper_ppm / 10_000:.2f} % on average"
        return (
            f"of {self.asked} routes {self.same_route} are the same, {self.equally_dear} others cost the same",
            f"ours is cheaper {self.ours_cheaper} times ({cheaper}), {theirs} {self.theirs_cheaper} times ({dearer})",
            f"only we found one {self.only_ours} times, only {theirs} {self.only_theirs}, neither {self.neither}",
            f"infeasible: {self.ours_infeasible} of ours, {self.theirs_infeasible} of {theirs}",
        )


class Judge:
    """A map, and what is believed about it."""

    def __init__(self, graph: GraphView, scorer: ScoreLookUp) -> None:
        self._graph = graph
        self._scorer = scorer

    def compare(self, questions: Sequence[Asked], ours: Sequence[Route | None], theirs: Sequence[Route | None]) -> Comparison:
        """Question by question."""
        result = Comparison(asked=len(questions))
        cheaper_ppm = []
        for asked, our_route, their_route in zip(questions, ours, theirs, strict=True):
            result.ours_infeasible += our_route is not None and not self.is_feasible(asked, our_route)
            result.theirs_infeasible += their_route is not None and not self.is_feasible(asked, their_route)
            if our_route is None or their_route is None:
                result.neither += our_route is their_route
                result.only_ours += their_route is None and our_route is not None
                result.only_theirs += our_route is None and their_route is not None
                continue
            our_msat, their_msat = self.price_msat(asked, our_route), self.price_msat(asked, their_route)
            gap_ppm = abs(our_msat - their_msat) * _ONE_MILLION // max(their_msat, 1)
            result.same_route += _channels(our_route) == _channels(their_route)
            result.equally_dear += _channels(our_route) != _channels(their_route) and our_msat == their_msat
            if our_msat < their_msat:
                cheaper_ppm.append(gap_ppm)
            elif our_msat > their_msat:
                result.theirs_cheaper += 1
                result.most_dearer_ppm = max(result.most_dearer_ppm, gap_ppm)
        result.ours_cheaper = len(cheaper_ppm)
        result.mean_cheaper_ppm = sum(cheaper_ppm) // max(len(cheaper_ppm), 1)
        return result

    def is_feasible(self, asked: Asked, route: Route) -> bool:
        """Whether it could be sent as it is, by the code that judges a route which a person has chosen."""
        return can_be_sent(route, asked.params, self._terrain(asked))

    def price_msat(self, asked: Asked, route: Route) -> int:
        """Fees and penalties; more than any price when it takes channels that are not there."""
        explained = explain_route(route, self._terrain(asked), self._scorer)
        if explained is None:
            return 1 << 63
        return explained.price_msat + (self._first_fear_msat(asked, route) if asked.fears_own_channels else 0)

    def _first_fear_msat(self, asked: Asked, route: Route) -> int:
        fear_msat = 0
        for path in route.paths:
            half = self._graph.half(path.hops[0].short_channel_id, source=asked.payer)
            assert half is not None
            usage, scid = usage_of(half, path.amount_at(0)), half.channel.short_channel_id
            fear_msat += self._scorer.channel_penalty_msat(scid, source=half.source, target=half.target, usage=usage)
        return fear_msat

    def _terrain(self, asked: Asked) -> Terrain:
        return Terrain(self._graph, our_node_id=asked.payer, params=asked.params.payment_params, first_hops=asked.first_hops)


def _channels(route: Route) -> list[list[int]]:
    return sorted([int(hop.short_channel_id) for hop in path.hops] for path in route.paths)
