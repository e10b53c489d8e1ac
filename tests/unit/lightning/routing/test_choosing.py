"""Which search a map gets."""

from __future__ import annotations

import pytest

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing import choosing
from payments.lightning.routing.choosing import finder_for, warm_up
from payments.lightning.routing.compiled.finder import CompiledFinder
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.routing.finder import ReadableFinder
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, wish

DRAWN = network(channel("alice", "bob"), channel("bob", "carol", fee_base_msat=2_000))


class Moody:
    """A scorer of which nobody knows what it will say next."""

    def channel_penalty_msat(self, short_channel_id, *, source, target, usage):
        return short_channel_id % 7


@pytest.mark.skipif(not IS_COMPILED, reason="numba is not there: that it is used was NOT checked")
@pytest.mark.timeout(600)  # it waits for the compiler
def test_a_map_in_arrays_gets_the_compiled_search_and_it_answers_like_the_other():
    warm_up()
    snapshot, scorer = GraphSnapshot.of(DRAWN), FixedPenaltyScorer()
    finder = finder_for(snapshot, scorer)
    assert isinstance(finder, CompiledFinder)
    asked = {"params": wish("carol", 1_000_000), "first_hops": (first_hop("bob", number=101),)}

    expected = DefaultRouter(DRAWN, scorer).find_route(node("alice"), **asked)

    assert expected == DefaultRouter(snapshot, scorer, finder=finder).find_route(node("alice"), **asked)


def test_the_shadow_of_a_payee_is_the_same_on_a_map_in_arrays():
    asked = {"params": wish("carol", 1_000_000), "first_hops": (first_hop("bob", number=101),), "shadow_seed": b"seed"}
    drawn = network(
        channel("bob", "carol"), channel("carol", "dave", cltv_expiry_delta=144), channel("carol", "erin", cltv_expiry_delta=18)
    )

    answers = [DefaultRouter(graph, FixedPenaltyScorer()).find_route(node("alice"), **asked) for graph in (drawn, GraphSnapshot.of(drawn))]

    assert answers[0] == answers[1]


def test_a_drawn_map_gets_the_readable_search():
    assert isinstance(finder_for(DRAWN, FixedPenaltyScorer()), ReadableFinder)


def test_a_scorer_that_speaks_only_for_itself_gets_the_readable_search():
    assert isinstance(finder_for(GraphSnapshot.of(DRAWN), Moody()), ReadableFinder)


def test_without_a_compiler_every_map_gets_the_readable_search(monkeypatch):
    monkeypatch.setattr(choosing, "IS_COMPILED", False)

    warm_up()

    assert isinstance(finder_for(GraphSnapshot.of(DRAWN), FixedPenaltyScorer()), ReadableFinder)
