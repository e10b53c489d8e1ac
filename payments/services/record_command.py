"""What finished commands mean for the rows that asked for them. Claimed, applied and marked in one commit, as events are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from django.db import transaction
from django.utils import timezone

from payments.ledger.entries import release_entry
from payments.lightning.events import PaymentFailureReason
from payments.models import EngineCommand, InvoiceRequest, PaymentRecord
from payments.models.read_rows import read_rows
from payments.nodes.commands import (
    CancelInvoice,
    ClearFaults,
    CommandRefused,
    CreateInvoice,
    InvoiceCreated,
    PayInvoice,
    ProbeRoute,
    SetFault,
    SettleInside,
    decode_command,
)
from payments.services.book_entry import Booking, book_entry, held_msat
from payments.services.claim import ClaimedBefore, claim
from payments.services.incoming_invoices import answer_cancellation, answer_invoice, is_of_account
from payments.services.note_audit import Note, note_audits
from payments.services.note_change import FAULTS, balance_group, invoice_group, note_change, payment_group
from payments.services.payment_ends import failure_note
from payments.services.record_probe import record_probes_sent
from payments.services.refresh_status import refresh_status
from payments.services.settle_inside import failure_inside, settle_inside


def has_finished_commands() -> bool:
    """Whether there is a command from which no conclusions have been drawn yet."""
    return EngineCommand.objects.exclude(state=EngineCommand.State.QUEUED).filter(handled_at__isnull=True).exists()


def unhandled_commands() -> list[EngineCommand]:
    """The commands from which no conclusions have been drawn yet, oldest first."""
    return read_rows(EngineCommand, "NOT state = 'queued' AND handled_at IS NULL ORDER BY id")


def record_command(command: EngineCommand, *, guard: Callable[[], None] = lambda: None) -> bool:
    """
    Draw the conclusions from one finished command, once; whether it was this call that did it.

    guard    called first in the commit; what it raises undoes the commit
    """
    try:
        with transaction.atomic():
            guard()
            ends: list[Note] = []
            groups = conclude([command], ends)
            note_audits(ends)
            if groups:
                note_change(*groups)
    except ClaimedBefore:
        return False
    return True


def conclude(commands: Sequence[EngineCommand], ends: list[Note]) -> list[str]:
    """
    Draw the conclusions from finished commands; the names of what pages show differently now. Only inside a transaction.

    ends      takes what is to be noted of payments that this ends, once everything else is written

    raises    ClaimedBefore
    """
    if not commands:
        return []
    claim(commands)
    return [group for command in commands for group in _conclude(command, ends)]


def _conclude(command: EngineCommand, ends: list[Note]) -> tuple[str, ...]:
    match decode_command(command.arguments):
        case CreateInvoice() as wish:
            return answer_invoice(wish, command) if is_of_account(wish) else _answer_request(wish, command)
        case CancelInvoice() as wish:
            return answer_cancellation(wish, command)
        case SettleInside() as order if command.state == EngineCommand.State.DONE:
            return settle_inside(order, command, ends)
        case SettleInside() as order:
            return _give_up(order, ends, failure_inside(command))
        case PayInvoice() as order if command.state == EngineCommand.State.REFUSED:
            return _give_up(order, ends, PaymentFailureReason.UNEXPECTED_ERROR)
        case ProbeRoute() as wish:
            return (record_probes_sent(wish, command),)
        case SetFault() | ClearFaults():
            return (FAULTS,)
        case _:
            return ()


def _answer_request(wish: CreateInvoice, command: EngineCommand) -> tuple[str, ...]:
    asked = InvoiceRequest.objects.filter(pk=wish.request_id, state=InvoiceRequest.State.REQUESTED)
    if command.state == EngineCommand.State.DONE:
        made = msgspec.convert(command.result, InvoiceCreated)
        asked.update(state=InvoiceRequest.State.MADE, invoice=made.invoice, payment_hash=made.payment_hash)
    else:
        refused = msgspec.convert(command.result, CommandRefused)
        asked.update(state=InvoiceRequest.State.REFUSED, refusal=refused.error)
    return (invoice_group(wish.request_id),)


def _give_up(order: PayInvoice | SettleInside, ends: list[Note], reason: PaymentFailureReason) -> tuple[str, ...]:
    """The engine did not even begin: nothing is out, and nothing will be."""
    payment_id = order.payment_id.hex()
    held = held_msat([payment_id]).get(payment_id, 0)
    owner_id = PaymentRecord.objects.filter(pk=payment_id).values_list("account_id", flat=True).first()
    if held and owner_id is not None:
        book_entry(Booking(entry=release_entry(order.payment_id, owner_id=owner_id, held_msat=held), payment_id=payment_id))
    going = PaymentRecord.objects.filter(pk=payment_id, reason="")
    before = going.values_list("status", flat=True).first()
    if before is not None and going.update(reason=reason, resolved_at=timezone.now()):
        ends.append(failure_note(payment_id, before=before, reason=reason))
    refresh_status(payment_id)
    return payment_group(payment_id), *([] if owner_id is None else [balance_group(owner_id)])
