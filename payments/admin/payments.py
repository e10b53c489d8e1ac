"""
Payments, the tries that they took, and the promises (HTLCs) along the way of each.

From here the evidence leads on: to the entries of the ledger, to the events that caused them, to the audit log, and to the approval, the
invoice and the program behind a payment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments.admin.audit import audit_place
from payments.admin.columns import Link, key_column, list_place, moment, record_place, sat, short, visible
from payments.admin.events import event_links, events_of
from payments.admin.look_only import Lines, RecordAdmin, table
from payments.models import (
    ApprovalRequest,
    AttemptRecord,
    ChannelRecord,
    IncomingInvoice,
    LedgerEntry,
    PaymentRecord,
    ProbeRecord,
    RouteDecision,
    RouteTest,
)
from payments.models.audit import SubjectKind
from payments.queries.network import names_of
from payments.queries.paths import attempt_shape

_HOPS = ("Step", "To", "Channel", "Promised (sat)", "Fee kept there (sat)", "Runs out at block", "What became of it")
_HOP_WORDS = {
    "moving": "promised, not answered yet",
    "passed": "passed on",
    "broken": "came back from here",
    "unreached": "never got here",
}


class _Attempts(Lines):
    """A payment's attempts."""

    model = AttemptRecord
    verbose_name_plural = "attempts: one promise (HTLC) over one path each"
    columns = ("number", "state", "amount_msat", "fee_msat", "failure_code", "local_failure", "sent_at", "resolved_at")


class _Entries(Lines):
    """What a payment did to the ledger."""

    model = LedgerEntry
    verbose_name_plural = "ledger entries"
    columns = ("kind", "event", "created_at")
    together = ("event",)


@admin.register(PaymentRecord)
class PaymentAdmin(RecordAdmin):
    """Payments, the newest first."""

    about = "One row is one intention to pay one invoice. Its status is computed from attempts, proof and reason, and never set by hand."
    list_display = (
        key_column("payment_id", "payment"),
        *("account", "status", "amount_msat", "fee_paid_msat", "reason", "created_at", "resolved_at"),
    )
    list_filter = ("status", "reason", "account")
    search_fields = ("payment_id__exact", "payment_hash__exact", "payee__exact", "description")
    search_help_text = "The payment's id, its hash, the payee's key (each whole), or a word of the description"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("account",)
    inlines = (_Attempts, _Entries)
    more = ("events",)

    @admin.display(description="events")
    def events(self, payment: PaymentRecord) -> SafeString:
        """What the node's program told of it."""
        return format_html('<ul class="leads">{}</ul>', event_links(events_of(payment)))

    def leads(self, payment: PaymentRecord) -> Iterator[Link]:
        """To all that is written about it."""
        yield "Ledger entries", list_place(LedgerEntry, payment__payment_id__exact=payment.pk)
        yield "Audit log: what was done to it, and by whom", audit_place(SubjectKind.PAYMENT, payment.pk)
        if RouteDecision.objects.filter(payment=payment).exists():
            yield "How its way was decided", list_place(RouteDecision, payment__payment_id__exact=payment.pk)
        if ApprovalRequest.objects.filter(pk=payment.pk).exists():
            yield "The approval that it needed", record_place(ApprovalRequest, payment.pk)
        inside = IncomingInvoice.objects.filter(paid_inside=payment).first()
        if inside is not None:
            yield "The invoice of another account here that it paid", record_place(IncomingInvoice, inside.pk)


@admin.register(AttemptRecord)
class AttemptAdmin(RecordAdmin):
    """Attempts with their whole paths."""

    about = "One row is one try: one promise (HTLC) over one path. Only what the payee takes costs anything."
    list_display = ("__str__", "payment", "number", "state", "amount_msat", "fee_msat", "failure_code", "sent_at", "resolved_at")
    list_filter = ("state", "failure_code", "local_failure")
    search_fields = ("payment__payment_id__exact",)
    search_help_text = "The payment's id, whole"
    date_hierarchy = "sent_at"
    ordering = ("-sent_at",)
    list_select_related = ("payment",)
    secret = ("path",)
    more = ("answer", "htlcs")

    @admin.display(description="what became of it")
    def answer(self, attempt: AttemptRecord) -> str:
        """In words; why it came back, when it did."""
        return visible(attempt_shape(attempt, names={}, is_paid=False).sentence) if attempt.path else "-"

    @admin.display(description="HTLCs, from us to the payee")
    def htlcs(self, attempt: AttemptRecord) -> str:
        """One row for each promise along the path."""
        if not attempt.path:
            return "-"
        shape = attempt_shape(attempt, names=names_of(hop["node_id"] for hop in attempt.path), is_paid=False)
        first_blocks = attempt.path[0]["total_cltv_expiry_delta"]
        ours = dict(
            ChannelRecord.objects.filter(short_channel_id=attempt.path[0]["short_channel_id"]).values_list("short_channel_id", "pk")
        )
        rows = []
        for number, (hop, row) in enumerate(zip(shape.path.hops, attempt.path, strict=True), start=1):
            expiry = None if attempt.expiry_height is None else attempt.expiry_height - first_blocks + row["total_cltv_expiry_delta"]
            rows.append(
                (
                    number,
                    visible(hop.name) if hop.name else short(hop.node_id),
                    _channel(hop.short_channel_id, ours),
                    sat(hop.amount_msat),
                    sat(hop.fee_msat),
                    "-" if expiry is None else f"{expiry:,}",
                    "taken" if number == len(attempt.path) and hop.state == "passed" else _HOP_WORDS[hop.state],
                )
            )
        return table(_HOPS, rows)

    def leads(self, attempt: AttemptRecord) -> Iterator[Link]:
        """Back to the payment, and on to the books."""
        yield f"Payment {attempt.payment_id[:8]}", record_place(PaymentRecord, attempt.payment_id)
        yield "Ledger entries of the payment", list_place(LedgerEntry, payment__payment_id__exact=attempt.payment_id)


def _channel(short_channel_id: str, ours: dict[str, str]) -> str:
    if short_channel_id not in ours:
        return short_channel_id
    return format_html('<a href="{}">{}</a> (ours)', record_place(ChannelRecord, ours[short_channel_id]), short_channel_id)


class _Probes(Lines):
    """What a test sent."""

    model = ProbeRecord
    show_change_link = False
    columns = ("state", "failing_hop", "failure_code", "local_failure", "blamed_short_channel_id", "resolved_at")


@admin.register(RouteTest)
class RouteTestAdmin(RecordAdmin):
    """Tests of routes, the newest first. None of them has paid anything."""

    about = "Tests of a way, sent to learn how far a payment would get. None of them has paid anything, and none is in the books."
    list_display = (key_column("request_id", "test"), "state", "refusal", "amount_msat", "created_by", "created_at")
    list_filter = ("state",)
    search_fields = ("request_id__exact",)
    search_help_text = "The test's id, whole"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("created_by",)
    inlines = (_Probes,)


@admin.register(RouteDecision)
class RouteDecisionAdmin(RecordAdmin):
    """Decisions, the newest first."""

    about = "Each time the program decided by which way to pay. The decision can be made once more, with what was known then."
    list_display = ("event_id", "payment", "decided_at", "replayed")
    list_select_related = ("event", "payment")
    search_fields = ("payment__payment_id__exact", "payment__payment_hash__exact")
    search_help_text = "The payment's id or hash, whole"
    date_hierarchy = "event__created_at"
    ordering = ("-event_id",)
    columns = ("event", "payment")
    more = ("decided_at", "replayed")

    @admin.display(description="decided", ordering="event__created_at")
    def decided_at(self, row: Any) -> object:  # noqa: ANN401 (one base class for all kinds of record)
        """When."""
        return moment(row.event.created_at)

    @admin.display(description="then against now")
    def replayed(self, row: Any) -> SafeString:  # noqa: ANN401 (one base class for all kinds of record)
        """The way to the page that decides once more."""
        return format_html('<a href="{}">Decide once more</a>', reverse("payments:replay", args=[row.payment_id]))
