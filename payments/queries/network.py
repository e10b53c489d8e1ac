"""
Our view of the network, as the router reads it: the map from gossip, what our channels can send, and the names of nodes.

The map is kept in the process until the gossip in the database has changed; new prices are put on it, for anything else it is drawn anew.
The engine's process checked every signature before it stored a message, so none is checked again here.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Max
from msgspec import Struct

from payments.lightning.graph.drawing import draw_map
from payments.lightning.graph.network import NetworkGraph, policy_of
from payments.lightning.graph.patched import PatchedGraph
from payments.lightning.graph.snapshot import PolicyPatch
from payments.lightning.ids import NodeId, ShortChannelId, parse_scid
from payments.lightning.routing.inflight import InFlightHtlcs
from payments.lightning.routing.parameters import FirstHop
from payments.lightning.wire.messages import ChannelUpdate, decode_message
from payments.models import AttemptRecord, ChainRecord, ChannelRecord, GossipRecord, NodeRecord

MOST_PATCHES = 1_000
"""New prices on one drawn map: beyond this drawing it anew is cheaper than looking each of them up in every search."""


class _State(Struct, frozen=True):
    """What of the gossip is stored: the number of the newest change, and of how many subjects something is."""

    newest: int
    subjects: int


class _Map(Struct, frozen=True):
    """A map and the state of the gossip that it was made of."""

    state: _State
    graph: PatchedGraph


_kept: list[_Map] = []
"""The newest map, alone; replaced as a whole, so threads never see half of one."""


def network_graph() -> PatchedGraph:
    """The map of all public channels, which never changes: news make another one. One statement while nothing has changed."""
    totals = GossipRecord.objects.aggregate(newest=Max("sequence"), count=Count("id"))
    state = _State(totals["newest"] or 0, totals["count"])
    if not _kept or _kept[0].state != state:
        followed = _followed(_kept[0], state) if _kept else None
        _kept[:] = [_Map(state, followed or PatchedGraph(_draw()))]
    return _kept[0].graph


def _followed(known: _Map, state: _State) -> PatchedGraph | None:
    """The map that was known, with the prices that changed since; None when more has changed, or very many."""
    changes = state.newest - known.state.newest
    if state.subjects != known.state.subjects or changes <= 0 or len(known.graph.newer) + changes > MOST_PATCHES:
        return None
    news = GossipRecord.objects.filter(sequence__gt=known.state.newest, sequence__lte=state.newest).order_by("sequence")
    patches = [_patch(bytes(message), known.graph) for message in news.values_list("message", flat=True)]
    prices = [patch for patch in patches if patch is not None]
    return known.graph.patched(prices) if len(prices) == len(patches) else None


def _patch(data: bytes, graph: PatchedGraph) -> PolicyPatch | None:
    """A price; None for anything else, what was forgotten included."""
    update = decode_message(data) if data else None
    source = graph.drawn.signer_of(update) if isinstance(update, ChannelUpdate) else None
    if not isinstance(update, ChannelUpdate) or source is None:
        return None
    return PolicyPatch(short_channel_id=update.short_channel_id, source=source, policy=policy_of(update))


def forget_network_graph() -> None:
    """Draw the map anew when it is next asked for."""
    _kept.clear()


def _draw() -> NetworkGraph:
    return draw_map(GossipRecord.objects.order_by("kind", "id").values_list("message", "capacity_sat"))


def our_node_id() -> NodeId | None:
    """Our own node's key; None before the engine has run for the first time."""
    node_id = NodeRecord.objects.filter(role=NodeRecord.Role.OWN).values_list("node_id", flat=True).first()
    return None if node_id is None else NodeId(bytes.fromhex(node_id))


def first_hops() -> tuple[FirstHop, ...]:
    """What each of our usable channels can send now."""
    return tuple(
        FirstHop(
            short_channel_id=parse_scid(channel.short_channel_id),
            counterparty_node_id=NodeId(bytes.fromhex(channel.counterparty)),
            outbound_capacity_msat=channel.outbound_capacity_msat,
            next_outbound_htlc_limit_msat=channel.next_outbound_htlc_limit_msat,
            next_outbound_htlc_minimum_msat=channel.next_outbound_htlc_minimum_msat,
            further_htlc_cost_msat=channel.further_htlc_cost_msat,
            capacity_sat=channel.capacity_sat,
        )
        for channel in ChannelRecord.objects.filter(is_usable=True).exclude(short_channel_id="").order_by("channel_id")
    )


def inflight_htlcs(our_id: NodeId) -> InFlightHtlcs:
    """What attempts of ours that nobody has answered take up of the channels that they are on."""
    used_msat: dict[tuple[ShortChannelId, NodeId], int] = {}
    for rows in AttemptRecord.objects.filter(state=AttemptRecord.State.SENT).values_list("path", flat=True):
        source = our_id
        for row in rows:
            direction = (parse_scid(row["short_channel_id"]), source)
            used_msat[direction] = used_msat.get(direction, 0) + row["amount_msat"]
            source = NodeId(bytes.fromhex(row["node_id"]))
    return InFlightHtlcs(used_msat=used_msat)


def names_of(node_ids: Iterable[str]) -> dict[str, str]:
    """The names of those of these nodes that have one, by key in hex."""
    return dict(NodeRecord.objects.filter(node_id__in=set(node_ids)).values_list("node_id", "name"))


def height() -> int | None:
    """The chain's height; None before the engine has run for the first time."""
    return ChainRecord.objects.values_list("height", flat=True).first()
