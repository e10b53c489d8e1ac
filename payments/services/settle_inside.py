"""
Payments from one account of this node to another: nothing is sent, and the books of both change in one entry.

The engine decides, because it alone knows whether the invoice was paid over the network meanwhile; it gives the proof away and takes no
HTLC for this invoice from then on. So an invoice is paid once, by one way or the other.
"""

from __future__ import annotations

import msgspec
from django.utils import timezone

from payments.ledger.entries import settle_inside_entry
from payments.lightning.events import PaymentFailureReason
from payments.lightning.payment.inbound import InsideRefusal
from payments.models import EngineCommand, IncomingInvoice, PaymentRecord
from payments.nodes.commands import CommandRefused, SettledInside, SettleInside
from payments.queries.rates import rate_id_now
from payments.services.book_entry import Booking, book_entry, held_msat
from payments.services.invoices_at_hand import paid_note
from payments.services.note_audit import Note
from payments.services.note_change import balance_group, incoming_group, incoming_list_group, payment_group
from payments.services.payment_ends import success_note
from payments.services.refresh_status import refresh_status


def failure_inside(command: EngineCommand) -> PaymentFailureReason:
    """Why the engine refused, in the words of every payment."""
    refusal = msgspec.convert(command.result, CommandRefused).error
    expired = refusal == InsideRefusal.INVOICE_EXPIRED
    return PaymentFailureReason.PAYMENT_EXPIRED if expired else PaymentFailureReason.RECIPIENT_REJECTED


def settle_inside(order: SettleInside, command: EngineCommand, ends: list[Note]) -> tuple[str, ...]:
    """
    The engine has settled it: book it, once. The names of what pages show differently now. Only inside a transaction.

    ends    takes what is to be noted
    """
    payment_id, proof = order.payment_id.hex(), msgspec.convert(command.result, SettledInside)
    payment = PaymentRecord.objects.get(pk=payment_id)
    invoice = IncomingInvoice.objects.get(payment_hash=order.payment_hash.hex())
    entry = settle_inside_entry(
        order.payment_id,
        owner_id=payment.account_id,
        payee_id=invoice.account_id,
        amount_msat=payment.amount_msat,
        held_msat=held_msat([payment_id]).get(payment_id, 0),
    )
    if not book_entry(Booking(entry=entry, payment_id=payment_id)):
        return ()
    now, state = timezone.now(), IncomingInvoice.State
    PaymentRecord.objects.filter(pk=payment_id).update(payment_preimage=proof.payment_preimage, fee_paid_msat=0, resolved_at=now)
    refresh_status(payment_id)
    IncomingInvoice.objects.filter(pk=invoice.pk).update(
        state=state.PAID,
        received_msat=payment.amount_msat,
        paid_at=now,
        paid_inside_id=payment_id,
        rate_id=rate_id_now(invoice.account_id),
    )
    ends.append(success_note(payment_id, before=payment.status, amount_msat=payment.amount_msat, fee_paid_msat=0))
    ends.append(paid_note(invoice, payment.amount_msat))
    balances = (balance_group(payment.account_id), balance_group(invoice.account_id))
    return payment_group(payment_id), incoming_group(invoice.pk), incoming_list_group(invoice.account_id), *balances
