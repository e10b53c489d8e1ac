"""
The one door: a question in, a route or the reason why there is none out.

A pure function of its arguments: the same map, scorer, first hops, HTLCs in flight, question and seed give the same route, so a decision
can be repeated and explained later. One path is preferred; parts come in where the payee takes them and no single path carries the amount,
or none that is sure to and they cost less. Channels that failed for this payment are left out. Where there is no other way, those that
lacked balance come back for less than they failed with: the same attempt is never made twice.
"""

from __future__ import annotations

from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId
from payments.lightning.routing.alternatives import Alternative, Virtue, find_alternatives, merged
from payments.lightning.routing.choice import Choice
from payments.lightning.routing.diagnosis import explain
from payments.lightning.routing.diagnosis_in_parts import explain_in_parts
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.finder import Finder, ReadableFinder
from payments.lightning.routing.inflight import NOTHING_IN_FLIGHT, InFlightHtlcs
from payments.lightning.routing.other_parts import best_of, other_routes
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.parts import paths_of
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Path, Route
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.routing.shadow import shadowed
from payments.lightning.scoring.scorer import ScoreLookUp

LAST_RESORTS = (2, 3, 4)
"""
Quarters of what a channel failed with below which it is taken again where only such channels are left: first half, at last anything less.

The closer to what failed, the likelier it fails again, and each try locks money; where nothing else goes it is still a try.
"""


def find_route(
    our_node_id: NodeId,
    *,
    params: RouteParameters,
    graph: GraphView,
    first_hops: tuple[FirstHop, ...],
    scorer: ScoreLookUp,
    shadow_seed: bytes | None = None,
) -> Route | NoRoute:
    """`DefaultRouter.find_route` while nothing of ours is on its way."""
    return DefaultRouter(graph, scorer).find_route(our_node_id, params=params, first_hops=first_hops, shadow_seed=shadow_seed)


class DefaultRouter:
    """A map and an opinion about it. LDK's name."""

    def __init__(self, graph: GraphView, scorer: ScoreLookUp, *, finder: Finder | None = None) -> None:
        """`finder`: a search that was made for this map and this scorer; None: the readable one."""
        self.graph = graph
        self.scorer = scorer
        self.finder = finder or ReadableFinder(scorer)

    def find_route(
        self,
        our_node_id: NodeId,
        *,
        params: RouteParameters,
        first_hops: tuple[FirstHop, ...],
        inflight: InFlightHtlcs = NOTHING_IN_FLIGHT,
        shadow_seed: bytes | None = None,
    ) -> Route | NoRoute:
        """
        How to pay: the route with the least fees and penalties within every limit, or why there is none.

        our_node_id   channels that the map shows as ours are ignored; `first_hops` takes their place
        inflight      what HTLCs of ours take up already; `first_hops` has taken it off our own channels
        shadow_seed   hides the payee behind a few blocks more of final delta, as far as the CLTV limit allows; None: adds nothing

        ValueError when the amount is not positive.
        """
        question = Question(our_node_id=our_node_id, params=params, first_hops=first_hops, inflight=inflight, shadow_seed=shadow_seed)
        return self.answer(question)

    def answer(self, question: Question) -> Route | NoRoute:
        """The same, asked as one value. ValueError when the amount is not positive."""
        params, payment = question.params, question.params.payment_params
        if params.final_value_msat <= 0:
            raise ValueError(f"nothing to pay: {params.final_value_msat} msat")
        terrain = question.terrain(self.graph)
        paths = None if payment.payee == question.our_node_id else self._best_paths(terrain, params)
        paths = paths or self._last_resort(terrain, params)
        if paths is None:
            if payment.allows_parts:
                return explain_in_parts(terrain, params, self._choice, self.finder)
            return explain(terrain, params, self.finder)
        return shadowed(Route(paths=paths), question, graph=self.graph)

    def alternatives(self, question: Question, balanced: Route) -> tuple[Alternative, ...]:
        """What could be sent instead of `balanced`, the answer to this question, and it first."""
        terrain = question.terrain(self.graph)
        if len(balanced.paths) > 1:
            others = other_routes(terrain, question.params, finder=self.finder)
            routes = [balanced, *(shadowed(route, question, graph=self.graph) for route in others)]
            return merged(((Virtue.BALANCED, balanced), *best_of(routes, terrain, self.scorer)))
        found = find_alternatives(terrain, question.params, finder=self.finder)
        hidden = ((virtue, shadowed(route, question, graph=self.graph)) for virtue, route in found)
        return merged(((Virtue.BALANCED, balanced), *hidden))

    def _best_paths(self, terrain: Terrain, params: RouteParameters) -> tuple[Path, ...] | None:
        """What is sent: of one path and of parts the cheapest."""
        parts = self._choice(terrain, params, Limits.of(params)).best()
        return None if parts is None else paths_of(parts)

    def _last_resort(self, terrain: Terrain, params: RouteParameters) -> tuple[Path, ...] | None:
        """What can be sent over channels that failed with more; None when none failed so, or none goes."""
        failed = params.payment_params.failed_amounts
        grounds = (terrain.as_last_resort(failed, quarters=quarters) for quarters in LAST_RESORTS if failed)
        found = (self._best_paths(ground, params) for ground in grounds)
        return next((paths for paths in found if paths is not None), None)

    def _choice(self, terrain: Terrain, params: RouteParameters, limits: Limits) -> Choice:
        return Choice(terrain=terrain, params=params, limits=limits, finder=self.finder, scorer=self.scorer)
