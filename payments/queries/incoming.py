"""Invoices of merchant accounts, for those who ask and for those who pay."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone
from msgspec import Struct

from payments.models import ChannelRecord, EngineCommand, IncomingInvoice
from payments.queries.rate_shapes import RateShape, rate_shape
from payments.queries.rates import rate_at, rate_of_account
from payments.queries.wording import sentence_for_refused_invoice

ROWS_A_PAGE = 25
_State = IncomingInvoice.State


class IncomingShape(Struct, frozen=True, kw_only=True):
    """An invoice as its account's members see it. Who pays sees less: `PublicInvoiceShape`."""

    request_id: str
    account_id: int
    account_name: str
    state: str
    """As the table has it, or `expired` when nobody has paid in time."""
    amount_msat: int | None
    description: str
    invoice: str
    payment_hash: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    received_msat: int | None
    paid_at: datetime | None
    is_paid_inside: bool
    is_being_cancelled: bool
    refusal: str
    rate: RateShape | None
    """Of the moment when it was paid; before, the newest. None: nobody has said one."""

    @property
    def can_cancel(self) -> bool:
        """Whether there is anything left to cancel."""
        return self.state == _State.OPEN and not self.is_being_cancelled

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more. An invoice that ran out may still be paid by what is on its way."""
        return self.state in {_State.PAID, _State.CANCELLED, _State.REFUSED}


class PublicInvoiceShape(Struct, frozen=True, kw_only=True):
    """What a customer may know of an invoice who has its address."""

    request_id: str
    account_name: str
    state: str
    amount_msat: int | None
    description: str
    invoice: str
    expires_at: datetime | None
    received_msat: int | None
    paid_at: datetime | None
    is_final: bool
    rate: RateShape | None
    """As the account's members see it."""


class IncomingRowsShape(Struct, frozen=True, kw_only=True):
    """One page of an account's invoices."""

    rows: tuple[IncomingShape, ...]
    number: int
    pages: int


def own_invoice(payment_hash: str) -> IncomingInvoice | None:
    """The invoice of an account of this node that has this hash, whatever has become of it; None when no account has asked with it."""
    return IncomingInvoice.objects.select_related("account").filter(payment_hash=payment_hash).first()


def incoming_page(request_id: str, account_ids: Collection[int]) -> IncomingShape | None:
    """An invoice of one of these accounts; None when they have none of this id."""
    found = (
        IncomingInvoice.objects.select_related("account", "created_by", "rate").filter(pk=request_id, account_id__in=account_ids).first()
    )
    if found is None:
        return None
    return _shape(found, rate_now=rate_at(found.account.currency), is_being_cancelled=_is_being_cancelled(request_id))


def public_invoice(request_id: str) -> PublicInvoiceShape | None:
    """The same for whoever has its address."""
    found = IncomingInvoice.objects.select_related("account", "rate").filter(pk=request_id).first()
    if found is None:
        return None
    shape = _shape(found, rate_now=rate_at(found.account.currency))
    return PublicInvoiceShape(
        request_id=shape.request_id,
        account_name=shape.account_name,
        state=shape.state,
        amount_msat=shape.amount_msat,
        description=shape.description,
        invoice=shape.invoice if shape.state == _State.OPEN else "",
        expires_at=shape.expires_at,
        received_msat=shape.received_msat,
        paid_at=shape.paid_at,
        is_final=shape.is_final,
        rate=shape.rate,
    )


def incoming_rows(account_id: int, page: int = 1) -> IncomingRowsShape:
    """One page of an account's invoices, the newest first; a page beyond the last shows the last. At most four statements."""
    mine = IncomingInvoice.objects.filter(account_id=account_id)
    pages = max(1, -(-mine.count() // ROWS_A_PAGE))
    number = min(max(page, 1), pages)
    start = (number - 1) * ROWS_A_PAGE
    rows = mine.select_related("account", "created_by", "rate").order_by("-created_at", "request_id")[start : start + ROWS_A_PAGE]
    rate_now = rate_of_account(account_id)
    return IncomingRowsShape(rows=tuple(_shape(row, rate_now=rate_now) for row in rows), number=number, pages=pages)


def receivable_msat() -> int:
    """What could reach our node now, all channels together: an upper bound, for others may hold less."""
    usable = ChannelRecord.objects.filter(is_usable=True)
    return int(usable.aggregate(total=Sum("inbound_capacity_msat", default=0))["total"])


def _is_being_cancelled(request_id: str) -> bool:
    return EngineCommand.objects.filter(idempotency_key=f"cancel:{request_id}", handled_at__isnull=True).exists()


def _shape(row: IncomingInvoice, *, rate_now: RateShape | None, is_being_cancelled: bool = False) -> IncomingShape:
    is_over = row.state == _State.OPEN and row.expires_at is not None and row.expires_at <= timezone.now()
    return IncomingShape(
        request_id=row.request_id,
        account_id=row.account_id,
        account_name=row.account.name,
        state="expired" if is_over else row.state,
        amount_msat=row.amount_msat,
        description=row.description,
        invoice=row.invoice,
        payment_hash=row.payment_hash or "",
        created_at=row.created_at,
        created_by=row.created_by.get_username() if row.created_by is not None else "",
        expires_at=row.expires_at,
        received_msat=row.received_msat,
        paid_at=row.paid_at,
        is_paid_inside=row.paid_inside_id is not None,
        is_being_cancelled=is_being_cancelled,
        refusal=sentence_for_refused_invoice(row.refusal),
        rate=_rate(row, rate_now),
    )


def _rate(row: IncomingInvoice, rate_now: RateShape | None) -> RateShape | None:
    """What was paid is worth what it was worth then, and nothing if nobody had said a rate."""
    if row.state != _State.PAID:
        return rate_now
    return None if row.rate is None else rate_shape(row.rate)
