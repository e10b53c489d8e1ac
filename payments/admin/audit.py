"""
The audit log: who did what, from where, for whom, and how it was before and after.

Names, addresses and what browsers call themselves are other people's words, and are shown as such.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils.html import format_html

from payments.admin.columns import Link, fields_of, key_column, list_place, visible
from payments.admin.look_only import RecordAdmin
from payments.models import AuditRecord, Membership, MerchantAccount
from payments.models.audit import SubjectKind

_SUBJECT_PAGES: dict[str, str] = {
    SubjectKind.PAYMENT: "payments_paymentrecord",
    SubjectKind.ROUTE_TEST: "payments_routetest",
    SubjectKind.INVOICE: "payments_invoicerequest",
    SubjectKind.INCOMING: "payments_incominginvoice",
    SubjectKind.CHANNEL: "payments_channelrecord",
    SubjectKind.API_KEY: "payments_apikey",
    SubjectKind.INVITATION: "payments_invitation",
}
"""Where the admin shows what a row is about, by its id; kinds that are left out have no page that everybody here may see."""
_LONGEST = 20


def audit_place(subject: str, subject_id: str) -> str:
    """What was done to one thing, and by whom."""
    return list_place(AuditRecord, subject__exact=str(subject), subject_id__exact=subject_id)


@admin.register(AuditRecord)
class AuditAdmin(RecordAdmin):
    """The audit log, the newest first."""

    about = "Who did what. Rows are numbered without a gap, each holds the hash of the one before it, and none is ever changed or deleted."
    list_display = ("sequence", "at", "who", "action", "concerning", "place", key_column("request_id"))
    list_display_links = ("sequence",)
    list_filter = ("action", "actor")
    search_fields = ("^subject_id", "actor_name", "came_from", "request_id__exact", "before", "after")
    search_help_text = "The id of a payment, invoice or account, a name, where it came from, or a word of what was changed"
    date_hierarchy = "at"
    ordering = ("-sequence",)
    columns = (
        "sequence",
        "at",
        "who",
        "actor",
        "action",
        "concerning",
        "place",
        "browser",
        "request_id",
        "was",
        "became",
        "previous_hash",
        "hash",
    )

    @admin.display(description="who", ordering="actor_name")
    def who(self, record: AuditRecord) -> str:
        """The name as it was then; without one, what kind of actor it was."""
        return visible(f"{record.actor_name} ({record.actor})" if record.actor_name else record.actor)

    @admin.display(description="about", ordering="subject_id")
    def concerning(self, record: AuditRecord) -> str:
        """What it was done to, with a link where there is a page of it."""
        page = _SUBJECT_PAGES.get(record.subject)
        text = visible(f"{record.subject} {record.subject_id}")
        if page is None or not record.subject_id:
            return text
        place = reverse(f"admin:{page}_change", args=[quote(record.subject_id)])
        return format_html('<a href="{}" title="{}">{}</a>', place, text, text[:_LONGEST])

    @admin.display(description="from where", ordering="came_from")
    def place(self, record: AuditRecord) -> str:
        """The browser's address or the command's machine."""
        return visible(record.came_from)

    @admin.display(description="browser or command")
    def browser(self, record: AuditRecord) -> str:
        """What it called itself."""
        return visible(record.user_agent)

    @admin.display(description="before")
    def was(self, record: AuditRecord) -> str:
        """What is different now, as it was."""
        return fields_of(record.before)

    @admin.display(description="after")
    def became(self, record: AuditRecord) -> str:
        """The same afterwards."""
        return fields_of(record.after)

    def leads(self, record: AuditRecord) -> Iterator[Link]:
        """To all that was done to the same, and in the same request."""
        if record.subject == SubjectKind.ACCOUNT:
            account = MerchantAccount.objects.filter(slug=record.subject_id).first()
            if account is not None:
                yield f"Account {account.name}", reverse("admin:payments_merchantaccount_change", args=[account.pk])
        if record.subject == SubjectKind.USER and record.subject_id.isdigit():
            yield "What this person may do in which account", list_place(Membership, user__id__exact=record.subject_id)
        if record.subject_id:
            yield "All that was done to the same", audit_place(record.subject, record.subject_id)
        if record.request_id:
            yield "All that was done in the same request", list_place(AuditRecord, q=record.request_id)
