"""
What pages may know of the engine: who is who, what our channels can carry, what was gossiped, how high the chain is.

Written in the commit of the turn that changed it, so that a preview and the payment that follows it see the same channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from django.db.models import Max

from payments.lightning.channel.details import ChannelDetails
from payments.lightning.graph.gossip import DIRECTION_BIT
from payments.lightning.graph.pruning import ForgottenChannel, ForgottenNode, ForgottenPolicy
from payments.lightning.ids import format_scid
from payments.lightning.manager.announcing import GossipItem, MapChange
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement, encode_message
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


def write_gossip(items: Sequence[MapChange]) -> None:
    """
    What makes the map: signed messages and what was forgotten, in an order in which they can be believed one after the other.

    A newer message takes the place of the older one about the same, with the next sequence; the older one goes to the past. What is
    forgotten is a message that says nothing.
    """
    if not items:
        return
    known = GossipRecord.objects.aggregate(last=Max("sequence"))["last"] or 0
    rows = [_row(item, sequence) for sequence, item in enumerate(items, start=known + 1)]
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


def _row(item: MapChange, sequence: int) -> GossipRecord:
    kind, key = _subject(item)
    if not isinstance(item, GossipItem):
        return GossipRecord(kind=kind, key=key, message=b"", sequence=sequence)
    return GossipRecord(kind=kind, key=key, message=encode_message(item.message), capacity_sat=item.capacity_sat, sequence=sequence)


def _subject(item: MapChange) -> tuple[str, str]:
    """What a change is about, as its kind and key: a newer one about the same takes its place."""
    match item.message if isinstance(item, GossipItem) else item:
        case ChannelAnnouncement(short_channel_id=scid) | ForgottenChannel(short_channel_id=scid):
            return GossipRecord.Kind.CHANNEL_ANNOUNCEMENT, f"channel {format_scid(scid)}"
        case ChannelUpdate(short_channel_id=scid, channel_flags=flags) | ForgottenPolicy(short_channel_id=scid, direction=flags):
            return GossipRecord.Kind.CHANNEL_UPDATE, f"policy {format_scid(scid)} {flags & DIRECTION_BIT}"
        case NodeAnnouncement(node_id=node_id) | ForgottenNode(node_id=node_id):
            return GossipRecord.Kind.NODE_ANNOUNCEMENT, f"node {node_id.hex()}"
