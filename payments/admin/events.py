"""
What the node's program told, in words: each event with what it means, its figures, and where they lead.

Events are the cause of all entries but holds and transfers. They are stored as they were told, in one commit with the state of the node
that brought them about; keys and hashes are shortened for the eye and whole where the pointer rests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from django.contrib import admin
from django.db.models import Min
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from payments.admin.columns import Link, key_column, list_place, moment, record_place, sat, short, visible
from payments.admin.look_only import RecordAdmin
from payments.lightning.events import Event
from payments.lightning.ids import format_scid
from payments.models import AttemptRecord, EngineCommand, EngineEvent, LedgerEntry, PaymentRecord, RouteDecision

_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)
_MOST_EVENTS = 5_000
"""As many are looked through for those of one payment."""
_MOST_ITEMS = 20
_DEEPEST = 3


@admin.register(EngineEvent)
class EngineEventAdmin(RecordAdmin):
    """What the engine told, in its order."""

    about = "What the node's program told, in its order. Nothing here is ever written again, but for the moment in which it was booked."
    list_display = ("id", "kind", "created_at", "handled_at")
    list_filter = ("kind",)
    search_fields = ("id__exact", "kind")
    search_help_text = "An event's number, or its kind"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    columns = ("id", "kind", "created_at", "handled_at")
    more = ("told",)

    @admin.display(description="what it says")
    def told(self, event: EngineEvent) -> str:
        """All its figures."""
        found = decoded(event)
        return "This cannot be read." if found is None else _figures(found, 0)

    def leads(self, event: EngineEvent) -> Iterator[Link]:
        """To the entry that it caused, to its payment and to the decision that it tells."""
        entry = LedgerEntry.objects.filter(event=event).first()
        if entry is not None:
            yield f"Ledger entry: {entry.kind}", record_place(LedgerEntry, entry.pk)
        found = decoded(event)
        payment_id = b"" if found is None else getattr(found, "payment_id", b"")
        if payment_id and PaymentRecord.objects.filter(pk=payment_id.hex()).exists():
            yield f"Payment {payment_id.hex()[:8]}", record_place(PaymentRecord, payment_id.hex())
        number = getattr(found, "attempt_number", None)
        attempt = AttemptRecord.objects.filter(payment_id=payment_id.hex(), number=number).first() if number else None
        if attempt is not None:
            yield f"Attempt {number}", record_place(AttemptRecord, attempt.pk)
        if RouteDecision.objects.filter(pk=event.pk).exists():
            yield "The decision about the way", record_place(RouteDecision, event.pk)


@admin.register(EngineCommand)
class EngineCommandAdmin(RecordAdmin):
    """What the engine was asked to do."""

    about = "What the node's program was asked to do, each wish once."
    list_display = ("id", "kind", key_column("idempotency_key"), "state", "created_at", "done_at")
    list_filter = ("kind", "state")
    search_fields = ("idempotency_key",)
    search_help_text = "The key of the wish, which is mostly the id of the payment or invoice that it is about"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    secret = ("arguments",)


def decoded(event: EngineEvent) -> Event | None:
    """The event as the program told it; None when what is stored is none."""
    try:
        return _DECODER.decode(bytes(event.body))
    except msgspec.MsgspecError:
        return None


def events_of(payment: PaymentRecord) -> Sequence[EngineEvent]:
    """
    What was told of one payment, in its order: from the first decision about its way on, as far as is looked.

    An event does not name its payment in a column, so those that came since are looked through; a busy node may have told more than that,
    and then the last ones are missing. The event that settled it is always among them.
    """
    first = RouteDecision.objects.filter(payment=payment).aggregate(first=Min("event_id"))["first"]
    wanted, since = bytes.fromhex(payment.pk) if _is_hex(payment.pk) else payment.pk.encode(), EngineEvent.objects.order_by("id")
    found = [event for event in since.filter(pk__gte=first)[:_MOST_EVENTS] if wanted in bytes(event.body)] if first is not None else []
    booked = since.filter(entry__payment=payment).exclude(pk__in=[event.pk for event in found])
    return sorted([*found, *booked], key=lambda event: event.pk)


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in text) and len(text) % 2 == 0


def _figures(told: object, depth: int) -> SafeString:
    """Names and values below each other."""
    rows = ((name.removesuffix("_msat").replace("_", " "), _value(name, value, depth + 1)) for name, value in _members(told))
    return format_html('<dl class="figures">{}</dl>', format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", rows))


def _members(told: object) -> Iterator[tuple[str, object]]:
    if isinstance(told, Mapping):
        yield from ((str(name), value) for name, value in told.items())
    else:
        yield from ((name, getattr(told, name)) for name in told.__struct_fields__)  # type: ignore[attr-defined]  # msgspec's


def _value(name: str, value: Any, depth: int) -> str:  # noqa: ANN401 (whatever an event is made of)
    if value is None or value in ((), b"", ""):
        return "-"
    if isinstance(value, bytes):
        return short(value.hex())
    if isinstance(value, msgspec.Struct | Mapping):
        return format_html("<details><summary>show</summary>{}</details>", _figures(value, depth)) if depth <= _DEEPEST else "…"
    if isinstance(value, list | tuple | set | frozenset):
        return _items(name, value, depth)
    if isinstance(value, int) and not isinstance(value, bool):
        return _number(name, value)
    return visible(str(value))


def _number(name: str, value: int) -> str:
    if name.endswith("_msat"):
        return format_html("{} sat", sat(value))
    return format_scid(value) if "short_channel_id" in name else f"{value:,}"  # type: ignore[arg-type]  # it is one by its name


def _items(name: str, values: Any, depth: int) -> SafeString:  # noqa: ANN401 (whatever an event is made of)
    shown = format_html_join("", "<li>{}</li>", ((_value(name, value, depth + 1),) for value in islice(values, _MOST_ITEMS)))
    rest = f"and {len(values) - _MOST_ITEMS} more" if len(values) > _MOST_ITEMS else ""
    return format_html("<ol>{}</ol>{}", shown, rest)


def event_links(events: Sequence[EngineEvent]) -> str:
    """Events one below the other, each with its moment."""
    rows = ((record_place(EngineEvent, event.pk), event.pk, event.kind, moment(event.created_at)) for event in events)
    return format_html_join("", '<li><a href="{}">{} {}</a> {}</li>', rows) or format_html(
        'None yet. <a href="{}">All events</a>', list_place(EngineEvent)
    )
