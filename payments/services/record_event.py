"""
What the engine's events mean for payments, attempts and the ledger: the only code that brings them in.

An event is claimed, has its effects and is marked in one commit, so its effects happen once, whoever handles it and however often it is
tried. Events are handled in order; one that cannot be handled stops the line until it can, because those after it build on it. The same
thing told again under another number changes nothing either: every effect is tied to the payment, the attempt or the entry's key.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from django.db import transaction
from django.utils import timezone

from payments.ledger.entries import entry_for
from payments.lightning.events import Event, PaymentFailed, PaymentPathFailed, PaymentPathStarted, PaymentPathSuccessful, PaymentSent
from payments.models import EngineEvent, PaymentRecord
from payments.services.book_entry import book_entry, held_msat
from payments.services.note_change import BALANCE, note_change, payment_group
from payments.services.record_attempt import close_attempts, record_attempt
from payments.services.record_command import handle_finished_commands, has_finished_commands
from payments.services.refresh_status import refresh_status

_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


def handle_pending_events() -> int:
    """
    Handle everything that the engine has told since: finished commands, then events in order. How many there were.

    Whatever a handler raises goes through: try again later, nothing is lost and nothing was done by halves.
    """
    handled = handle_finished_commands()
    for event_id in EngineEvent.objects.filter(handled_at__isnull=True).order_by("id").values_list("id", flat=True):
        handled += record_event(event_id)
    return handled


def has_pending_events() -> bool:
    """Whether the engine has told something that was not handled yet."""
    return has_finished_commands() or EngineEvent.objects.filter(handled_at__isnull=True).exists()


def record_event(event_id: int) -> bool:
    """Handle one event, once for ever; whether it was this call that did it."""
    with transaction.atomic():
        if not EngineEvent.objects.filter(pk=event_id, handled_at__isnull=True).update(handled_at=timezone.now()):
            return False
        row = EngineEvent.objects.get(pk=event_id)
        _apply(_DECODER.decode(row.body), event_id=event_id, told_at=row.created_at)
    return True


def _apply(event: Event, *, event_id: int, told_at: datetime) -> None:
    groups = []
    if _book(event, event_id):
        groups.append(BALANCE)
    match event:
        case PaymentSent() | PaymentFailed() | PaymentPathStarted() | PaymentPathSuccessful() | PaymentPathFailed():
            payment_id = event.payment_id.hex()
            if PaymentRecord.objects.filter(pk=payment_id).exists():
                _change_payment(event, told_at)
                refresh_status(payment_id)
                groups.append(payment_group(payment_id))
        case _:
            pass
    if groups:
        note_change(*groups)


def _book(event: Event, event_id: int) -> bool:
    payment_id = _payment_of(event)
    entry = entry_for(event, held_msat=held_msat(payment_id) if payment_id else 0)
    return entry is not None and book_entry(entry, payment_id=payment_id, event_id=event_id)


def _payment_of(event: Event) -> str | None:
    """The payment whose hold an event ends. A failure told after the success is no end: the money is gone."""
    if not isinstance(event, PaymentSent | PaymentFailed):
        return None
    payments = PaymentRecord.objects.filter(pk=event.payment_id.hex())
    if isinstance(event, PaymentFailed):
        payments = payments.filter(payment_preimage__isnull=True)
    return payments.values_list("payment_id", flat=True).first()


def _change_payment(
    event: PaymentSent | PaymentFailed | PaymentPathStarted | PaymentPathSuccessful | PaymentPathFailed, told_at: datetime
) -> None:
    unpaid = PaymentRecord.objects.filter(pk=event.payment_id.hex(), payment_preimage__isnull=True)
    match event:
        case PaymentSent():
            assert hashlib.sha256(event.payment_preimage).digest() == event.payment_hash, "paid without a proof"
            unpaid.update(payment_preimage=event.payment_preimage.hex(), fee_paid_msat=event.fee_paid_msat, resolved_at=told_at)
        case PaymentFailed():
            if unpaid.filter(reason="").update(reason=event.reason, resolved_at=told_at):
                close_attempts(event.payment_id.hex(), told_at)
        case _:
            record_attempt(event, told_at)
