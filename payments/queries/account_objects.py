"""
Payments and invoices as programs are told of them: the same fields in an answer of the API, in the event log and in a webhook.

Amounts are whole msat, times are UTC, keys and hashes hex. A field is never left out: what is not known is null.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db.models import DateTimeField, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from msgspec import Struct

from payments.lightning.payment.status import PaymentStatus, shown_status
from payments.models import AttemptRecord, IncomingInvoice, PaymentRecord

Fact = str | int | None


class PaymentObject(Struct, frozen=True, kw_only=True):
    """A payment of the account."""

    id: str
    status: str
    """One of checking, sending, stopping, held, paid and failed. Only `failed` says that the money is back."""
    payment_hash: str
    amount_msat: int
    fee_limit_msat: int
    fee_paid_msat: int | None
    reason: str | None
    """Why it failed; null as long as it has not."""
    payment_preimage: str | None
    """The proof of a paid one."""
    payee: str
    description: str
    invoice: str
    created_at: datetime
    resolved_at: datetime | None


class InvoiceObject(Struct, frozen=True, kw_only=True):
    """An invoice of the account."""

    id: str
    status: str
    """One of requested, open, paid, cancelled, refused and expired."""
    payment_hash: str | None
    amount_msat: int | None
    """Null: the payer chooses."""
    description: str
    invoice: str | None
    received_msat: int | None
    created_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None


def find_payments(account_id: int, *, before: str | None = None, limit: int = 50) -> tuple[PaymentObject, ...]:
    """
    An account's payments, the newest first.

    before   the id of the last one of the page before; one that the account does not have begins at the newest
    """
    mine = _with_oldest_out(PaymentRecord.objects.filter(account_id=account_id))
    last = PaymentRecord.objects.filter(account_id=account_id, pk=before).first() if before else None
    if last is not None:
        mine = mine.filter(_older_than(last.created_at, last.pk, "payment_id"))
    return tuple(map(payment_object, mine.order_by("-created_at", "payment_id")[:limit]))


def find_payment(account_id: int, payment_id: str) -> PaymentObject | None:
    """One payment of an account; None when it has none of this id."""
    found = _with_oldest_out(PaymentRecord.objects.filter(account_id=account_id, pk=payment_id)).first()
    return None if found is None else payment_object(found)


def find_invoice(account_id: int, request_id: str) -> InvoiceObject | None:
    """One invoice of an account; None when it has none of this id."""
    found = IncomingInvoice.objects.filter(account_id=account_id, pk=request_id).first()
    return None if found is None else invoice_object(found)


def find_invoices(account_id: int, *, before: str | None = None, limit: int = 50) -> tuple[InvoiceObject, ...]:
    """An account's invoices, as above."""
    mine = IncomingInvoice.objects.filter(account_id=account_id)
    last = mine.filter(pk=before).first() if before else None
    if last is not None:
        mine = mine.filter(_older_than(last.created_at, last.pk, "request_id"))
    return tuple(map(invoice_object, mine.order_by("-created_at", "request_id")[:limit]))


def ended_payments(payment_ids: Collection[str]) -> QuerySet[PaymentRecord]:
    """Those of these payments that have ended."""
    return PaymentRecord.objects.filter(pk__in=payment_ids, status__in=(PaymentStatus.PAID, PaymentStatus.FAILED))


def made_invoices(request_ids: Collection[str]) -> QuerySet[IncomingInvoice]:
    """Those of these invoices that our node has made or refused."""
    return IncomingInvoice.objects.filter(pk__in=request_ids).exclude(state=IncomingInvoice.State.REQUESTED)


def payment_object(row: PaymentRecord) -> PaymentObject:
    """A payment as its row and the clock have it."""
    oldest_out: datetime | None = getattr(row, "oldest_out", None)
    waiting_s = 0 if oldest_out is None else int((timezone.now() - oldest_out).total_seconds())
    status = shown_status(PaymentStatus(row.status), waiting_s=waiting_s, held_after_s=settings.LIGHTNING.payment.held_after_s)
    return PaymentObject(
        id=row.payment_id,
        status=status.value,
        payment_hash=row.payment_hash,
        amount_msat=row.amount_msat,
        fee_limit_msat=row.fee_limit_msat,
        fee_paid_msat=row.fee_paid_msat,
        reason=row.reason or None if status is PaymentStatus.FAILED else None,
        payment_preimage=row.payment_preimage,
        payee=row.payee,
        description=row.description,
        invoice=row.invoice,
        created_at=row.created_at,
        resolved_at=row.resolved_at,
    )


def invoice_object(row: IncomingInvoice) -> InvoiceObject:
    """An invoice as its row and the clock have it."""
    state = IncomingInvoice.State
    is_over = row.state == state.OPEN and row.expires_at is not None and row.expires_at <= timezone.now()
    return InvoiceObject(
        id=row.request_id,
        status="expired" if is_over else row.state,
        payment_hash=row.payment_hash,
        amount_msat=row.amount_msat,
        description=row.description,
        invoice=row.invoice or None,
        received_msat=row.received_msat,
        created_at=row.created_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
    )


def _with_oldest_out(payments: QuerySet[PaymentRecord]) -> QuerySet[PaymentRecord]:
    out = AttemptRecord.objects.filter(payment=OuterRef("pk"), state=AttemptRecord.State.SENT).order_by().values("payment")
    oldest = Subquery(out.annotate(oldest=Min("sent_at")).values("oldest"), output_field=DateTimeField())
    return payments.annotate(oldest_out=oldest)


def _older_than(created_at: datetime, key: str, key_field: str) -> Q:
    """What stands behind a row in a list with the newest first."""
    return Q(created_at__lt=created_at) | Q(created_at=created_at, **{f"{key_field}__gt": key})
