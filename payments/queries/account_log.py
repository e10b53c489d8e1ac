"""What happened in an account, for its programs: everything after a cursor, in its order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from payments.models import AccountEvent


class EventKind(StrEnum):
    """What is told: a payment has ended, an invoice was made, paid or will not be."""

    PAYMENT_PAID = "payment.paid"
    PAYMENT_FAILED = "payment.failed"
    INVOICE_OPEN = "invoice.open"
    INVOICE_PAID = "invoice.paid"
    INVOICE_CANCELLED = "invoice.cancelled"
    INVOICE_REFUSED = "invoice.refused"


class EventObject(Struct, frozen=True, kw_only=True):
    """Something that came to an end, or was made. `object` is what `payments.queries.account_objects` said of it then."""

    id: int
    kind: str
    created_at: datetime
    object: dict[str, object]


class EventsObject(Struct, frozen=True, kw_only=True):
    """Some events and the cursor to ask with next time."""

    events: tuple[EventObject, ...]
    cursor: int


def events_after(account_id: int, cursor: int, *, limit: int = 50) -> EventsObject:
    """The account's events with a higher number, the oldest first. None with a lower number will ever appear later."""
    rows = AccountEvent.objects.filter(account_id=account_id, pk__gt=cursor).order_by("pk")[:limit]
    events = tuple(map(event_object, rows))
    return EventsObject(events=events, cursor=events[-1].id if events else cursor)


def event_object(row: AccountEvent) -> EventObject:
    """One event as its row has it."""
    return EventObject(id=row.pk, kind=row.kind, created_at=row.created_at, object=row.body)
