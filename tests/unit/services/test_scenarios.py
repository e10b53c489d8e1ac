"""Every scenario with the real engine, on the sandbox's own map: it ends as its card says, and the books agree after all of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from payments.lightning.invoice.errors import InvoiceExpired
from payments.lightning.payment.status import PaymentStatus
from payments.management.engine_loop import run_inline
from payments.models import EngineState
from payments.nodes import engine
from payments.queries.audit import audit
from payments.queries.faults import faults_on
from payments.queries.network import first_hops, forget_network_graph
from payments.queries.payments import payment_page
from payments.queries.preview import preview_payment
from payments.queries.shapes import PaymentShape
from payments.queries.shops import shop_invoice
from payments.services.clear_faults import clear_faults
from payments.services.pay_invoice import pay_invoice
from payments.services.scenarios import SCENARIOS
from payments.services.start_scenario import start_scenario

_TIMEOUT_S = 30
_CODES = {
    "second-try": ["temporary_channel_failure", ""],
    "no-way-left": ["temporary_channel_failure"],
    "held": [""],
    "refused": ["incorrect_or_unknown_payment_details"],
    "offline": ["temporary_channel_failure", ""],
    "stale-fee": ["fee_insufficient", ""],
    "thief": ["final_incorrect_htlc_amount"],
}
"""What each attempt came back with."""


class Clock:
    """The engine's clock, which can be put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_ms = 0
        real_ms = engine.now_ms
        monkeypatch.setattr(engine, "now_ms", lambda: real_ms() + self.ahead_ms)


def until(condition: Callable[[], object]) -> None:
    assert run_inline(until=lambda: bool(condition()), timeout_s=_TIMEOUT_S)


def invoice_of(slug: str) -> str:
    """Begin a story, and what its shop asks for."""
    request_id = start_scenario(slug)
    until(lambda: _asked(request_id))
    return _asked(request_id)


def _asked(request_id: str) -> str:
    asked = shop_invoice(request_id)
    assert asked is not None
    return asked.invoice


def page(payment_id: str) -> PaymentShape:
    shown = payment_page(payment_id, None)
    assert shown is not None
    return shown


def pay(slug: str) -> str:
    return pay_invoice(invoice_of(slug), payment_id=secrets.token_hex(32))


def ended(payment_id: str) -> PaymentShape:
    until(lambda: page(payment_id).resolved_at)
    return page(payment_id)


@pytest.fixture
def sandbox(transactional_db: None) -> Iterator[None]:
    """The sandbox, built and running."""
    del transactional_db
    forget_network_graph()
    until(first_hops)
    yield
    forget_network_graph()


@pytest.mark.usefixtures("sandbox")
def test_every_story_ends_as_its_card_says(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    for scenario in sorted(SCENARIOS, key=lambda each: each.slug == "held"):  # last: it puts the clock forward
        match scenario.slug:
            case "held":
                _tell_held(clock)
            case "expired":
                _tell_expired()
            case "too-dear":
                _tell_too_dear()
            case "garbled":
                _tell_garbled()
            case slug:
                payment = ended(pay(slug))
                assert (slug, scenario.ends) == (slug, payment.status)
                assert _CODES[slug] == [attempt.failure_code for attempt in payment.attempts], slug
    clear_faults()
    until(lambda: not faults_on())
    until(lambda: not audit().differences)


def _tell_held(clock: Clock) -> None:
    payment_id = pay("held")
    until(EngineState.objects.filter(namespace="held").exists)
    assert PaymentStatus.SENDING == page(payment_id).status
    eleven_seconds_later = timezone.now() + timedelta(seconds=11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("payments.queries.payments.timezone.now", lambda: eleven_seconds_later)
        held = page(payment_id)
    assert (PaymentStatus.HELD, False) == (held.status, bool(held.resolved_at))
    assert "Do not pay again" in held.explanation
    assert held.latest_resolution.startswith("At the latest it is settled at block")
    clock.ahead_ms += 61_000
    assert PaymentStatus.PAID == ended(payment_id).status


def _tell_expired() -> None:
    invoice = invoice_of("expired")
    with pytest.raises(InvoiceExpired):
        until(lambda: preview_payment(invoice) is None)


def _tell_too_dear() -> None:
    preview = preview_payment(invoice_of("too-dear"))
    assert () == preview.routes
    assert preview.no_route.startswith("There is a route, but it costs")


def _tell_garbled() -> None:
    payment = ended(pay("garbled"))
    assert PaymentStatus.PAID == payment.status
    assert "garbled" in payment.attempts[0].sentence
    assert len(payment.attempts) > 1
