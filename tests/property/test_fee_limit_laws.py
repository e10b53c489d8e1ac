"""Laws of the limit on fees, parts included: who may spend more never gets something dearer, nor nothing where there was something."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.choice import Choice
from payments.lightning.routing.choosing import finder_for
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.explanation import explain_route
from payments.lightning.routing.finder import ReadableFinder
from payments.lightning.routing.parts import paths_of
from payments.lightning.routing.route import Route
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer, ScoredHop
from tests.graphs import node
from tests.property.test_split_laws import wishes

pytestmark = pytest.mark.timeout(600)  # the first question of all waits for the compiler
LIMITS_MSAT = (0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 1_000_000)
"""Fees of these maps lie between, a few of them at these very steps."""


class Payer:
    """Alice on one map, with one opinion about it and one search."""

    def __init__(self, world, params, inflight, *, scorer_of, is_compiled):
        graph = GraphSnapshot.of(world.graph) if is_compiled else world.graph
        self.scorer = scorer_of(graph)
        self.finder = finder_for(graph, self.scorer) if is_compiled else ReadableFinder(self.scorer)
        self.params = params
        self.terrain = Terrain(
            graph, our_node_id=node("alice"), params=params.payment_params, first_hops=world.first_hops, inflight=inflight
        )

    def choice(self, fee_limit_msat):
        limits = msgspec.structs.replace(Limits.of(self.params), fee_msat=fee_limit_msat)
        return Choice(terrain=self.terrain, params=self.params, limits=limits, finder=self.finder, scorer=self.scorer)

    def ask(self, fee_limit_msat):
        parts = self.choice(fee_limit_msat).best()
        return None if parts is None else Route(paths=paths_of(parts))

    def price_msat(self, route):
        return explain_route(route, self.terrain, self.scorer).price_msat


@st.composite
def lessons(draw):
    """What some channels carried, or failed to."""
    return draw(st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.integers(1_000, 300_000), st.booleans()), max_size=8))


def taught(graph, learnt):
    scorer = ProbabilisticScorer(graph)
    halves = [half for name in ("bob", "carol", "dave", "erin") for half in graph.outgoing(node(name))]
    for number, is_success, amount_msat, _ in learnt if halves else ():
        half = halves[number % len(halves)]
        hop = ScoredHop(short_channel_id=half.channel.short_channel_id, source=half.source, target=half.target, amount_msat=amount_msat)
        if is_success:
            scorer.payment_path_successful((hop,), now_s=1_000)
        else:
            scorer.payment_path_failed((hop,), half.channel.short_channel_id, now_s=1_000)
    return scorer


def fixed(_graph):
    return FixedPenaltyScorer(base_penalty_msat=50, base_penalty_amount_ppm=1_000)


def check(payer):
    before = None
    for limit_msat in LIMITS_MSAT:
        answer = payer.ask(limit_msat)
        assert (answer is None) == (payer.choice(limit_msat).any() is None)
        if answer is None:
            assert before is None, (limit_msat, before)
            continue
        assert answer.total_fees_msat <= limit_msat
        if before is not None:
            assert payer.price_msat(answer) <= payer.price_msat(before), (limit_msat, before, answer)
        event(f"{len(answer.paths)} parts")
        before = answer


SEARCHES = [
    pytest.param(False, id="readable"),
    pytest.param(True, id="compiled", marks=pytest.mark.skipif(not IS_COMPILED, reason="numba")),
]


@pytest.mark.parametrize("is_compiled", SEARCHES)
@settings(max_examples=200, deadline=None)
@given(wish=wishes())
def test_who_may_spend_more_pays_no_more(is_compiled, wish):
    check(Payer(*wish, scorer_of=fixed, is_compiled=is_compiled))


@pytest.mark.parametrize("is_compiled", SEARCHES)
@settings(max_examples=200, deadline=None)
@given(wish=wishes(), learnt=lessons())
def test_so_it_is_when_something_was_learnt(is_compiled, wish, learnt):
    check(Payer(*wish, scorer_of=lambda graph: taught(graph, learnt), is_compiled=is_compiled))
