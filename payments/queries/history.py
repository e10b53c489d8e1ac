"""
All that an account has paid and asked for, in one list, the newest first: a page of it, or all of it in pieces.

First the keys of what fits are read, in order, from both tables at once; then the rows of these keys. So neither a late page nor an export
of everything reads more rows than it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import F, Min, Q, QuerySet, Value
from django.utils import timezone
from msgspec import Struct

from payments.models import AttemptRecord, IncomingInvoice, PaymentRecord
from payments.queries.history_filter import Direction, HistoryFilter, which_invoices, which_payments
from payments.queries.network import names_of
from payments.queries.payments import shown_as
from payments.queries.rate_shapes import RateShape, rate_shape

ROWS_A_PAGE = 25
_ROWS_A_PIECE = 500
_ALL = HistoryFilter()


class HistoryRowShape(Struct, frozen=True, kw_only=True):
    """A payment or an invoice in the list."""

    direction: str
    """out · in"""
    id: str
    """Of a payment 32 bytes in hex, of an invoice 16."""
    status: str
    payee: str
    """Key of who is paid; empty for what comes in."""
    payee_name: str
    who: str
    """Who began it: a person, or an API key by its name; empty when nobody is known."""
    description: str
    amount_msat: int | None
    """None: the payer chooses, and nobody has yet."""
    fee_msat: int | None
    """What was paid in fees; None: nothing was paid, or it came in."""
    payment_hash: str
    payment_preimage: str
    """The proof of what was paid; empty where there is none."""
    created_at: datetime
    rate: RateShape | None


class HistoryPageShape(Struct, frozen=True, kw_only=True):
    """One page. Pages count from 1; there is always at least one, if an empty one."""

    rows: tuple[HistoryRowShape, ...]
    number: int
    pages: int
    found: int
    """How many rows fit, on all pages."""


_Key = tuple[datetime, str, str]
"""When, its id, and its direction: the list's order, and what tells rows apart."""


def history_page(account_id: int, wanted: HistoryFilter = _ALL, page: int = 1) -> HistoryPageShape:
    """One page of what fits; a page beyond the last shows the last. At most seven statements."""
    payments, invoices = _payments(account_id, wanted), _invoices(account_id, wanted)
    found = sum(rows.count() for rows in (payments, invoices) if rows is not None)
    pages = max(1, -(-found // ROWS_A_PAGE))
    number = min(max(page, 1), pages)
    start = (number - 1) * ROWS_A_PAGE
    keys = _keys(payments, invoices)[start : start + ROWS_A_PAGE] if found else []
    return HistoryPageShape(rows=_rows(list(keys)), number=number, pages=pages, found=found)


def history_rows(account_id: int, wanted: HistoryFilter = _ALL) -> Iterator[Sequence[HistoryRowShape]]:
    """All that fits, in pieces; what is added meanwhile is newer than what was read and is left out."""
    last: _Key | None = None
    while True:
        payments, invoices = _payments(account_id, wanted, last), _invoices(account_id, wanted, last)
        keys = list(_keys(payments, invoices)[:_ROWS_A_PIECE])
        if keys:
            yield _rows(keys)
        if len(keys) < _ROWS_A_PIECE:
            return
        last = keys[-1]


def _payments(account_id: int, wanted: HistoryFilter, after: _Key | None = None) -> QuerySet[PaymentRecord] | None:
    fits = which_payments(wanted)
    return None if fits is None else PaymentRecord.objects.filter(fits, _behind(after), account_id=account_id)


def _invoices(account_id: int, wanted: HistoryFilter, after: _Key | None = None) -> QuerySet[IncomingInvoice] | None:
    fits = which_invoices(wanted)
    return None if fits is None else IncomingInvoice.objects.filter(fits, _behind(after), account_id=account_id)


def _behind(after: _Key | None) -> Q:
    """What comes after a row in the list's order."""
    if after is None:
        return Q()
    created_at, key, _direction = after
    return Q(created_at__lte=created_at) & (Q(created_at__lt=created_at) | Q(pk__gt=key))


def _keys(payments: QuerySet[PaymentRecord] | None, invoices: QuerySet[IncomingInvoice] | None) -> QuerySet[PaymentRecord, _Key]:
    """The keys of both, in the list's order."""
    both = [
        rows.annotate(key=F("pk"), direction=Value(direction.value)).values_list("created_at", "key", "direction")
        for rows, direction in ((payments, Direction.OUT), (invoices, Direction.IN))
        if rows is not None
    ]
    if not both:
        return PaymentRecord.objects.none().values_list("created_at", "pk", "status")
    joined = both[0].union(both[1], all=True) if len(both) > 1 else both[0]
    return joined.order_by("-created_at", "key")  # type: ignore[return-value]  # both have these three columns


def _rows(keys: Sequence[_Key]) -> tuple[HistoryRowShape, ...]:
    """The rows of these keys, in their order."""
    of_payments = [key for _created_at, key, direction in keys if direction == Direction.OUT]
    of_invoices = [key for _created_at, key, direction in keys if direction == Direction.IN]
    shapes = _payment_shapes(of_payments) if of_payments else {}
    shapes |= _invoice_shapes(of_invoices) if of_invoices else {}
    return tuple(shapes[key] for _created_at, key, _direction in keys)


def _payment_shapes(ids: Sequence[str]) -> dict[str, HistoryRowShape]:
    payments = PaymentRecord.objects.select_related("created_by", "created_by_key", "rate").defer("invoice").filter(pk__in=ids)
    out = AttemptRecord.objects.filter(payment_id__in=ids, state=AttemptRecord.State.SENT).order_by().values("payment_id")
    oldest = dict(out.annotate(oldest=Min("sent_at")).values_list("payment_id", "oldest"))
    names = names_of(payment.payee for payment in payments)
    return {payment.pk: _payment_shape(payment, oldest.get(payment.pk), names) for payment in payments}


def _payment_shape(payment: PaymentRecord, oldest_out: datetime | None, names: Mapping[str, str]) -> HistoryRowShape:
    key_name = "" if payment.created_by_key is None else payment.created_by_key.name
    return HistoryRowShape(
        direction=Direction.OUT,
        id=payment.payment_id,
        status=shown_as(payment.status, oldest_out),
        payee=payment.payee,
        payee_name=names.get(payment.payee, ""),
        who=key_name if payment.created_by is None else payment.created_by.get_username(),
        description=payment.description,
        amount_msat=payment.amount_msat,
        fee_msat=payment.fee_paid_msat,
        payment_hash=payment.payment_hash,
        payment_preimage=payment.payment_preimage or "",
        created_at=payment.created_at,
        rate=None if payment.rate is None else rate_shape(payment.rate),
    )


def _invoice_shapes(ids: Sequence[str]) -> dict[str, HistoryRowShape]:
    invoices = IncomingInvoice.objects.select_related("created_by", "rate").defer("invoice").filter(pk__in=ids)
    return {invoice.pk: _invoice_shape(invoice) for invoice in invoices}


def _invoice_shape(invoice: IncomingInvoice) -> HistoryRowShape:
    is_over = invoice.state == IncomingInvoice.State.OPEN and invoice.expires_at is not None and invoice.expires_at <= timezone.now()
    return HistoryRowShape(
        direction=Direction.IN,
        id=invoice.request_id,
        status="expired" if is_over else invoice.state,
        payee="",
        payee_name="",
        who="" if invoice.created_by is None else invoice.created_by.get_username(),
        description=invoice.description,
        amount_msat=invoice.amount_msat if invoice.received_msat is None else invoice.received_msat,
        fee_msat=None,
        payment_hash=invoice.payment_hash or "",
        payment_preimage="",
        created_at=invoice.created_at,
        rate=None if invoice.rate is None else rate_shape(invoice.rate),
    )
