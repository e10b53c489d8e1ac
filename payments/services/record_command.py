"""What a finished command means for the rows that asked for it. Claimed, applied and marked in one commit, as events are."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from payments.ledger.entries import release_entry
from payments.lightning.events import PaymentFailureReason
from payments.models import EngineCommand, InvoiceRequest, PaymentRecord
from payments.nodes.commands import (
    ClearFaults,
    CommandRefused,
    CreateInvoice,
    InvoiceCreated,
    PayInvoice,
    ProbeRoute,
    SetFault,
    decode_command,
)
from payments.services.book_entry import book_entry, held_msat
from payments.services.note_change import BALANCE, FAULTS, invoice_group, note_change, payment_group
from payments.services.record_probe import record_probes_sent
from payments.services.refresh_status import refresh_status


def has_finished_commands() -> bool:
    """Whether there is a command from which no conclusions have been drawn yet."""
    return _finished().exists()


def handle_finished_commands(*, guard: Callable[[], None] = lambda: None) -> int:
    """
    Draw the conclusions from every command that the engine has done or refused since. How many there were.

    guard    called first in every commit; what it raises undoes the commit
    """
    return sum(record_command(command_id, guard=guard) for command_id in _finished().order_by("id").values_list("id", flat=True))


def _finished() -> QuerySet[EngineCommand]:
    return EngineCommand.objects.exclude(state=EngineCommand.State.QUEUED).filter(handled_at__isnull=True)


def record_command(command_id: int, *, guard: Callable[[], None] = lambda: None) -> bool:
    """Draw the conclusions from one finished command, once; whether it was this call that did it."""
    with transaction.atomic():
        guard()
        unhandled = EngineCommand.objects.exclude(state=EngineCommand.State.QUEUED).filter(pk=command_id, handled_at__isnull=True)
        if not unhandled.update(handled_at=timezone.now()):
            return False
        command = EngineCommand.objects.get(pk=command_id)
        is_refused = command.state == EngineCommand.State.REFUSED
        match decode_command(command.arguments):
            case CreateInvoice() as wish:
                _answer_request(wish, command)
            case PayInvoice() as order if is_refused:
                _give_up(order)
            case ProbeRoute() as wish:
                record_probes_sent(wish, command)
            case SetFault() | ClearFaults():
                note_change(FAULTS)
            case _:
                pass
    return True


def _answer_request(wish: CreateInvoice, command: EngineCommand) -> None:
    asked = InvoiceRequest.objects.filter(pk=wish.request_id, state=InvoiceRequest.State.REQUESTED)
    if command.state == EngineCommand.State.DONE:
        made = msgspec.convert(command.result, InvoiceCreated)
        asked.update(state=InvoiceRequest.State.MADE, invoice=made.invoice, payment_hash=made.payment_hash)
    else:
        refused = msgspec.convert(command.result, CommandRefused)
        asked.update(state=InvoiceRequest.State.REFUSED, refusal=refused.error)
    note_change(invoice_group(wish.request_id))


def _give_up(order: PayInvoice) -> None:
    """The engine did not even begin: nothing is out, and nothing will be."""
    payment_id = order.payment_id.hex()
    held = held_msat(payment_id)
    if held:
        book_entry(release_entry(order.payment_id, held_msat=held), payment_id=payment_id)
    PaymentRecord.objects.filter(pk=payment_id, reason="").update(reason=PaymentFailureReason.UNEXPECTED_ERROR, resolved_at=timezone.now())
    refresh_status(payment_id)
    note_change(payment_group(payment_id), BALANCE)
