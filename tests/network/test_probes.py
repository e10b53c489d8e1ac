"""Asking whether a path would carry an amount: nobody is paid, nothing is held, and what was learnt is told."""

from __future__ import annotations

import pytest

from payments.lightning.events import (
    Event,
    PaymentClaimable,
    PaymentFailed,
    PaymentPathStarted,
    PaymentSent,
    ProbeFailed,
    ProbeSuccessful,
)
from payments.lightning.payment.probe import ProbeSendFailure, is_probe, probe_hash
from payments.lightning.routing.parameters import PaymentParameters, RouteParameters
from payments.lightning.routing.route import Path
from payments.lightning.wire.failures import FailureCode
from payments.sandbox.building import identity_of
from tests.network.failing import fails_on_the_way
from tests.network.nodes import SECRET, Nodes, channel, line, network

AMOUNT_MSAT = 5_000_000


def wish(nodes: Nodes, payee: str, amount_msat: int = AMOUNT_MSAT) -> RouteParameters:
    payment = PaymentParameters(payee=nodes.ids[payee], final_cltv_expiry_delta=27, features=frozenset({15, 17}))
    return RouteParameters(payment_params=payment, final_value_msat=amount_msat, max_total_routing_fee_msat=100_000)


def probe(nodes: Nodes, payee: str, amount_msat: int = AMOUNT_MSAT) -> bytes | ProbeSendFailure:
    (begun,) = nodes["alice"].send_preflight_probes(wish(nodes, payee, amount_msat))
    return begun


def told(nodes: Nodes) -> list[Event]:
    return [event for _, event in nodes.log]


@pytest.fixture
def nodes() -> Nodes:
    nodes = line("alice", "bob", "carol")
    nodes.log.clear()
    return nodes


def test_it_works(nodes):
    before_msat = nodes.balance_msat("alice")
    probe_id = probe(nodes, "carol")
    nodes.run()

    successful = nodes.expect("alice", ProbeSuccessful)
    assert probe_id == successful.payment_id
    assert [nodes.ids["bob"], nodes.ids["carol"]] == [hop.node_id for hop in successful.path.hops]
    assert 2 == len(successful.hold_times_ms)
    assert before_msat == nodes.balance_msat("alice")
    assert [successful] == told(nodes)
    nodes.check_rest()


def test_it_is_no_payment_and_leaves_nothing_behind(nodes):
    probe(nodes, "carol")
    nodes.run()

    assert () == nodes["alice"].list_recent_payments()
    assert set() == {namespace for _, namespace, _ in nodes.store} & {"payment", "probe", "invoice", "receiving"}
    assert [] == [event for event in told(nodes) if isinstance(event, PaymentSent | PaymentFailed | PaymentPathStarted | PaymentClaimable)]


def test_a_channel_on_the_way_that_cannot_is_named(nodes):
    fails_on_the_way(nodes, "bob", code=FailureCode.TEMPORARY_CHANNEL_FAILURE, data=bytes(2))
    probe(nodes, "carol")
    nodes.run()

    failed = nodes.expect("alice", ProbeFailed)
    assert (nodes.scid("bob", "carol"), 0, FailureCode.TEMPORARY_CHANNEL_FAILURE) == (
        failed.short_channel_id,
        failed.failing_hop,
        failed.failure_code,
    )
    nodes.check_rest()


def test_it_takes_up_room_while_it_is_out():
    nodes = line("alice", "bob", "carol", latency_ms=50)
    probe(nodes, "carol")
    nodes.turn()
    taken = nodes["alice"].compute_inflight_htlcs()
    assert AMOUNT_MSAT == taken.used_liquidity_msat(nodes.scid("bob", "carol"), source=nodes.ids["bob"])
    nodes.run()

    assert nodes.expect("alice", ProbeSuccessful)
    assert {} == nodes["alice"].compute_inflight_htlcs().used_msat


def test_it_survives_a_restart_of_everybody():
    nodes = line("alice", "bob", "carol", latency_ms=50)
    probe_id = probe(nodes, "carol")
    nodes.turn(after_ms=50)
    nodes.restart_all()
    nodes.run()

    assert probe_id == nodes.expect("alice", ProbeSuccessful).payment_id
    nodes.check_rest()


def test_one_that_nobody_remembers_is_over_when_it_is_back():
    nodes = line("alice", "bob", "carol", latency_ms=50)
    probe_id = probe(nodes, "carol")
    nodes.turn()
    nodes["alice"]._state.probes.drop(probe_id)
    nodes.run()

    assert [] == nodes.heard("alice", ProbeSuccessful)
    nodes.check_rest()


def test_every_part_of_a_large_amount_is_asked_for():
    nodes = network(channel("alice", "bob"), channel("alice", "carol"), channel("bob", "dave"), channel("carol", "dave"))
    begun = nodes["alice"].send_preflight_probes(wish(nodes, "dave", 600_000_000))
    nodes.run()

    assert 2 == len(begun)
    assert set(begun) == {successful.payment_id for successful in nodes.heard("alice", ProbeSuccessful)}
    assert 600_000_000 == sum(successful.path.final_value_msat for successful in nodes.heard("alice", ProbeSuccessful))


def test_a_channel_of_our_own_needs_no_asking(nodes):
    assert ProbeSendFailure.PATH_TOO_SHORT is probe(nodes, "bob")


def test_what_cannot_be_sent_is_refused_and_leaves_nothing(nodes):
    assert ProbeSendFailure.ROUTE_NOT_FOUND is probe(nodes, "carol", 900_000_000)
    probe(nodes, "carol")
    nodes.run()
    (hop, last) = nodes.expect("alice", ProbeSuccessful).path.hops
    unknown = Path(hops=(last, hop))
    too_long = Path(hops=(hop, *[last] * 30))
    too_much = Path(
        hops=(hop, type(last)(node_id=last.node_id, short_channel_id=last.short_channel_id, fee_msat=10**12, cltv_expiry_delta=18))
    )

    assert ProbeSendFailure.ROUTE_NOT_FOUND is nodes["alice"].send_probe(unknown)
    assert ProbeSendFailure.ONION_PACKET_SIZE_EXCEEDED is nodes["alice"].send_probe(too_long)
    assert ProbeSendFailure.CHANNEL_REFUSED is nodes["alice"].send_probe(too_much)
    assert {} == nodes["alice"].compute_inflight_htlcs().used_msat


def test_we_know_our_probes_and_nobody_elses(nodes):
    probe(nodes, "carol")
    nodes.run()
    successful = nodes.expect("alice", ProbeSuccessful)
    seeds = [identity_of(SECRET, name).seed for name in ("alice", "carol")]

    known = [is_probe(seed, payment_id=successful.payment_id, payment_hash=successful.payment_hash) for seed in seeds]
    assert [True, False] == known
    assert probe_hash(seeds[0], successful.payment_id) == successful.payment_hash
