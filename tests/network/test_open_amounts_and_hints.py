"""Invoices that leave something to the payer: the amount, or the last step of the way."""

from __future__ import annotations

import pytest

from payments.lightning.events import PaymentClaimed, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.payment.outbound import RetryableSendFailure
from tests.network.nodes import Nodes, channel, line, network


@pytest.fixture
def hidden() -> Nodes:
    """Carol is on no map: her only channel was not announced."""
    return network(channel("alice", "bob"), channel("bob", "carol", is_announced=False), channel("bob", "dora"))


def test_an_amount_is_the_payers_to_choose():
    nodes = line("alice", "bob", "carol")
    nodes.begin("alice", nodes.invoice("carol", None), amount_msat=7_000_000)
    nodes.run()

    assert 7_000_000 == nodes.expect("carol", PaymentClaimed).amount_msat == nodes.expect("alice", PaymentSent).amount_msat


def test_who_is_on_no_map_is_found_by_the_hint_in_the_invoice(hidden):
    invoice = hidden.invoice("carol", 5_000_000)
    ((hop,),) = [hint.hops for hint in decode(invoice).route_hints]

    assert (hidden.ids["bob"], hidden.scid("bob", "carol"), 1_000, 100, 40) == (
        hop.node_id,
        hop.short_channel_id,
        hop.fee_base_msat,
        hop.fee_proportional_millionths,
        hop.cltv_expiry_delta,
    )
    hidden.begin("alice", invoice)
    hidden.run()
    assert hidden.expect("alice", PaymentSent)
    hidden.check_rest()


def test_who_is_on_the_map_gives_no_hint(hidden):
    assert () == decode(hidden.invoice("dora", 5_000_000)).route_hints


def test_a_hint_survives_a_restart_because_the_peer_says_it_again(hidden):
    hidden.restart("carol")
    hidden.run()
    hidden.begin("alice", hidden.invoice("carol", 5_000_000))
    hidden.run()

    assert hidden.expect("alice", PaymentSent)


def test_a_line_that_is_down_gives_no_hint(hidden):
    hidden.break_line("bob", "carol")
    invoice = hidden.invoice("carol", 5_000_000)

    assert () == decode(invoice).route_hints
    assert RetryableSendFailure.ROUTE_NOT_FOUND is hidden.begin("alice", invoice)
