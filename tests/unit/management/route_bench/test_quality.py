"""Two answers side by side."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.finder import usage_of
from payments.lightning.routing.route import Route
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.management.route_bench.asking import fastest
from payments.management.route_bench.quality import Judge
from payments.management.route_bench.questions import Ends
from tests.unit.management.route_bench.nets import RING

ENDS = Ends(RING)
QUESTIONS = ENDS.pairs(30, seed=3)
JUDGE = Judge(RING, ProbabilisticScorer(RING))


@pytest.fixture(scope="module")
def routes() -> list[Route | None]:
    return fastest(ENDS, seed=3).answers(QUESTIONS)[0]


def dearer(route: Route | None) -> Route | None:
    """The same, and the first node keeps one msat more than it asks."""
    if route is None or len(route.paths[0].hops) < 2:
        return None
    first, *rest = route.paths[0].hops
    return Route(paths=(replace(route.paths[0], hops=(replace(first, fee_msat=first.fee_msat + 1), *rest)),))


def test_the_same_answers_are_the_same(routes):
    found = JUDGE.compare(QUESTIONS, routes, routes)

    assert 0 < found.same_route == found.asked - found.neither
    assert (0, 0, 0, 0) == (found.ours_cheaper, found.theirs_cheaper, found.ours_infeasible, found.theirs_infeasible)


def test_one_msat_makes_a_difference_both_ways(routes):
    pairs = [(asked, route, dearer(route)) for asked, route in zip(QUESTIONS, routes, strict=True) if dearer(route) is not None]
    questions, cheap, dear = zip(*pairs, strict=True)

    assert len(pairs) == JUDGE.compare(questions, cheap, dear).ours_cheaper == JUDGE.compare(questions, dear, cheap).theirs_cheaper


def test_a_fee_that_is_too_small_is_infeasible(routes):
    asked, route = next((asked, route) for asked, route in zip(QUESTIONS, routes, strict=True) if dearer(route) is not None)
    first, *rest = route.paths[0].hops
    broken = Route(paths=(replace(route.paths[0], hops=(replace(first, fee_msat=first.fee_msat - 1), *rest)),))

    assert (1, 0) == (
        JUDGE.compare([asked], [broken], [route]).ours_infeasible,
        JUDGE.compare([asked], [broken], [route]).theirs_infeasible,
    )


@pytest.mark.skipif(not IS_COMPILED, reason="numba is not installed: strangers' payments cannot be asked about")
def test_of_a_stranger_the_first_channel_is_feared_too(routes):
    asked, route = next((asked, route) for asked, route in zip(QUESTIONS, routes, strict=True) if route is not None)
    half = RING.half(route.paths[0].hops[0].short_channel_id, source=asked.payer)
    fear_msat = ProbabilisticScorer(RING).channel_penalty_msat(
        half.channel.short_channel_id, source=half.source, target=half.target, usage=usage_of(half, route.paths[0].amount_at(0))
    )
    stranger = replace(asked, fears_own_channels=True)
    (found,), (timing,) = fastest(ENDS, seed=3).answers([stranger])

    assert JUDGE.price_msat(asked, route) + fear_msat == JUDGE.price_msat(stranger, route)
    assert timing.is_found
    assert JUDGE.price_msat(stranger, found) <= JUDGE.price_msat(stranger, route)
    assert JUDGE.is_feasible(stranger, found)


def test_who_found_none_is_counted(routes):
    found = JUDGE.compare(QUESTIONS, routes, [None] * len(routes))

    assert sum(route is not None for route in routes) == found.only_ours
