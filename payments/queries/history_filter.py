"""
What somebody looks for in the history: which payments and which invoices of an account fit.

Every condition is written out here: no name of a column ever comes from outside.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone
from msgspec import Struct

from payments.lightning.payment.status import PaymentStatus
from payments.models import IncomingInvoice, NodeRecord

_HEX = re.compile(r"[0-9a-f]{8,66}", re.ASCII)
"""Long enough to be meant as the beginning of a hash, a key or an id."""
_BEHIND_HEX = "g"
_State = IncomingInvoice.State


class Direction(StrEnum):
    """Which way money goes."""

    OUT = "out"
    IN = "in"


class Standing(StrEnum):
    """How a payment or an invoice stands, in words that fit both."""

    PAID = "paid"
    UNDER_WAY = "under_way"
    FAILED = "failed"
    OPEN = "open"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUSED = "refused"


_PAYMENTS = {
    Standing.PAID: (PaymentStatus.PAID.value,),
    Standing.UNDER_WAY: (PaymentStatus.CHECKING.value, PaymentStatus.SENDING.value, PaymentStatus.STOPPING.value),
    Standing.FAILED: (PaymentStatus.FAILED.value,),
}
_INVOICES = {
    Standing.PAID: _State.PAID,
    Standing.UNDER_WAY: _State.REQUESTED,
    Standing.OPEN: _State.OPEN,
    Standing.EXPIRED: _State.OPEN,
    Standing.CANCELLED: _State.CANCELLED,
    Standing.REFUSED: _State.REFUSED,
}


class HistoryFilter(Struct, frozen=True, kw_only=True):
    """What is looked for; what is empty or None is not asked about."""

    text: str = ""
    """In the description or the payee's name, or the beginning of a key, a hash or an id."""
    direction: Direction | None = None
    standing: Standing | None = None
    least_msat: int | None = None
    most_msat: int | None = None
    since: date | None = None
    """The first day, in UTC."""
    until: date | None = None
    """The last day."""
    who: str = ""
    """In the name of who began it, a person or an API key."""


def which_payments(wanted: HistoryFilter) -> Q | None:
    """Which payments fit; None: none can."""
    if wanted.direction is Direction.IN or (wanted.standing is not None and wanted.standing not in _PAYMENTS):
        return None
    fits = _when(wanted)
    if wanted.standing is not None:
        fits &= Q(status__in=_PAYMENTS[wanted.standing])
    if wanted.least_msat is not None:
        fits &= Q(amount_msat__gte=wanted.least_msat)
    if wanted.most_msat is not None:
        fits &= Q(amount_msat__lte=wanted.most_msat)
    if wanted.who:
        fits &= Q(created_by__username__icontains=wanted.who) | Q(created_by_key__name__icontains=wanted.who)
    if wanted.text:
        named = NodeRecord.objects.filter(name__icontains=wanted.text).values("node_id")
        fits &= Q(description__icontains=wanted.text) | Q(payee__in=named) | _begins(wanted.text, "payment_hash", "payment_id", "payee")
    return fits


def which_invoices(wanted: HistoryFilter) -> Q | None:
    """Which invoices fit; None: none can."""
    if wanted.direction is Direction.OUT or (wanted.standing is not None and wanted.standing not in _INVOICES):
        return None
    fits = _when(wanted)
    if wanted.standing is not None:
        fits &= Q(state=_INVOICES[wanted.standing])
    if wanted.standing is Standing.OPEN:
        fits &= Q(expires_at__gt=timezone.now())
    if wanted.standing is Standing.EXPIRED:
        fits &= Q(expires_at__lte=timezone.now())
    if wanted.least_msat is not None:
        fits &= Q(received_msat__gte=wanted.least_msat) | Q(received_msat=None, amount_msat__gte=wanted.least_msat)
    if wanted.most_msat is not None:
        fits &= Q(received_msat__lte=wanted.most_msat) | Q(received_msat=None, amount_msat__lte=wanted.most_msat)
    if wanted.who:
        fits &= Q(created_by__username__icontains=wanted.who)
    if wanted.text:
        fits &= Q(description__icontains=wanted.text) | _begins(wanted.text, "payment_hash", "request_id")
    return fits


def _when(wanted: HistoryFilter) -> Q:
    fits = Q()
    if wanted.since is not None:
        fits &= Q(created_at__gte=_midnight(wanted.since))
    if wanted.until is not None and wanted.until < date.max:
        fits &= Q(created_at__lt=_midnight(wanted.until + timedelta(days=1)))
    return fits


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _begins(text: str, *columns: str) -> Q:
    """One of these begins so. As a range, which an index serves."""
    fits = Q(pk__in=())
    if _HEX.fullmatch(text.lower()):
        for column in columns:
            fits |= Q((f"{column}__gte", text.lower()), (f"{column}__lt", text.lower() + _BEHIND_HEX))
    return fits
