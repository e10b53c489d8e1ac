"""
Where nothing is left but channels that lacked balance: they come back for less than they failed with, and for nothing that fails for sure.

    alice --- bob ---- dave       each of the channels to dave holds less than the whole, and both together hold it
       `---- carol ----'
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from payments.lightning.config import ForwardingConfig
from payments.lightning.events import PaymentFailed, PaymentFailureReason, PaymentPathFailed, PaymentPathStarted, PaymentSent, RouteDecided
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.manager.deciding import decide_again, is_same_answer
from payments.lightning.routing.inflight import directions
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.memory import scorer_at
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from payments.lightning.wire.failures import FailureCode
from tests.network.failing import fails_on_the_way
from tests.network.nodes import Nodes, channel, line, network

AMOUNT_MSAT = 50_000_000


def two_narrow_ways(bob_percent: int = 30, carol_percent: int = 45) -> Nodes:
    cheap, dear = ForwardingConfig(fee_base_msat=100), ForwardingConfig(fee_base_msat=5_000)
    return network(
        channel("alice", "bob"),
        channel("alice", "carol"),
        channel("bob", "dave", capacity_sat=100_000, opener_percent=bob_percent),
        channel("carol", "dave", capacity_sat=100_000, opener_percent=carol_percent),
        policies={"bob": cheap, "carol": dear},
    )


def loads_that_failed(nodes: Nodes) -> dict[tuple[int, bytes], list[int]]:
    """By direction, what each try put on the channel that failed."""
    loads: dict[tuple[int, bytes], list[int]] = {}
    for failed in nodes.heard("alice", PaymentPathFailed):
        for (scid, source), amount_msat in directions(failed.path, payer=nodes.ids["alice"]):
            if scid == failed.short_channel_id:
                loads.setdefault((scid, source), []).append(amount_msat)
    return loads


def test_both_ways_failed_with_the_whole_and_bring_it_in_parts():
    nodes = two_narrow_ways()
    payment = nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert nodes.expect("alice", PaymentSent)
    assert payment.routes_tried > 2, "either way was tried alone before"
    loads = loads_that_failed(nodes)
    assert {nodes.scid("bob", "dave"), nodes.scid("carol", "dave")} == {scid for scid, _source in loads}
    nodes.check_rest()


def test_no_try_is_made_again_with_as_much_as_it_failed_with():
    nodes = two_narrow_ways(bob_percent=10, carol_percent=10)
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT, max_attempts=20)

    assert nodes.heard("alice", PaymentFailed)
    loads = loads_that_failed(nodes)
    assert any(len(amounts) > 1 for amounts in loads.values())
    assert all(later < earlier for amounts in loads.values() for earlier, later in pairwise(amounts))
    nodes.check_rest()


@pytest.mark.parametrize("max_attempts", [1, 2, 3])
def test_the_limit_on_tries_holds(max_attempts):
    nodes = two_narrow_ways(bob_percent=10, carol_percent=10)
    payment = nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT, max_attempts=max_attempts)

    assert max_attempts == payment.routes_tried
    assert PaymentFailureReason.RETRIES_EXHAUSTED is nodes.expect("alice", PaymentFailed).reason
    nodes.check_rest()


@pytest.mark.parametrize("code", [FailureCode.PERMANENT_CHANNEL_FAILURE, FailureCode.UNKNOWN_NEXT_PEER, FailureCode.PERMANENT_NODE_FAILURE])
def test_what_failed_for_good_never_comes_back(code):
    nodes = line("alice", "bob", "carol")
    fails_on_the_way(nodes, "bob", code=code)
    payment = nodes.pay("alice", to="carol", amount_msat=AMOUNT_MSAT)

    assert 1 == len(payment.attempts)
    assert PaymentFailureReason.ROUTE_NOT_FOUND is nodes.expect("alice", PaymentFailed).reason


def test_a_node_that_fails_as_a_whole_is_gone_round_whatever_leads_to_it():
    #   alice has two channels with bob, and another way
    nodes = network(
        channel("alice", "bob"),
        channel("alice", "bob"),
        channel("bob", "dave"),
        channel("alice", "carol"),
        channel("carol", "dave"),
        policies={"carol": ForwardingConfig(fee_base_msat=5_000)},
    )
    fails_on_the_way(nodes, "bob", code=FailureCode.TEMPORARY_NODE_FAILURE)
    nodes.pay("alice", to="dave", amount_msat=5_000_000)

    ways = [[nodes.names[hop.node_id] for hop in started.path.hops] for started in nodes.heard("alice", PaymentPathStarted)]
    assert [["bob", "dave"], ["carol", "dave"]] == ways


def test_every_decision_of_it_comes_out_identical_when_it_is_asked_again():
    nodes = two_narrow_ways()
    evidence: list[bytes] = []
    scorer = ProbabilisticScorer(nodes.graph, keeps_evidence=True)
    nodes["alice"].remember(scorer)
    graph: NetworkGraph = nodes.graph
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)
    evidence = [
        value for (owner, namespace, _key), value in sorted(nodes.store.items()) if namespace == "evidence" and owner == nodes.ids["alice"]
    ]

    decisions = nodes.heard("alice", RouteDecided)
    assert any(decided.question.params.payment_params.failed_amounts and decided.route for decided in decisions)
    for then in decisions:
        judge = FixedPenaltyScorer() if then.knowledge is None else scorer_at(then.knowledge, ProbabilisticScorer(NetworkGraph()), evidence)
        assert is_same_answer(then, decide_again(then, DefaultRouter(graph, judge)))
