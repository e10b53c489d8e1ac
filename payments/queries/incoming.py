"""Invoices of merchant accounts, for those who ask and for those who pay."""

from __future__ import annotations

from payments.models import IncomingInvoice


def own_invoice(payment_hash: str) -> IncomingInvoice | None:
    """The invoice of an account of this node that has this hash, whatever has become of it; None when no account has asked with it."""
    return IncomingInvoice.objects.filter(payment_hash=payment_hash).first()
