"""Our compiled search on one map, warm: what every part of the measurement begins with."""

from __future__ import annotations

from payments.lightning.routing.choosing import finder_for
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.management.route_bench.ours import Ours
from payments.management.route_bench.questions import Ends

COMPILED = "ours, compiled" if IS_COMPILED else "ours, numba is not installed"
_WARM_UP_QUESTIONS = 20


def fastest(ends: Ends, *, seed: int) -> Ours:
    """The search that the app would use on this map, after some questions that are not those of this seed."""
    scorer = ProbabilisticScorer(ends.graph)
    ours = Ours(ends.graph, scorer, finder_for(ends.graph, scorer))
    for asked in ends.pairs(_WARM_UP_QUESTIONS, seed=seed + 1):
        ours.answer(asked)
    return ours
