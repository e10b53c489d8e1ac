"""
What happens while a process dies: each story with the network it takes place in and how it must end.

Here are the stories of payments; those of channels that open, change and close are in `channel_scenarios`.
"""

from __future__ import annotations

from collections.abc import Callable

from payments.lightning.events import PaymentClaimed, ProbeFailed, ProbeSuccessful
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.routing.parameters import RouteParameters
from payments.models import AttemptRecord, EngineCommand, InvoiceRequest, LedgerEntry, PaymentRecord
from payments.services.clear_faults import clear_faults
from payments.services.request_shop_invoice import request_shop_invoice
from payments.services.set_fault import set_fault
from payments.services.stop_payment import stop_payment
from tests.crash.channel_scenarios import CHANNEL_SCENARIOS
from tests.crash.scenario import (
    AGAIN,
    AMOUNT_MSAT,
    MANY_WAYS,
    NO_WAY,
    ONE_WAY,
    OURS,
    THEIRS,
    THROUGH_US,
    THROUGH_US_NO_WAY,
    TO_US,
    TWO_WAYS,
    Scenario,
    invoice,
)
from tests.crash.world import World

LARGE_MSAT = 150_000_000
"""More than one channel carries."""


def _pays(world: World) -> None:
    world.pay(world.kept, payment_id=OURS.hex())
    world.run(world.is_paid_or_failed)


def _is_paid_by(payer: str) -> Callable[[World], None]:
    def tell(world: World) -> None:
        world.pay_from(payer, world.kept, payment_id=THEIRS)
        world.run(lambda: all(payment.status.is_final for payment in world.node(payer).list_recent_payments()))

    return tell


def _pays_again(world: World) -> None:
    """The payee gives the money back, the person tries once more under another id."""
    world.do(lambda: set_fault("refuse", node="shop"))
    _pays(world)
    world.do(clear_faults)
    world.pay(world.kept, payment_id=AGAIN.hex())
    world.run(world.is_paid_or_failed)


def _asks_pays_stops(world: World) -> None:
    """Every command that a person can give: for an invoice, to pay it, to stop while it is held, and an end of the holding."""
    world.do(lambda: request_shop_invoice("shop", amount_msat=AMOUNT_MSAT, description=""))
    world.run(lambda: True)
    world.do(lambda: set_fault("hold", node="shop", settings={"hold_ms": None}))
    text = InvoiceRequest.objects.filter(state=InvoiceRequest.State.MADE).latest("pk").invoice
    world.pay(text, payment_id=OURS.hex())
    world.run(lambda: True)
    world.do(lambda: stop_payment(OURS.hex()))
    world.run(lambda: True)
    world.do(clear_faults)
    world.run(world.is_paid_or_failed)


def _probes(world: World) -> None:
    params = RouteParameters.from_invoice(decode(world.kept))

    def ask() -> None:
        world.calm_down()
        world.node("own").send_preflight_probes(params)
        world.host.take_turn()

    world.do(ask)
    world.run(lambda: not world.node("own")._state.probes)


def _ends_with(status: PaymentStatus, *, attempts: int) -> Callable[[World], None]:
    """A line that is cut may cost attempts, never the payment's end."""

    def ends(world: World) -> None:
        payment = PaymentRecord.objects.get()
        assert payment.status in {status, PaymentStatus.FAILED}
        assert (payment.status == PaymentStatus.PAID) == bool(payment.payment_preimage)
        if not world.points.hits:
            assert (status, attempts) == (payment.status, AttemptRecord.objects.count())

    return ends


def _ends_elsewhere(slug: str, status: PaymentStatus) -> Callable[[World], None]:
    def ends(world: World) -> None:
        (payment,) = world.node(slug).list_recent_payments()
        assert payment.status.is_final
        assert not PaymentRecord.objects.exists()
        if not world.points.hits:
            assert status is payment.status

    return ends


def _is_received(parts: int) -> Callable[[World], None]:
    """The whole amount is in our books, or nothing of it."""

    def ends(world: World) -> None:
        (payment,) = world.node("shop").list_recent_payments()
        claimed = [event.amount_msat for _, event in world.log if isinstance(event, PaymentClaimed)]
        assert claimed == [LARGE_MSAT] * (payment.status is PaymentStatus.PAID)
        assert len(claimed) == LedgerEntry.objects.filter(kind="received").count()
        if not world.points.hits:
            assert (PaymentStatus.PAID, parts) == (payment.status, len(payment.attempts))

    return ends


def _ends_at_the_second_try(world: World) -> None:
    first, second = (PaymentRecord.objects.filter(pk=payment_id.hex()).first() for payment_id in (OURS, AGAIN))
    assert first is not None
    assert PaymentStatus.PAID == first.status or second is not None
    if not world.points.hits:
        assert (PaymentStatus.FAILED, PaymentStatus.PAID) == (first.status, second.status)


def _ends_although_stopped(world: World) -> None:
    """Stopping ends the trying; what is out is the payee's to take. Each command was carried out once."""
    payment = PaymentRecord.objects.get()
    assert EngineCommand.objects.filter(kind__in=("PayInvoice", "AbandonPayment")).count() == 2
    assert not EngineCommand.objects.exclude(state=EngineCommand.State.DONE).exists()
    if not world.points.hits:
        assert PaymentStatus.PAID == payment.status


def _nothing_was_paid(world: World) -> None:
    """A probe is no payment: no row, no entry, no money elsewhere."""
    assert not PaymentRecord.objects.exists()
    assert {"opening"} == set(LedgerEntry.objects.values_list("kind", flat=True))
    ended = [event.payment_id for _, event in world.log if isinstance(event, ProbeSuccessful | ProbeFailed)]
    assert len(ended) == len(set(ended))
    if not world.points.hits:
        assert [ProbeSuccessful] == [type(event) for _, event in world.log if isinstance(event, ProbeSuccessful | ProbeFailed)]


_INVOICE = invoice("shop")
_LARGE_INVOICE = invoice("shop", LARGE_MSAT)

SCENARIOS = (
    Scenario(name="pay", topology=ONE_WAY, begin=_INVOICE, tell=_pays, ends=_ends_with(PaymentStatus.PAID, attempts=1), is_aged=True),
    Scenario(name="pay in parts", topology=MANY_WAYS, begin=_LARGE_INVOICE, tell=_pays, ends=_ends_with(PaymentStatus.PAID, attempts=2)),
    Scenario(name="fail, then pay", topology=TWO_WAYS, begin=_INVOICE, tell=_pays, ends=_ends_with(PaymentStatus.PAID, attempts=2)),
    Scenario(name="fail", topology=NO_WAY, begin=_INVOICE, tell=_pays, ends=_ends_with(PaymentStatus.FAILED, attempts=1), is_aged=True),
    Scenario(name="fail, pay again", topology=ONE_WAY, begin=_INVOICE, tell=_pays_again, ends=_ends_at_the_second_try),
    Scenario(name="ask, pay, stop", topology=ONE_WAY, tell=_asks_pays_stops, ends=_ends_although_stopped),
    Scenario(
        name="forward and claim",
        topology=THROUGH_US,
        begin=_INVOICE,
        tell=_is_paid_by("harbour"),
        ends=_ends_elsewhere("harbour", PaymentStatus.PAID),
        is_aged=True,
    ),
    Scenario(
        name="forward and fail",
        topology=THROUGH_US_NO_WAY,
        begin=_INVOICE,
        tell=_is_paid_by("northgate"),
        ends=_ends_elsewhere("northgate", PaymentStatus.FAILED),
    ),
    Scenario(
        name="be paid in parts",
        topology=TO_US,
        begin=invoice("own", LARGE_MSAT),
        tell=_is_paid_by("shop"),
        ends=_is_received(parts=2),
        is_aged=True,
    ),
    Scenario(name="probe", topology=ONE_WAY, begin=_INVOICE, tell=_probes, ends=_nothing_was_paid),
    *CHANNEL_SCENARIOS,
)
