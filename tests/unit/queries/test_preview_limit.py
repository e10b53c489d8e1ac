"""
At the very limit of our channel the preview says what sending then does: the largest amount goes, one millisatoshi more does not.

The nodes are real. Our only channel is one that we opened, and behind it the way parts: each part of a payment is one more HTLC in our
commitment, whose fee is ours, so two parts carry less than one channel's limit.
"""

from __future__ import annotations

import re

import pytest

from payments.lightning.events import PaymentSent
from payments.lightning.payment.outbound import RetryableSendFailure
from payments.models import ChannelRecord, NodeRecord
from payments.nodes.read_models import write_channels
from payments.queries.network import first_hops
from payments.queries.preview import preview_payment
from payments.queries.shapes import PreviewShape
from tests.network.nodes import Nodes, channel, network

pytestmark = pytest.mark.django_db
FEE_LIMIT_MSAT = 20_000_000
TEN_YEARS_S = 10 * 365 * 86_400
"""The nodes' clock stands in 2023 and the pages' does not."""


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Nodes:
    """alice --- bob, and from there over carol or over erin to dave, neither of whom can carry it all."""
    middle = [channel(*ends, opener_percent=100) for ends in (("bob", "carol"), ("bob", "erin"), ("carol", "dave"), ("erin", "dave"))]
    world = network(channel("alice", "bob", opener_percent=100, capacity_sat=1_500_000), *middle)
    monkeypatch.setattr("payments.queries.viewpoints.network_graph", lambda: world.graph)
    NodeRecord.objects.create(node_id=world.ids["alice"].hex(), name="Alice", slug="alice", role="own")
    write_channels(world["alice"].list_channels())
    return world


def previewed(nodes: Nodes, amount_msat: int) -> tuple[str, PreviewShape]:
    invoice = nodes.invoice("dave", amount_msat, expiry_s=TEN_YEARS_S)
    return invoice, preview_payment(invoice, fee_limit_msat=FEE_LIMIT_MSAT)


def largest_msat(nodes: Nodes) -> int:
    """As the page says it."""
    sentence = previewed(nodes, 2_500_000_000)[1].no_route
    match = re.search(r"([\d,]+)(?:\.(\d{3}))? sat", sentence)
    assert match, sentence
    return int(match[1].replace(",", "")) * 1_000 + int(match[2] or 0)


def test_what_the_preview_calls_the_largest_amount_goes(nodes: Nodes) -> None:
    amount_msat = largest_msat(nodes)
    invoice, preview = previewed(nodes, amount_msat)
    planned_msat = [path.hops[0].amount_msat for path in preview.routes[0].paths]
    begun = nodes.begin("alice", invoice, fee_limit_msat=FEE_LIMIT_MSAT)
    assert not isinstance(begun, RetryableSendFailure)
    nodes.run()

    assert 2 == len(preview.routes[0].paths)
    assert amount_msat == nodes.expect("alice", PaymentSent).amount_msat
    sent_msat = [attempt.path.total_amount_msat for attempt in nodes.payment("alice", begun).attempts]
    assert planned_msat == sent_msat, "what was shown is what was sent"


def test_one_millisatoshi_more_does_not(nodes: Nodes) -> None:
    invoice, preview = previewed(nodes, largest_msat(nodes) + 1)

    assert () == preview.routes
    assert RetryableSendFailure.ROUTE_NOT_FOUND is nodes.begin("alice", invoice, fee_limit_msat=FEE_LIMIT_MSAT)


def test_the_pages_know_what_the_engine_knows_of_a_first_hop(nodes: Nodes) -> None:
    (details,) = nodes["alice"].list_usable_channels()
    (hop,) = first_hops()

    assert 0 < details.further_htlc_cost_msat
    assert details.further_htlc_cost_msat == hop.further_htlc_cost_msat
    assert details.next_outbound_htlc_limit_msat == hop.next_outbound_htlc_limit_msat
    assert 1 == ChannelRecord.objects.count()
