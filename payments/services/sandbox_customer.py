"""Let a customer of the sandbox pay an invoice of ours, so that somebody can see money come in without a second wallet."""

from __future__ import annotations

import secrets

from django.db import transaction

from payments.models import IncomingInvoice
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import SandboxPay
from payments.services.command_engine import command_engine
from payments.services.errors import InvoiceNotOpen, UnknownInvoice
from payments.services.note_audit import note_audit

_WISH_ID_BYTES = 16
OPEN_AMOUNT_MSAT = 2_500_000
"""What a customer gives who may choose."""


def send_customer(request_id: str, *, account_id: int) -> None:
    """
    Let another node of the sandbox begin to pay. How that ends is told as every payment to us is.

    raises   UnknownInvoice, InvoiceNotOpen
    """
    with transaction.atomic():
        invoice = IncomingInvoice.objects.filter(pk=request_id, account_id=account_id).first()
        if invoice is None:
            raise UnknownInvoice
        if invoice.state != IncomingInvoice.State.OPEN:
            raise InvoiceNotOpen(state=invoice.state)
        wish_id, amount_msat = secrets.token_hex(_WISH_ID_BYTES), invoice.amount_msat or OPEN_AMOUNT_MSAT
        command_engine(SandboxPay(request_id=wish_id, invoice=invoice.invoice, amount_msat=amount_msat))
        note_audit(AuditAction.CUSTOMER_SENT, SubjectKind.INCOMING, request_id, after={"amount_msat": amount_msat})
