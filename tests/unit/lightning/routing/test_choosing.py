"""Which search a map gets."""

from __future__ import annotations

import json
import subprocess
import sys

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


_LEFT_TO_COMPILE = """
import json
from payments.lightning.routing.choosing import warm_up
from payments.lightning.routing.compiled import brim, finder, memory, patience, streams
warm_up()
named = {name: found for module in (finder, memory, patience, streams) for name, found in vars(module).items()}
named["most_msat"] = brim.most_msat
kernels = {name: found.signatures for name, found in named.items() if hasattr(found, "signatures")}
print(json.dumps([sorted(kernels), sorted(name for name in kernels if not kernels[name])]))
"""
"""In a process of its own: here other tests may have had things compiled."""


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


@pytest.mark.skipif(not IS_COMPILED, reason="numba is not there: that nothing is left to compile was NOT checked")
@pytest.mark.timeout(600)
def test_once_warm_nothing_is_left_to_compile_for_the_first_who_asks():
    answer = subprocess.run([sys.executable, "-c", _LEFT_TO_COMPILE], check=True, capture_output=True, text=True)
    kernels, left = json.loads(answer.stdout)

    assert {"search", "look_ahead", "look_closer", "look_widest", "solve"} <= set(kernels)
    assert [] == left


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
