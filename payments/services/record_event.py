"""
What the engine's events mean for payments, attempts and the ledger: the only code that brings them in.

An event is claimed, has its effects and is marked in one commit, so its effects happen once, whoever handles it and however often it is
tried. Events are handled in order; one that cannot be handled stops the line until it can, because those after it build on it. The same
thing told again under another number changes nothing either: every effect is tied to the payment, the attempt or the entry's key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from django.db import transaction

from payments.ledger.accounts import HOUSE_ID
from payments.lightning.events import (
    Event,
    PaymentClaimed,
    PaymentFailed,
    PaymentPathFailed,
    PaymentSent,
    ProbeFailed,
    ProbeSuccessful,
    RouteDecided,
)
from payments.models import EngineCommand, EngineEvent
from payments.models.read_rows import read_rows
from payments.services.claim import ClaimedBefore, claim
from payments.services.event_bookings import EventBookings, event_entry, path_entry
from payments.services.invoices_at_hand import InvoicesAtHand
from payments.services.note_audit import Note, note_audits
from payments.services.note_change import balance_group, incoming_group, note_change, payment_group
from payments.services.payments_at_hand import PaymentEvent, PaymentsAtHand
from payments.services.record_command import conclude, has_finished_commands, record_command, unhandled_commands
from payments.services.record_probe import record_probe_answer

MOST_AT_ONCE = 500
"""Events in one commit: those that wait after a long sleep neither fill the memory nor hold the database for long."""
_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


class _Hands(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch of events is about, read once before and written once after."""

    payments: PaymentsAtHand
    invoices: InvoicesAtHand
    bookings: EventBookings


def handle_pending_events(*, guard: Callable[[], None] = lambda: None) -> int:
    """
    Handle everything that the engine has told since: finished commands, then events in order. How many there were.

    guard    called first in every commit; what it raises undoes the commit

    Whatever a handler raises goes through: try again later, nothing is lost and nothing was done by halves. A command that cannot be
    handled keeps no event back.
    """
    commands, events = unhandled_commands(), _next_events()
    handled = 0
    while commands or events:
        handled += _handle(commands, events, guard)
        commands, events = [], _next_events() if len(events) == MOST_AT_ONCE else []
    return handled


def has_pending_events() -> bool:
    """Whether the engine has told something that was not handled yet."""
    return has_finished_commands() or EngineEvent.objects.filter(handled_at__isnull=True).exists()


def record_event(event: EngineEvent, *, guard: Callable[[], None] = lambda: None) -> bool:
    """Handle one event, once for ever; whether it was this call that did it."""
    try:
        with transaction.atomic():
            guard()
            return bool(_record([], [event]))
    except ClaimedBefore:
        return False


def _handle(commands: Sequence[EngineCommand], events: Sequence[EngineEvent], guard: Callable[[], None]) -> int:
    """All in one commit, what several changed written once; when something cannot be handled, one by one up to it, and then it raises."""
    try:
        with transaction.atomic():
            guard()
            return _record(commands, events)
    except Exception:  # noqa: BLE001  whatever it was, it must not keep back what came before it
        return _handle_one_by_one(commands, events, guard)


def _handle_one_by_one(commands: Sequence[EngineCommand], events: Sequence[EngineEvent], guard: Callable[[], None]) -> int:
    handled = 0
    try:
        handled = sum(record_command(command, guard=guard) for command in commands)
    finally:
        handled += sum(record_event(event, guard=guard) for event in events)
    return handled


def _next_events() -> list[EngineEvent]:
    return read_rows(EngineEvent, "handled_at IS NULL ORDER BY id LIMIT %s", [MOST_AT_ONCE])


def _record(commands: Sequence[EngineCommand], events: Sequence[EngineEvent]) -> int:
    """Claim these commands and events and bring them in. How many there are."""
    ends: list[Note] = []
    groups = [*conclude(commands, ends), *_bring_in(events, ends)]
    note_audits(ends)
    if groups:
        note_change(*groups)
    return len(commands) + len(events)


def _bring_in(rows: Sequence[EngineEvent], ends: list[Note]) -> list[str]:
    """Let events have their effects; the names of what pages show differently now."""
    if not rows:
        return []
    claim(rows)
    events = [_DECODER.decode(row.body) for row in rows]
    payments = PaymentsAtHand({event.payment_id.hex() for event in events if isinstance(event, PaymentEvent | RouteDecided)})
    invoices = InvoicesAtHand({event.payment_hash.hex() for event in events if isinstance(event, PaymentClaimed)})
    hands = _Hands(payments=payments, invoices=invoices, bookings=EventBookings(events))
    tests = []
    for row, event in zip(rows, events, strict=True):
        _book(event, row.pk, hands)
        if isinstance(event, PaymentEvent):
            payments.bring_in(event, row.created_at)
        elif isinstance(event, RouteDecided):
            payments.decided(event, row.pk)
        elif isinstance(event, PaymentClaimed):
            invoices.claimed(event, row.created_at)
        if isinstance(event, ProbeSuccessful | ProbeFailed) and (group := record_probe_answer(event, row.created_at)):
            tests.append(group)
    hands.bookings.write()
    payments.write()
    invoices.write()
    ends += [*payments.ends, *invoices.ends]
    changed = [payment_group(payment_id) for payment_id in payments.touched] + [incoming_group(pk) for pk in invoices.touched]
    return changed + tests + [balance_group(owner_id) for owner_id in sorted(hands.bookings.owners)]


def _book(event: Event, event_id: int, hands: _Hands) -> None:
    if isinstance(event, PaymentPathFailed):
        _book_return(event, event_id, hands)
        return
    payment_id = _payment_of(event, hands.payments)
    entry = event_entry(event, hands.bookings, owner_id=_owner_of(event, hands), payment_id=payment_id)
    if entry is not None:
        hands.bookings.add(entry, event_id=event_id, payment_id=payment_id)


def _owner_of(event: Event, hands: _Hands) -> int:
    match event:
        case PaymentSent() | PaymentFailed():
            return hands.payments.owner_of(event.payment_id.hex())
        case PaymentClaimed():
            return hands.invoices.owner_of(event.payment_hash.hex())
        case _:
            return HOUSE_ID


def _book_return(event: PaymentPathFailed, event_id: int, hands: _Hands) -> None:
    """A part that comes back before the proof is still set aside; one that was out when the proof came was booked as paid."""
    payments, payment_id = hands.payments, event.payment_id.hex()
    if payments.is_paid(payment_id) and payments.is_out(payment_id, event.attempt_number):
        hands.bookings.add(path_entry(event, owner_id=payments.owner_of(payment_id)), event_id=event_id)


def _payment_of(event: Event, payments: PaymentsAtHand) -> str | None:
    """The payment whose hold an event ends. A failure told after the success is no end: the money is gone."""
    if not isinstance(event, PaymentSent | PaymentFailed):
        return None
    payment_id = event.payment_id.hex()
    if isinstance(event, PaymentFailed) and payments.is_paid(payment_id):
        return None
    return payment_id if payments.is_known(payment_id) else None
