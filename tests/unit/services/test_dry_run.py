"""A dry run says what sending then comes to, whatever it is, and leaves no trace."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps

from payments.lightning.errors import LightningError
from payments.management.engine_loop import run_inline
from payments.models import FaultRecord, InvoiceRequest, PaymentRecord
from payments.queries.network import first_hops, forget_network_graph
from payments.queries.payments import payment_page
from payments.queries.preview import preview_payment
from payments.queries.shapes import PathShape, PaymentShape
from payments.services.dry_run import DryRun, dry_run
from payments.services.pay_invoice import pay_invoice
from payments.services.request_shop_invoice import request_shop_invoice
from payments.services.set_fault import set_fault
from tests.unit.services.wallet import make_invoice

_TIMEOUT_S = 60


def until(condition: Callable[[], object]) -> None:
    assert run_inline(until=lambda: bool(condition()), timeout_s=_TIMEOUT_S)


@pytest.fixture
def sandbox(transactional_db: None, settings) -> Iterator[None]:
    """The sandbox, built and running, on wires that take no time."""
    settings.LNWEB_SANDBOX_LATENCY_MS = 0
    forget_network_graph()
    until(first_hops)
    yield
    forget_network_graph()


def invoice(amount_msat: int | None, *, shop: str = "aurora-coffee", expiry_s: int = 3_600) -> str:
    asked = request_shop_invoice(shop, amount_msat=amount_msat, description="", expiry_s=expiry_s)
    until(lambda: InvoiceRequest.objects.get(pk=asked).invoice)
    return InvoiceRequest.objects.get(pk=asked).invoice


def rows() -> dict[str, list[Any]]:
    """Everything in the database."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in apps.get_app_config("payments").get_models()}


def rehearsed(text: str, **wish: Any) -> DryRun | str:
    """The verdict, or the code of a refusal; no row may be another one afterwards."""
    before = rows()
    try:
        return dry_run(text, **wish)
    except LightningError as error:
        return error.code
    finally:
        assert before == rows()


def sent(text: str, **wish: Any) -> tuple[str, list[Any]] | str:
    """What sending comes to: the reason of a payment that was not begun, or none and all that was tried."""
    try:
        payment_id = pay_invoice(text, payment_id=secrets.token_hex(32), **wish)
    except LightningError as error:
        return error.code
    until(lambda: page(payment_id).resolved_at or page(payment_id).attempts)
    attempts = page(payment_id).attempts
    return ("" if attempts else page(payment_id).reason), [figures(attempt.path) for attempt in attempts]


def page(payment_id: str) -> PaymentShape:
    shown = payment_page(payment_id, None)
    assert shown is not None
    return shown


def figures(path: PathShape) -> list[tuple[object, ...]]:
    return [(hop.short_channel_id, hop.amount_msat, hop.fee_msat, hop.cltv_expiry_delta) for hop in path.hops]


def same(verdict: DryRun | str, outcome: tuple[str, list[Any]] | str) -> bool:
    if isinstance(verdict, str) or isinstance(outcome, str):
        return verdict == outcome
    reason, tried = outcome
    return (verdict.reason, [figures(path) for path in verdict.paths]) == (reason, tried[: len(verdict.paths)])


def every_case() -> dict[str, tuple[str, dict[str, Any]]]:
    """A text and a wish for everything that can come of them."""
    return {
        "sent": (invoice(25_000_000), {}),
        "sent to a shop far away": (invoice(3_000_000, shop="farpoint"), {}),
        "sent through a hint": (invoice(3_000_000, shop="cellar-records"), {}),
        "an amount of ones own": (invoice(None), {"amount_msat": 7_000}),
        "no amount": (invoice(None), {}),
        "another amount": (invoice(5_000), {"amount_msat": 6_000}),
        "nothing to pay": (invoice(None), {"amount_msat": 0}),
        "a fee limit below nothing": (invoice(5_000), {"fee_limit_msat": -1}),
        "a fee limit of nothing": (invoice(5_000_000), {"fee_limit_msat": 0}),
        "more than any way carries": (invoice(2_000_000_000, shop="farpoint"), {}),
        "more than there is": (invoice(90_000_000_000), {}),
        "for nobody on the map": (make_invoice(), {}),
        "run out": (make_invoice(created_at_s=int(time.time()) - 7_200), {}),
        "no invoice": ("hello", {}),
        "a route that nobody offered": (invoice(5_000), {"route_token": "x"}),
        "sent in parts": (invoice(3_500_000_000, shop="beacon-books"), {}),
    }


@pytest.mark.usefixtures("sandbox")
def test_sending_comes_to_what_the_dry_run_said() -> None:
    verdicts = {}
    for name, (text, wish) in every_case().items():
        verdict = verdicts[name] = rehearsed(text, **wish)
        assert same(verdict, sent(text, **wish)), (name, verdict)
    told = {name: verdict if isinstance(verdict, str) else verdict.reason or "sent" for name, verdict in verdicts.items()}
    assert {
        "sent": "sent",
        "sent to a shop far away": "sent",
        "sent through a hint": "sent",
        "an amount of ones own": "sent",
        "no amount": "amount_missing",
        "another amount": "amount_differs",
        "nothing to pay": "amount_zero",
        "a fee limit below nothing": "fee_limit_negative",
        "a fee limit of nothing": "route_not_found",
        "more than any way carries": "route_not_found",
        "more than there is": "balance_too_small",
        "for nobody on the map": "route_not_found",
        "run out": "invoice_expired",
        "no invoice": "not_an_invoice",
        "a route that nobody offered": "chosen_route_not_ours",
        "sent in parts": "sent",
    } == told


@pytest.mark.usefixtures("sandbox")
def test_an_invoice_that_has_a_payment_is_not_sent_again() -> None:
    text = invoice(25_000_000)
    sent(text)
    verdict = rehearsed(text)
    assert isinstance(verdict, DryRun)
    assert (False, PaymentRecord.objects.get().payment_id) == (verdict.would_send, verdict.existing_payment_id)


@pytest.mark.usefixtures("sandbox")
def test_a_route_that_was_chosen_is_the_one_as_long_as_it_goes() -> None:
    text = invoice(25_000_000)
    route = preview_payment(text).routes[-1]
    verdict = rehearsed(text, route_token=route.token)
    assert isinstance(verdict, DryRun)
    assert [hop.short_channel_id for hop in route.paths[0].hops] == [hop.short_channel_id for hop in verdict.paths[0].hops]

    for slug in ("harbour", "northgate", "old-mill", "lantern"):
        set_fault("dear-fee", node=slug)
    until(lambda: FaultRecord.objects.count() == 4)
    assert "chosen_route_gone" == rehearsed(text, route_token=route.token) == sent(text, route_token=route.token)
