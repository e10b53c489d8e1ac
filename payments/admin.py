"""
The records as they are, to look at: nothing can be added, changed or deleted here, by anybody.

What would be changed here would be changed past the engine and the ledger. Links lead along the chain of evidence: from a payment to its
attempts and entries, from an entry to its postings and the event that caused it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.http import HttpRequest
from django.template import engines
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments import admin_accounts, admin_routes  # noqa: F401  (register people and groups; decisions and maps of the past)
from payments.access.roles import ServerPermission
from payments.lightning.units import format_sat
from payments.models import (
    AccountBalance,
    AttemptRecord,
    AuditRecord,
    ChannelRecord,
    EngineCommand,
    EngineEvent,
    FaultRecord,
    IncomingInvoice,
    InvoiceRequest,
    LedgerEntry,
    LedgerPosting,
    Membership,
    MerchantAccount,
    NodeRecord,
    PaymentRecord,
    ProbeRecord,
    RouteTest,
)
from payments.models.audit import SubjectKind
from payments.queries.server_roles import holds

admin.site.site_header = admin.site.site_title = "lnweb: the records"
admin.site.index_title = "To look at, not to change"
_LONGEST = 20


def _short(field: str) -> Callable[[Any], SafeString]:
    """A column for keys and hashes: both their ends, and the whole where the pointer rests."""

    @admin.display(description=field.replace("_", " "), ordering=field)
    def shown(record: Any) -> SafeString:  # noqa: ANN401 (one column for all kinds of record)
        text = str(getattr(record, field))
        return format_html('<span title="{}">{}</span>', text, text if len(text) <= _LONGEST else f"{text[:12]}…{text[-6:]}")

    return shown


def _may_look(request: HttpRequest) -> bool:
    """Whether somebody may come into the admin at all: staff whose role in this installation lets them read every record."""
    return request.user.is_active and request.user.is_staff and holds(request.user, ServerPermission.READ_RECORDS)


admin.site.has_permission = _may_look  # type: ignore[method-assign]  # Django's takes what this takes


class _LookOnly:
    """Mixed into every page below: the permission to look is the only one there is, and the role gives it, not Django's own table."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may look at records may look at all of them."""
        return _may_look(request)

    def has_view_permission(self, request: HttpRequest, *_arguments: object) -> bool:
        """The same for one kind of them."""
        return _may_look(request)

    def has_add_permission(self, *_arguments: object) -> bool:
        """Never."""
        return False

    def has_change_permission(self, *_arguments: object) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, *_arguments: object) -> bool:
        """Never."""
        return False


class _RecordAdmin(_LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes none when it runs
    """A list and a page of one kind of record."""

    actions = None
    list_per_page = 50
    show_full_result_count = False


class _Lines(_LookOnly, admin.TabularInline):  # type: ignore[type-arg]  # Django's class takes none when it runs
    """What belongs to a record, on its page."""

    extra = 0
    can_delete = False
    show_change_link = True


class _Attempts(_Lines):
    """A payment's attempts."""

    model = AttemptRecord
    fields = (
        "number",
        "state",
        "amount_msat",
        "fee_msat",
        "failing_hop",
        "failure_code",
        "local_failure",
        "blamed_short_channel_id",
        "sent_at",
        "resolved_at",
    )


class _Entries(_Lines):
    """What a payment did to the ledger."""

    model = LedgerEntry
    fields = ("key", "kind", "event", "created_at")


class _Postings(_Lines):
    """An entry's lines."""

    model = LedgerPosting
    fields = ("owner", "account", "amount_msat")


@admin.register(PaymentRecord)
class PaymentAdmin(_RecordAdmin):
    """Payments, the newest first."""

    list_display = (_short("payment_id"), "account", "status", "amount_sat", "reason", "created_by", "created_at", "resolved_at")
    list_filter = ("status", "reason", "account")
    search_fields = ("payment_id", "payment_hash", "payee", "description")
    ordering = ("-created_at",)
    list_select_related = ("created_by", "account")
    inlines = (_Attempts, _Entries)
    readonly_fields = ("audit_rows",)

    @admin.display(description="amount in sat", ordering="amount_msat")
    def amount_sat(self, payment: Any) -> str:  # noqa: ANN401 (one base class for all kinds of record)
        """The amount as people write it."""
        return format_sat(payment.amount_msat)

    @admin.display(description="audit log")
    def audit_rows(self, payment: Any) -> SafeString:  # noqa: ANN401 (one base class for all kinds of record)
        """The way to what was done to it, and by whom."""
        wanted = urlencode({"subject__exact": SubjectKind.PAYMENT.value, "subject_id__exact": payment.pk})
        return format_html('<a href="{}?{}">What was done to it, and by whom</a>', reverse("admin:payments_auditrecord_changelist"), wanted)


@admin.register(AttemptRecord)
class AttemptAdmin(_RecordAdmin):
    """Attempts with their whole paths."""

    list_display = ("payment", "number", "state", "failure_code", "local_failure", "sent_at", "resolved_at")
    list_filter = ("state", "failure_code", "local_failure")
    search_fields = ("payment__payment_id",)
    ordering = ("-sent_at",)
    list_select_related = ("payment",)


class _Probes(_Lines):
    """What a test sent."""

    model = ProbeRecord
    fields = ("probe_id", "state", "failing_hop", "failure_code", "local_failure", "blamed_short_channel_id", "resolved_at")


@admin.register(RouteTest)
class RouteTestAdmin(_RecordAdmin):
    """Tests of routes, the newest first. None of them has paid anything."""

    list_display = (_short("request_id"), "state", "refusal", "amount_msat", "created_by", "created_at")
    list_filter = ("state",)
    ordering = ("-created_at",)
    list_select_related = ("created_by",)
    inlines = (_Probes,)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(_RecordAdmin):
    """The ledger, the newest first."""

    list_display = (_short("key"), "kind", "payment", "event", "created_by", "remark", "created_at")
    list_filter = ("kind",)
    search_fields = ("key", "remark")
    ordering = ("-id",)
    list_select_related = ("payment", "event", "created_by")
    inlines = (_Postings,)


@admin.register(AccountBalance)
class AccountBalanceAdmin(_RecordAdmin):
    """What each account holds."""

    list_display = ("owner", "account", "balance_sat")
    list_filter = ("owner",)
    list_select_related = ("owner",)

    @admin.display(description="balance in sat", ordering="balance_msat")
    def balance_sat(self, account: Any) -> str:  # noqa: ANN401 (one base class for all kinds of record)
        """The balance as people write it."""
        return format_sat(account.balance_msat)


@admin.register(EngineEvent)
class EngineEventAdmin(_RecordAdmin):
    """What the engine told, in its order."""

    list_display = ("id", "kind", "created_at", "handled_at")
    list_filter = ("kind",)
    ordering = ("-id",)


@admin.register(EngineCommand)
class EngineCommandAdmin(_RecordAdmin):
    """What the engine was asked to do."""

    list_display = ("id", "kind", _short("idempotency_key"), "state", "created_at", "done_at")
    list_filter = ("kind", "state")
    ordering = ("-id",)


@admin.register(ChannelRecord)
class ChannelAdmin(_RecordAdmin):
    """Our channels."""

    list_display = ("short_channel_id", _short("counterparty"), "capacity_sat", "balance_msat", "is_usable", "state")


@admin.register(NodeRecord)
class NodeAdmin(_RecordAdmin):
    """Who is who in the sandbox."""

    list_display = ("name", "slug", "role", "sells", _short("node_id"))
    list_filter = ("role",)


@admin.register(FaultRecord)
class FaultAdmin(_RecordAdmin):
    """What goes wrong in the sandbox on purpose."""

    list_display = ("name", "node", "peer", "settings")


class _Members(_Lines):
    """Who belongs to an account."""

    model = Membership
    fields = ("user", "role", "since")


@admin.register(MerchantAccount)
class MerchantAccountAdmin(_RecordAdmin):
    """Merchant accounts and their members."""

    list_display = ("slug", "name", "currency", "is_house", "created_at", "closed_at")
    search_fields = ("slug", "name")
    inlines = (_Members,)


@admin.register(IncomingInvoice)
class IncomingInvoiceAdmin(_RecordAdmin):
    """What accounts asked to be paid, the newest first."""

    list_display = (_short("request_id"), "account", "state", "amount_msat", "received_msat", "created_by", "created_at", "paid_at")
    list_filter = ("state", "account")
    search_fields = ("request_id", "payment_hash", "description")
    ordering = ("-created_at",)
    list_select_related = ("account", "created_by")


@admin.register(InvoiceRequest)
class InvoiceRequestAdmin(_RecordAdmin):
    """What shops were asked for."""

    list_display = (_short("request_id"), "node", "amount_msat", "state", "created_at")
    list_filter = ("state",)
    ordering = ("-created_at",)


_SUBJECT_PAGES: dict[str, str] = {
    SubjectKind.PAYMENT: "payments_paymentrecord",
    SubjectKind.ROUTE_TEST: "payments_routetest",
    SubjectKind.INVOICE: "payments_invoicerequest",
    SubjectKind.INCOMING: "payments_incominginvoice",
    SubjectKind.CHANNEL: "payments_channelrecord",
    SubjectKind.USER: "auth_user",
    SubjectKind.GROUP: "auth_group",
}
"""Where the admin shows what a row is about; kinds that are left out have no page."""


@admin.register(AuditRecord)
class AuditAdmin(_RecordAdmin):
    """The audit log, the newest first. Names, addresses and what browsers call themselves are other people's words."""

    list_display = ("sequence", "at", "who", "action", "about", "place", _short("request_id"))
    list_display_links = ("sequence",)
    list_filter = ("action", "actor")
    search_fields = ("^subject_id", "actor_name", "came_from", "=request_id", "before", "after")
    date_hierarchy = "at"
    ordering = ("-sequence",)
    fields = ("sequence", "at", "who", "action", "about", "place", "browser", "request_id", "was", "became", "previous_hash", "hash")
    readonly_fields = ("who", "about", "place", "browser", "was", "became")

    @admin.display(description="who", ordering="actor_name")
    def who(self, record: AuditRecord) -> str:
        """The name as it was then; without one, what kind of actor it was."""
        return _visible(f"{record.actor_name} ({record.actor})" if record.actor_name else record.actor)

    @admin.display(description="about", ordering="subject_id")
    def about(self, record: AuditRecord) -> str:
        """What it was done to, with a link where there is a page of it."""
        page = _SUBJECT_PAGES.get(record.subject)
        text = _visible(f"{record.subject} {record.subject_id}")
        if page is None or not record.subject_id:
            return text
        return format_html(
            '<a href="{}" title="{}">{}</a>', reverse(f"admin:{page}_change", args=[quote(record.subject_id)]), text, text[:_LONGEST]
        )

    @admin.display(description="from where", ordering="came_from")
    def place(self, record: AuditRecord) -> str:
        """The browser's address or the command's machine."""
        return _visible(record.came_from)

    @admin.display(description="browser or command")
    def browser(self, record: AuditRecord) -> str:
        """What it called itself."""
        return _visible(record.user_agent)

    @admin.display(description="before")
    def was(self, record: AuditRecord) -> str:
        """What is different now, as it was."""
        return _lines_of(record.before)

    @admin.display(description="after")
    def became(self, record: AuditRecord) -> str:
        """The same afterwards."""
        return _lines_of(record.after)


_VISIBLE = "{% load lightning %}{% for line in lines %}{{ line|visible }}{% if not forloop.last %}<br>{% endif %}{% endfor %}"


def _visible(*lines: str) -> SafeString:
    """Other people's words as pages show them: markup escaped, what cannot be seen named."""
    return SafeString(engines["django"].from_string(_VISIBLE).render({"lines": lines}))


def _lines_of(text: str) -> SafeString:
    """A JSON object, one field a line; whatever else stands there, as it stands."""
    try:
        fields = json.loads(text)
        return _visible(*(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()))
    except (ValueError, AttributeError):
        return _visible(text)
