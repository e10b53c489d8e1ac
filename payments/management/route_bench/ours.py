"""Our searches, asked as whoever pays asks them: a whole call, with exact amounts, and the reason where there is no route."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import partial
from time import perf_counter_ns

from payments.lightning.graph.view import GraphView
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.finder import Finder, Task
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.scorer import ScoreLookUp
from payments.management.route_bench.figures import Timing, timed
from payments.management.route_bench.questions import Asked


class Ours:
    """One of our searches on one map."""

    def __init__(self, graph: GraphView, scorer: ScoreLookUp, finder: Finder | None) -> None:
        """`finder` None: the readable search."""
        self._router = DefaultRouter(graph, scorer, finder=finder)
        self.finder = self._router.finder
        self._compiled = finder if isinstance(finder, CompiledFinder) else None

    def answer(self, asked: Asked) -> Route | NoRoute | None:
        """One question. None: of somebody else's payment nobody is told why there is no route."""
        if asked.fears_own_channels:
            assert self._compiled is not None
            way = self._compiled.between(asked.payer, asked.params.payment_params.payee, Task.of(asked.params))
            return None if way is None else Route(paths=(way.path(asked.params.final_value_msat),))
        return self._router.find_route(asked.payer, params=asked.params, first_hops=asked.first_hops)

    def prepare(self, asked: Asked) -> float:
        """Get ready for questions of the node that asks this one, as the app does when a map is opened; how many ms that took."""
        started_ns = perf_counter_ns()
        if self._compiled is not None:
            self._compiled.prepare(asked.payer, asked.first_hops)
        return (perf_counter_ns() - started_ns) / 1e6

    def answers(self, questions: Sequence[Asked]) -> tuple[list[Route | None], list[Timing]]:
        """All of them, each timed. What was there before is not looked through for garbage meanwhile: it is the measurement's own."""
        gc.collect()
        gc.freeze()
        try:
            return self._answers(questions)
        finally:
            gc.unfreeze()

    def _answers(self, questions: Sequence[Asked]) -> tuple[list[Route | None], list[Timing]]:
        routes: list[Route | None] = []
        timings = []
        for asked in questions:
            answer, timing = timed(partial(self.answer, asked), _is_route)
            routes.append(answer if isinstance(answer, Route) else None)
            timings.append(timing)
        return routes, timings


def _is_route(answer: Route | NoRoute | None) -> bool:
    return isinstance(answer, Route)
