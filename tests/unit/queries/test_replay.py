"""A hundred payments over a network that changes under them: every decision comes out identical, and questions asked today do not."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from payments.management.engine_loop import run_inline
from payments.models import GossipPast, GossipRecord, InvoiceRequest, PaymentRecord, RouteDecision
from payments.queries.network import first_hops, forget_network_graph, network_graph
from payments.queries.past import map_at
from payments.queries.replay import replay_payment
from payments.queries.replay_shapes import ReplayShape
from payments.services.clear_faults import clear_faults
from payments.services.pay_invoice import pay_invoice
from payments.services.request_shop_invoice import request_shop_invoice
from payments.services.set_fault import set_fault

_TIMEOUT_S = 60
SHOPS = ("aurora-coffee", "beacon-books", "cedar-cycles", "dune-data", "ember-bakery", "cellar-records", "farpoint")
TROUBLES = (
    ("dear-fee", "harbour", {"fee_base_msat": 2_000}),
    ("stale-fee", "junction", {}),
    ("depleted", "harbour", {"peer": "junction"}),
    ("offline", "canal", {}),
    ("dear-fee", "junction", {"fee_base_msat": 0, "fee_proportional_millionths": 5}),
    ("garble-failure", "northgate", {}),
    ("dear-fee", "northgate", {"fee_base_msat": 7_000}),
)


def until(condition: Callable[[], object]) -> None:
    assert run_inline(until=lambda: bool(condition()), timeout_s=_TIMEOUT_S)


def invoices(wishes: list[tuple[str, int]]) -> list[str]:
    asked = [request_shop_invoice(shop, amount_msat=amount_msat, description="", expiry_s=3_600) for shop, amount_msat in wishes]
    until(lambda: not InvoiceRequest.objects.filter(pk__in=asked, invoice="").exists())
    return list(InvoiceRequest.objects.filter(pk__in=asked).order_by("created_at").values_list("invoice", flat=True))


def begin(invoice: str) -> str:
    return pay_invoice(invoice, payment_id=secrets.token_hex(32))


def ended(payment_ids: list[str]) -> None:
    until(lambda: not PaymentRecord.objects.filter(pk__in=payment_ids, resolved_at=None).exists())


def replayed(payment_id: str) -> ReplayShape:
    found = replay_payment(payment_id)
    assert found is not None
    return found


@pytest.fixture
def sandbox(transactional_db: None, settings) -> Iterator[None]:
    """The sandbox, built and running, on wires that take no time."""
    settings.LNWEB_SANDBOX_LATENCY_MS = 0
    forget_network_graph()
    until(first_hops)
    yield
    forget_network_graph()


@pytest.mark.usefixtures("sandbox")
def test_every_decision_of_a_hundred_payments_comes_out_identical() -> None:
    chosen = random.Random(1)
    begun: list[str] = []
    for number in range(20):
        texts = invoices([(chosen.choice(SHOPS), int(10 ** chosen.uniform(3, 7.9))) for _ in range(5)])
        fault, node, figures = TROUBLES[number % len(TROUBLES)]
        if number % 3 == 2:
            clear_faults()
        begun += [begin(texts[0])]
        set_fault(fault, node=node, settings=figures)  # waits for the same turn as the payments before and after it
        begun += [begin(text) for text in texts[1:]]
        ended(begun)

    found = [replayed(payment_id) for payment_id in begun]

    verdicts = Counter(decision.again for one in found for decision in one.decisions)
    assert {"identical": RouteDecision.objects.count()} == verdicts
    assert 100 == len(found)
    assert all(one.decisions for one in found)
    assert sum(verdicts.values()) > 100, "some were tried again"
    assert GossipPast.objects.exists(), "the map changed meanwhile"
    others = [decision for one in found for decision in one.decisions if not decision.is_same_now]
    assert others
    assert all(decision.causes for decision in others)


@pytest.mark.usefixtures("sandbox")
def test_now_is_another_route_when_the_map_has_changed_and_then_is_not() -> None:
    (text,) = invoices([("aurora-coffee", 25_000_000)])
    payment_id = begin(text)
    ended([payment_id])
    before = replayed(payment_id).decisions[0]
    route = [hop.name for path in before.then.paths for hop in path.hops]

    set_fault("dear-fee", node=_slug(route[0]))
    until(GossipPast.objects.exists)

    after = replayed(payment_id)
    decision = after.decisions[0]
    assert (True, "The decision came out identical.") == (after.is_identical, after.summary)
    assert before.then == decision.then
    assert (False, 0) == (decision.is_same_now, before.map_changes)
    assert decision.map_changes > 0
    assert decision.causes
    assert decision.now is not None
    assert route != [hop.name for path in decision.now.paths for hop in path.hops]
    assert any("instead of" in sentence for sentence in decision.differences)


@pytest.mark.usefixtures("sandbox")
def test_the_map_of_today_drawn_from_the_past_is_the_map_of_today() -> None:
    for fault, node, figures in TROUBLES[::2]:
        set_fault(fault, node=node, settings=figures)
    until(GossipPast.objects.exists)
    newest = GossipRecord.objects.order_by("-sequence").values_list("sequence", flat=True)[0]
    past, today = map_at(newest), network_graph()
    for node in today.nodes():
        assert list(today.outgoing(node.node_id)) == list(past.outgoing(node.node_id))
        assert list(today.incoming(node.node_id)) == list(past.incoming(node.node_id))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
