"""
What pages may know of the engine: who is who, what our channels can carry, what was gossiped, how high the chain is.

Written in the commit of the turn that changed it, so that a preview and the payment that follows it see the same channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from django.db.models import Max

from payments.lightning.channel.details import ChannelDetails
from payments.lightning.ids import format_scid
from payments.lightning.manager.announcing import GossipItem
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, encode_message
from payments.models import ChainRecord, ChannelRecord, FaultRecord, GossipPast, GossipRecord, NodeRecord
from payments.models.write_rows import insert_rows
from payments.sandbox.building import identity_of
from payments.sandbox.faults import Fault, place_of
from payments.sandbox.topology import Topology

_DETAILS = (
    "short_channel_id",
    "balance_msat",
    "outbound_capacity_msat",
    "next_outbound_htlc_limit_msat",
    "next_outbound_htlc_minimum_msat",
    "further_htlc_cost_msat",
    "inbound_capacity_msat",
    "is_usable",
    "state",
)


def write_channels(details: Iterable[ChannelDetails]) -> None:
    """What our channels can do now."""
    rows = [
        ChannelRecord(
            channel_id=channel.channel_id.hex(),
            counterparty=channel.counterparty_node_id.hex(),
            short_channel_id=format_scid(channel.short_channel_id),
            capacity_sat=channel.capacity_sat,
            balance_msat=channel.balance_msat,
            outbound_capacity_msat=channel.outbound_capacity_msat,
            next_outbound_htlc_limit_msat=channel.next_outbound_htlc_limit_msat,
            next_outbound_htlc_minimum_msat=channel.next_outbound_htlc_minimum_msat,
            further_htlc_cost_msat=channel.further_htlc_cost_msat,
            inbound_capacity_msat=channel.inbound_capacity_msat,
            is_usable=channel.is_usable,
            state=channel.phase if channel.is_usable else f"{channel.phase}, {channel.connection}",
        )
        for channel in details
    ]
    insert_rows(rows, unique_fields=("channel_id",), update_fields=_DETAILS)


def write_height(height: int) -> None:
    """How high the chain is."""
    ChainRecord.objects.update_or_create(pk=1, defaults={"height": height})


def write_nodes(topology: Topology, secret: bytes) -> None:
    """The names of the sandbox's nodes, once."""
    NodeRecord.objects.bulk_create(
        NodeRecord(node_id=identity_of(secret, plan.slug).node_id.hex(), name=plan.name, slug=plan.slug, role=plan.role, sells=plan.sells)
        for plan in topology.nodes
    )


def write_faults(faults: Iterable[Fault]) -> None:
    """What goes wrong in the sandbox on purpose, in the order in which it was asked for."""
    FaultRecord.objects.all().delete()
    rows = []
    for fault in faults:
        name, node, peer = place_of(fault)
        figures = {key: value for key, value in msgspec.to_builtins(fault).items() if key not in {"type", "node", "peer"}}
        rows.append(FaultRecord(name=name, node=node, peer=peer, settings=figures))
    FaultRecord.objects.bulk_create(rows)


def write_gossip(items: Sequence[GossipItem]) -> None:
    """
    The signed messages that make the map, in an order in which they can be believed one after the other.

    A newer message takes the place of the older one about the same, with the next sequence; the older one goes to the past.
    """
    if not items:
        return
    known = GossipRecord.objects.aggregate(last=Max("sequence"))["last"] or 0
    rows = [
        GossipRecord(
            kind=_kind(item), key=_key(item), message=encode_message(item.message), capacity_sat=item.capacity_sat, sequence=sequence
        )
        for sequence, item in enumerate(items, start=known + 1)
    ]
    insert_rows(_replaced_by(rows))
    insert_rows(rows, unique_fields=("key",), update_fields=("message", "capacity_sat", "sequence"))


def _replaced_by(rows: Sequence[GossipRecord]) -> list[GossipPast]:
    """What is the newest until these come, one after the other."""
    newest = {row.key: row for row in GossipRecord.objects.filter(key__in={row.key for row in rows})} if rows[0].sequence > 1 else {}
    replaced = []
    for row in rows:
        if (old := newest.get(row.key)) is not None:
            message, capacity_sat = old.message, old.capacity_sat
            past = GossipPast(key=row.key, message=message, capacity_sat=capacity_sat, sequence=old.sequence, replaced_at=row.sequence)
            replaced.append(past)
        newest[row.key] = row
    return replaced


def _kind(item: GossipItem) -> str:
    if isinstance(item.message, ChannelAnnouncement):
        return GossipRecord.Kind.CHANNEL_ANNOUNCEMENT
    return GossipRecord.Kind.CHANNEL_UPDATE if isinstance(item.message, ChannelUpdate) else GossipRecord.Kind.NODE_ANNOUNCEMENT


def _key(item: GossipItem) -> str:
    """What a message is about: a newer one about the same takes its place."""
    message = item.message
    if isinstance(message, ChannelAnnouncement):
        return f"channel {format_scid(message.short_channel_id)}"
    if isinstance(message, ChannelUpdate):
        return f"policy {format_scid(message.short_channel_id)} {message.channel_flags & 1}"
    return f"node {message.node_id.hex()}"
