"""The node's channels, who is who in the sandbox and what goes wrong there on purpose, and what the map once said."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from payments.admin.columns import key_column
from payments.admin.look_only import RecordAdmin
from payments.models import ChannelRecord, FaultRecord, GossipPast, NodeRecord


@admin.register(ChannelRecord)
class ChannelAdmin(RecordAdmin):
    """Our channels."""

    about = "A channel is where the node's money lies: an account shared with one neighbour, whose balance both have signed."
    list_display = ("__str__", key_column("counterparty"), "capacity_sat", "balance_msat", "is_usable", "state")
    list_filter = ("is_usable", "state")
    search_fields = ("channel_id__exact", "short_channel_id__exact", "counterparty__exact")
    search_help_text = "The channel's long or short id, or the neighbour's key (each whole)"


@admin.register(NodeRecord)
class NodeAdmin(RecordAdmin):
    """Who is who in the sandbox."""

    about = "Names of nodes in the sandbox. Who has to be sure compares keys."
    list_display = ("name", "slug", "role", "sells", key_column("node_id"))
    list_filter = ("role",)
    search_fields = ("node_id__exact", "name")
    search_help_text = "The node's key (whole), or a part of its name"


@admin.register(FaultRecord)
class FaultAdmin(RecordAdmin):
    """What goes wrong in the sandbox on purpose."""

    about = "What goes wrong in the sandbox on purpose."
    list_display = ("name", "node", "peer", "settings")


@admin.register(GossipPast)
class GossipPastAdmin(RecordAdmin):
    """What the map once said, the latest replaced first."""

    about = "What was known of the network before something newer took its place: with it every decision can be made once more."
    list_display = ("key", "sequence", "replaced_at", "said", "capacity_sat")
    search_fields = ("key",)
    search_help_text = "A part of the key, such as a channel's short id"
    ordering = ("-replaced_at",)

    @admin.display(description="what it was")
    def said(self, row: Any) -> str:  # noqa: ANN401 (one base class for all kinds of record)
        """A message, or that there was none."""
        return f"{len(row.message)} bytes" if row.message else "forgotten"
