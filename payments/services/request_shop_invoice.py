"""Ask a shop of the sandbox for an invoice. The shop's node makes it in the engine's process; the page waits for the row to change."""

from __future__ import annotations

import secrets

from django.db import transaction

from payments.models import InvoiceRequest, NodeRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.commands import CreateInvoice
from payments.services.command_engine import command_engine
from payments.services.errors import UnknownShop
from payments.services.invoice_wishes import check_invoice_wish
from payments.services.note_audit import note_audit
from payments.services.note_change import invoice_group, note_change

_REQUEST_ID_BYTES = 16


def request_shop_invoice(slug: str, *, amount_msat: int | None, description: str, expiry_s: int = 3_600) -> str:
    """
    Queue the wish and return the request's id.

    amount_msat   None: the payer chooses

    raises   UnknownShop, AmountZero, AmountTooLarge, DescriptionTooLong, ExpiryOutOfRange
    """
    with transaction.atomic():
        request_id = queue_shop_invoice(slug, amount_msat=amount_msat, description=description, expiry_s=expiry_s)
        said = {"shop": slug, "amount_msat": amount_msat, "description": description, "expiry_s": expiry_s}
        note_audit(AuditAction.INVOICE_ASKED, SubjectKind.INVOICE, request_id, after=said)
        note_change(invoice_group(request_id))
    return request_id


def queue_shop_invoice(slug: str, *, amount_msat: int | None, description: str, expiry_s: int) -> str:
    """The same as a part of something larger, which tells of it. Only inside a transaction."""
    description = check_invoice_wish(amount_msat=amount_msat, description=description, expiry_s=expiry_s)
    if not NodeRecord.objects.filter(slug=slug, role=NodeRecord.Role.SHOP).exists():
        raise UnknownShop(slug=slug)
    request_id = secrets.token_hex(_REQUEST_ID_BYTES)
    wish = CreateInvoice(request_id=request_id, node_slug=slug, amount_msat=amount_msat, description=description, expiry_s=expiry_s)
    InvoiceRequest.objects.create(request_id=request_id, node=slug, amount_msat=amount_msat, description=description, expiry_s=expiry_s)
    command_engine(wish)
    return request_id
