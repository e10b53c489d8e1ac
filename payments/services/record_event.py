"""
What the engine's events mean for payments, attempts and the ledger: the only code that brings them in.

An event is claimed, has its effects and is marked in one commit, so its effects happen once, whoever handles it and however often it is
tried. Events are handled in order; one that cannot be handled stops the line until it can, because those after it build on it. The same
thing told again under another number changes nothing either: every effect is tied to the payment, the attempt or the entry's key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from payments.ledger.entries import entry_for, returned_entry
from payments.lightning.events import (
    ChannelResolved,
    Event,
    PaymentFailed,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
    ProbeFailed,
    ProbeSuccessful,
)
from payments.models import AttemptRecord, EngineEvent, PaymentRecord
from payments.services.book_entry import available_msat, book_entry, held_msat
from payments.services.note_change import BALANCE, note_change, payment_group
from payments.services.record_attempt import close_attempts, record_attempt
from payments.services.record_command import handle_finished_commands, has_finished_commands
from payments.services.record_probe import record_probe_answer
from payments.services.refresh_status import refresh_status

PaymentEvent = PaymentSent | PaymentFailed | PaymentPathStarted | PaymentPathSuccessful | PaymentPathFailed
_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def handle_pending_events(*, guard: Callable[[], None] = lambda: None) -> int:
    """
    Handle everything that the engine has told since: finished commands, then events in order. How many there were.

    guard    called first in every commit; what it raises undoes the commit

    Whatever a handler raises goes through: try again later, nothing is lost and nothing was done by halves. A command that cannot be
    handled keeps no event back.
    """
    try:
        commands = handle_finished_commands(guard=guard)
    finally:
        events = _handle_events(guard)
    return commands + events


def _handle_events(guard: Callable[[], None]) -> int:
    """All in one commit, what several changed written once; when one cannot be handled, those before it one by one, and then it raises."""
    event_ids = list(EngineEvent.objects.filter(handled_at__isnull=True).order_by("id").values_list("id", flat=True))
    if not event_ids:
        return 0
    try:
        with transaction.atomic():
            guard()
            return _record(event_ids)
    except Exception:  # noqa: BLE001  whatever it was, it must not keep back what came before it
        return sum(record_event(event_id, guard=guard) for event_id in event_ids)


def has_pending_events() -> bool:
    """Whether the engine has told something that was not handled yet."""
    return has_finished_commands() or EngineEvent.objects.filter(handled_at__isnull=True).exists()


def record_event(event_id: int, *, guard: Callable[[], None] = lambda: None) -> bool:
    """Handle one event, once for ever; whether it was this call that did it."""
    with transaction.atomic():
        guard()
        return bool(_record([event_id]))


def _record(event_ids: list[int]) -> int:
    """Claim these events, bring them in, and say how many it was that nobody else had claimed."""
    claimed = [event_id for event_id in event_ids if _unhandled(event_id).update(handled_at=timezone.now())]
    payment_ids: dict[str, None] = {}
    tests: dict[str, None] = {}
    balance_changed = False
    for row in EngineEvent.objects.filter(pk__in=claimed).order_by("id"):
        event = _DECODER.decode(row.body)
        balance_changed = _book(event, row.pk) or balance_changed
        if isinstance(event, PaymentEvent) and _change_payment(event, row.created_at):
            payment_ids[event.payment_id.hex()] = None
        if isinstance(event, ProbeSuccessful | ProbeFailed) and (group := record_probe_answer(event, row.created_at)):
            tests[group] = None
    for payment_id in payment_ids:
        refresh_status(payment_id)
    groups = [payment_group(payment_id) for payment_id in payment_ids] + [*tests] + [BALANCE] * balance_changed
    if groups:
        note_change(*groups)
    return len(claimed)


def _unhandled(event_id: int) -> QuerySet[EngineEvent]:
    return EngineEvent.objects.filter(pk=event_id, handled_at__isnull=True)


def _book(event: Event, event_id: int) -> bool:
    if isinstance(event, PaymentPathFailed):
        return _book_return(event, event_id)
    payment_id = _payment_of(event)
    entry = entry_for(
        event,
        held_msat=held_msat(payment_id) if payment_id else 0,
        available_msat=available_msat() if isinstance(event, ChannelResolved) else 0,
    )
    return entry is not None and book_entry(entry, payment_id=payment_id, event_id=event_id)


def _book_return(event: PaymentPathFailed, event_id: int) -> bool:
    """A part that comes back before the proof is still set aside; one that was out when the proof came was booked as paid."""
    out = AttemptRecord.objects.filter(payment_id=event.payment_id.hex(), number=event.attempt_number, state=AttemptRecord.State.SENT)
    if not out.filter(payment__payment_preimage__isnull=False).exists():
        return False
    path = event.path
    entry = returned_entry(event.payment_id, event.attempt_number, amount_msat=path.final_value_msat, fee_msat=path.fee_msat)
    return book_entry(entry, event_id=event_id)


def _payment_of(event: Event) -> str | None:
    """The payment whose hold an event ends. A failure told after the success is no end: the money is gone."""
    if not isinstance(event, PaymentSent | PaymentFailed):
        return None
    payments = PaymentRecord.objects.filter(pk=event.payment_id.hex())
    if isinstance(event, PaymentFailed):
        payments = payments.filter(payment_preimage__isnull=True)
    return payments.values_list("payment_id", flat=True).first()


def _change_payment(event: PaymentEvent, told_at: datetime) -> bool:
    """Bring in what an event says about its payment; whether the payment is one that people know of."""
    payment_id = event.payment_id.hex()
    payments = PaymentRecord.objects.filter(pk=payment_id)
    unpaid = payments.filter(payment_preimage__isnull=True)
    match event:
        case PaymentSent():
            assert hashlib.sha256(event.payment_preimage).digest() == event.payment_hash, "paid without a proof"
            unpaid.update(payment_preimage=event.payment_preimage.hex(), fee_paid_msat=event.fee_paid_msat, resolved_at=told_at)
        case PaymentFailed():
            if unpaid.filter(reason="").update(reason=event.reason, resolved_at=told_at):
                close_attempts(payment_id, told_at)
        case _ if payments.exists():
            record_attempt(event, told_at)
    return payments.exists()
