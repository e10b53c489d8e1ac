"""
Invoices of merchant accounts: asked for here, made by our node in the engine's process, and cancelled as long as nobody has paid.

The engine is the one who knows whether an invoice can still be paid, so a cancellation is a wish: the invoice is cancelled when the engine
says so, and stays open when money was faster.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import msgspec
from django.db import transaction

from payments.lightning.ids import PaymentHash
from payments.lightning.invoice.bolt11 import decode
from payments.models import EngineCommand, IncomingInvoice, MerchantAccount, NodeRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import CancelInvoice, CommandRefused, CreateInvoice, InvoiceCreated
from payments.services.command_engine import command_engine
from payments.services.errors import AccountClosed, InvoiceNotOpen, UnknownInvoice
from payments.services.invoice_wishes import check_invoice_wish
from payments.services.note_audit import note_audit
from payments.services.note_change import incoming_group, incoming_list_group, note_change

_REQUEST_ID_BYTES = 16
_State = IncomingInvoice.State


def request_invoice(
    account_id: int, *, amount_msat: int | None, description: str, expiry_s: int = 3_600, user_id: int | None = None
) -> str:
    """
    Ask our node for an invoice of this account; the id of the request, under which its page is found.

    amount_msat   None: the payer chooses
    user_id       None: a program asked

    raises   AccountClosed, AmountZero, AmountTooLarge, DescriptionTooLong, ExpiryOutOfRange
    """
    description = check_invoice_wish(amount_msat=amount_msat, description=description, expiry_s=expiry_s)
    request_id = secrets.token_hex(_REQUEST_ID_BYTES)
    said = {"amount_msat": amount_msat, "description": description, "expiry_s": expiry_s, "account": account_id}
    with transaction.atomic():
        if not MerchantAccount.objects.filter(pk=account_id, closed_at__isnull=True).exists():
            raise AccountClosed
        IncomingInvoice.objects.create(
            request_id=request_id,
            account_id=account_id,
            amount_msat=amount_msat,
            description=description,
            expiry_s=expiry_s,
            created_by_id=user_id,
        )
        wish = CreateInvoice(
            request_id=request_id, node_slug=_own_slug(), amount_msat=amount_msat, description=description, expiry_s=expiry_s
        )
        command_engine(wish)
        note_audit(AuditAction.INVOICE_ASKED, SubjectKind.INCOMING, request_id, after=said)
        note_change(incoming_group(request_id), incoming_list_group(account_id))
    return request_id


def cancel_invoice(request_id: str, *, account_id: int) -> None:
    """
    Ask our node to take no money for an invoice of this account any more. Asked twice, it is asked once.

    raises   UnknownInvoice, InvoiceNotOpen
    """
    with transaction.atomic():
        invoice = IncomingInvoice.objects.select_for_update().filter(pk=request_id, account_id=account_id).first()
        if invoice is None:
            raise UnknownInvoice
        if invoice.state != _State.OPEN or invoice.payment_hash is None:
            raise InvoiceNotOpen(state=invoice.state)
        wish = CancelInvoice(request_id=request_id, payment_hash=PaymentHash(bytes.fromhex(invoice.payment_hash)))
        if EngineCommand.objects.filter(idempotency_key=wish.idempotency_key).exists():
            return
        command_engine(wish)
        note_audit(AuditAction.INVOICE_CANCEL_ASKED, SubjectKind.INCOMING, request_id)
        note_change(incoming_group(request_id))


def is_of_account(wish: CreateInvoice) -> bool:
    """Whether an invoice is one of ours and not of a shop in the sandbox."""
    return IncomingInvoice.objects.filter(pk=wish.request_id).exists()


def answer_invoice(wish: CreateInvoice, command: EngineCommand) -> tuple[str, ...]:
    """What has become of the wish for an invoice; the names of what pages show differently now. Only inside a transaction."""
    asked = IncomingInvoice.objects.filter(pk=wish.request_id, state=_State.REQUESTED)
    if command.state == EngineCommand.State.DONE:
        made = msgspec.convert(command.result, InvoiceCreated)
        expires_at = datetime.fromtimestamp(decode(made.invoice).expires_at_s, tz=UTC)
        asked.update(state=_State.OPEN, invoice=made.invoice, payment_hash=made.payment_hash, expires_at=expires_at)
    else:
        asked.update(state=_State.REFUSED, refusal=msgspec.convert(command.result, CommandRefused).error)
    return _groups(wish.request_id)


def answer_cancellation(wish: CancelInvoice, command: EngineCommand) -> tuple[str, ...]:
    """What has become of the wish to cancel; where money was faster, the invoice stays as it is. Only inside a transaction."""
    if command.state == EngineCommand.State.DONE:
        IncomingInvoice.objects.filter(pk=wish.request_id, state=_State.OPEN).update(state=_State.CANCELLED)
    return _groups(wish.request_id)


def _groups(request_id: str) -> tuple[str, ...]:
    account_id = IncomingInvoice.objects.values_list("account_id", flat=True).get(pk=request_id)
    return incoming_group(request_id), incoming_list_group(account_id)


def _own_slug() -> str:
    """How the engine calls our node; before the first start, as the sandbox will call it."""
    return NodeRecord.objects.filter(role=NodeRecord.Role.OWN).values_list("slug", flat=True).first() or "own"
