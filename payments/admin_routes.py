"""
How routes were decided and what maps they were decided on, to look at: the evidence of a replay.

A decision leads to its event, which holds the question and the answer, and to its payment; what gossip said before something newer took its
place, or was forgotten, stands with the changes of the map between which it held.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments.models import GossipPast, RouteDecision


class _WrittenOnce(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's class takes none when it runs
    """Rows that nobody may add, change or delete; whoever may look at the admin looks at them."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may come into the admin at all."""
        return admin.site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, _row: object = None) -> bool:
        """The same for one kind of rows."""
        return admin.site.has_permission(request)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, _request: HttpRequest, _row: object = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: object = None) -> bool:
        """Never."""
        return False


@admin.register(RouteDecision)
class RouteDecisionAdmin(_WrittenOnce):
    """Decisions, the newest first."""

    list_display = ("event_id", "payment", "decided_at", "replayed")
    list_select_related = ("event", "payment")
    search_fields = ("payment__payment_id", "payment__payment_hash")
    ordering = ("-event_id",)
    fields = ("event", "payment", "decided_at", "replayed")
    readonly_fields = ("decided_at", "replayed")

    @admin.display(description="decided", ordering="event__created_at")
    def decided_at(self, row: Any) -> object:  # noqa: ANN401 (one base class for all kinds of record)
        """When."""
        return row.event.created_at

    @admin.display(description="then against now")
    def replayed(self, row: Any) -> SafeString:  # noqa: ANN401 (one base class for all kinds of record)
        """The way to the page that decides once more."""
        return format_html('<a href="{}">Decide once more</a>', reverse("payments:replay", args=[row.payment_id]))


@admin.register(GossipPast)
class GossipPastAdmin(_WrittenOnce):
    """What the map once said, the latest replaced first."""

    list_display = ("key", "sequence", "replaced_at", "said", "capacity_sat")
    search_fields = ("key",)
    ordering = ("-replaced_at",)
    fields = ("key", "sequence", "replaced_at", "capacity_sat", "message_hex")
    readonly_fields = ("message_hex",)

    @admin.display(description="what it was")
    def said(self, row: Any) -> str:  # noqa: ANN401 (one base class for all kinds of record)
        """A message, or that there was none."""
        return f"{len(row.message)} bytes" if row.message else "forgotten"

    @admin.display(description="message")
    def message_hex(self, row: Any) -> str:  # noqa: ANN401 (one base class for all kinds of record)
        """All of it, signatures included."""
        return bytes(row.message).hex()
