"""A decision made once more: the same with what was known then, and true to a route that somebody chose."""

from __future__ import annotations

import msgspec

from payments.lightning.events import RouteDecided
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import PaymentHash, PaymentId
from payments.lightning.manager.deciding import decide_again, decide_route, is_same_answer
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from tests.graphs import channel, first_hop, network, node, wish

NAMES = PaymentId(bytes(32)), PaymentHash(b"\x01" * 32)
HOPS = (first_hop("bob", number=1, limit_msat=200_000_000), first_hop("carol", number=2, limit_msat=200_000_000))


def router(*, bob_base_msat: int = 1_000) -> DefaultRouter:
    """Alice pays dave through bob, or through carol where bob is dear."""
    graph: NetworkGraph = network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("bob", "dave", fee_base_msat=bob_base_msat),
        channel("carol", "dave", fee_base_msat=2_000),
    )
    return DefaultRouter(graph, FixedPenaltyScorer())


def question() -> Question:
    return Question(our_node_id=node("alice"), params=wish("dave", 1_000_000), first_hops=HOPS, shadow_seed=NAMES[1])


def stored(decided: RouteDecided) -> RouteDecided:
    """As it comes back from the disk."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(decided), type=RouteDecided)


def first_node(decided: RouteDecided) -> bytes:
    assert decided.route is not None
    return decided.route.paths[0].hops[0].node_id


def test_what_was_decided_and_stored_is_decided_again_the_same() -> None:
    then = stored(decide_route(NAMES, question(), router(), chosen=None))
    assert node("bob") == first_node(then)
    assert is_same_answer(then, decide_again(then, router()))


def test_on_another_map_it_is_another_decision() -> None:
    then = stored(decide_route(NAMES, question(), router(), chosen=None))
    now = decide_again(then, router(bob_base_msat=9_000))
    assert node("carol") == first_node(now)
    assert not is_same_answer(then, now)


def test_that_there_was_no_route_is_decided_again_too() -> None:
    nowhere = msgspec.structs.replace(question(), first_hops=())
    then = stored(decide_route(NAMES, nowhere, router(), chosen=None))
    assert then.no_route is not None
    assert is_same_answer(then, decide_again(then, router()))
    assert not is_same_answer(then, decide_again(then, router(), question=question()))


def test_a_chosen_route_is_kept_while_it_goes_and_remembered_when_it_is_gone() -> None:
    chosen = decide_route(NAMES, question(), router(bob_base_msat=9_000), chosen=None).route
    assert isinstance(chosen, Route)
    then = stored(decide_route(NAMES, question(), router(), chosen=chosen))
    assert (chosen, True, None) == (then.route, then.is_chosen, then.gone)
    assert is_same_answer(then, decide_again(then, router()))

    bob = decide_route(NAMES, question(), router(), chosen=None).route
    gone = stored(decide_route(NAMES, question(), router(bob_base_msat=9_000), chosen=bob))
    assert (None, None, bob) == (gone.route, gone.no_route, gone.gone)
    assert is_same_answer(gone, decide_again(gone, router(bob_base_msat=9_000)))
    assert bob == decide_again(gone, router()).route, "it goes again"
