"""
What the Network pages show: a map and its nodes, and one node with its channels and what both ends ask for them.

Every figure is of one moment of one map. A page costs the same at mainnet's size as in the sandbox: only what is on it is made into values.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.graph.arrays import UNKNOWN
from payments.lightning.graph.gossip import decode_alias
from payments.lightning.graph.snapshot_file import MapOrigin
from payments.lightning.ids import NodeId, ShortChannelId, format_scid
from payments.lightning.units import MSAT_PER_SAT
from payments.lightning.wire.features import Features
from payments.queries.atlas import Atlas, MapChoice, has_imported_map, imported_atlas, own_atlas

NODES_A_PAGE = 25
CHANNELS_A_PAGE = 25


class MapShape(Struct, frozen=True, kw_only=True):
    """A map as a whole."""

    choice: MapChoice
    nodes: int
    channels: int
    directions: int
    usable: int
    capacity_msat: int
    capacities_known: int
    newest_update_at: datetime | None
    file_name: str = ""
    source_format: str = ""
    imported_at: datetime | None = None
    viewpoint: str = ""
    viewpoint_name: str = ""
    left_out: int = 0


class NodeRowShape(Struct, frozen=True, kw_only=True):
    """A node in a list."""

    node_id: str
    name: str
    channels: int
    capacity_msat: int


class NetworkShape(Struct, frozen=True, kw_only=True):
    """The Network page. `found` is empty when nobody is called so."""

    map: MapShape
    has_imported: bool
    found: tuple[NodeRowShape, ...]


class PolicyShape(Struct, frozen=True, kw_only=True):
    """What one end of a channel asks for forwarding over it."""

    fee_base_msat: int
    fee_ppm: int
    cltv_expiry_delta: int
    htlc_minimum_msat: int
    htlc_maximum_msat: int | None
    is_disabled: bool
    updated_at: datetime | None


class NodeChannelShape(Struct, frozen=True, kw_only=True):
    """A channel of a node, as seen from it. A policy is None when its end has not said one."""

    short_channel_id: str
    peer: str
    peer_name: str
    capacity_msat: int | None
    ours: PolicyShape | None
    theirs: PolicyShape | None


class NodePageShape(Struct, frozen=True, kw_only=True):
    """One node, and a page of its channels, the largest first."""

    map: MapShape
    has_imported: bool
    node_id: str
    name: str
    color: str
    channels: int
    capacity_msat: int
    announced_at: datetime | None
    features: tuple[str, ...]
    asks_unknown: bool
    rows: tuple[NodeChannelShape, ...]
    number: int
    pages: int


def network_page(choice: MapChoice, *, text: str = "") -> NetworkShape | None:
    """
    A map and the nodes that are called so, or its best connected ones when nobody is looked for; None when there is no such map.

    raises    the leaves of MapError, when the imported map is damaged
    """
    if choice is MapChoice.OWN:
        return own_network_page(text=text)
    atlas = imported_atlas()
    return None if atlas is None else _network(atlas, text)


def own_network_page(*, text: str = "") -> NetworkShape:
    """The same of the map that our own node has drawn, which there always is."""
    return _network(own_atlas(), text)


def _network(atlas: Atlas, text: str) -> NetworkShape:
    places = atlas.finder.find(text, limit=NODES_A_PAGE) if text.strip() else atlas.best_connected[:NODES_A_PAGE].tolist()
    return NetworkShape(map=_map(atlas), has_imported=has_imported_map(), found=_rows(atlas, places))


def node_page(choice: MapChoice, *, node_id: str, page: int = 1) -> NodePageShape | None:
    """
    A node and some of its channels; None when there is no such map or it is not on it. A page beyond the last shows the last.

    raises    the leaves of MapError, when the imported map is damaged
    """
    atlas = own_atlas() if choice is MapChoice.OWN else imported_atlas()
    place = None if atlas is None else atlas.snapshot.node_place(NodeId(bytes.fromhex(node_id)))
    if atlas is None or place is None:
        return None
    snapshot = atlas.snapshot
    channels = snapshot.channel_places_of(place)
    pages = max(1, -(-len(channels) // CHANNELS_A_PAGE))
    number = min(max(page, 1), pages)
    largest = channels[np.argsort(-snapshot.capacity_sat[channels], kind="stable")]
    return NodePageShape(
        map=_map(atlas),
        has_imported=has_imported_map(),
        node_id=node_id,
        name=atlas.names([place])[place],
        color=f"#{snapshot.colors[place].tobytes().hex()}",
        channels=len(channels),
        capacity_msat=int(atlas.capacity_sat_by_node[place]) * MSAT_PER_SAT,
        announced_at=_moment(int(snapshot.node_timestamp_s[place])),
        features=Features.decode(snapshot.node_features[place]).names(),
        asks_unknown=bool(snapshot.asks_unknown[place]),
        rows=_channels(atlas, place, largest[(number - 1) * CHANNELS_A_PAGE :][:CHANNELS_A_PAGE].tolist()),
        number=number,
        pages=pages,
    )


def _map(atlas: Atlas) -> MapShape:
    known, usable = atlas.directions
    shape = MapShape(
        choice=atlas.choice,
        nodes=atlas.snapshot.node_count,
        channels=atlas.snapshot.channel_count,
        directions=known,
        usable=usable,
        capacity_msat=atlas.capacity_sat * MSAT_PER_SAT,
        capacities_known=atlas.capacities_known,
        newest_update_at=_moment(atlas.newest_update_s),
    )
    return shape if atlas.origin is None else _with_origin(shape, atlas, atlas.origin)


def _with_origin(shape: MapShape, atlas: Atlas, origin: MapOrigin) -> MapShape:
    place = atlas.snapshot.node_place(NodeId(origin.viewpoint))
    return replace(
        shape,
        file_name=origin.name,
        source_format=origin.source_format,
        imported_at=_moment(origin.imported_at_s),
        viewpoint=origin.viewpoint.hex(),
        viewpoint_name="" if place is None else decode_alias(atlas.snapshot.aliases[place]),
        left_out=origin.left_out,
    )


def _rows(atlas: Atlas, places: list[int]) -> tuple[NodeRowShape, ...]:
    names = atlas.names(places)
    return tuple(
        NodeRowShape(
            node_id=atlas.snapshot.node_id_at(place).hex(),
            name=names[place],
            channels=int(atlas.channels_by_node[place]),
            capacity_msat=int(atlas.capacity_sat_by_node[place]) * MSAT_PER_SAT,
        )
        for place in places
    )


def _channels(atlas: Atlas, node: int, channels: list[int]) -> tuple[NodeChannelShape, ...]:
    snapshot = atlas.snapshot
    # Direction 0 is the first node's: where that is the one we look from, ours is the even half.
    sides = {channel: int(int(snapshot.node2[channel]) == node) for channel in channels}
    peers = {channel: int((snapshot.node1, snapshot.node2)[1 - side][channel]) for channel, side in sides.items()}
    names = atlas.names([*peers.values()])
    return tuple(
        NodeChannelShape(
            short_channel_id=format_scid(ShortChannelId(int(snapshot.short_channel_ids[channel]))),
            peer=snapshot.node_id_at(peers[channel]).hex(),
            peer_name=names[peers[channel]],
            capacity_msat=_capacity_msat(int(snapshot.capacity_sat[channel])),
            ours=_policy(atlas, 2 * channel + side),
            theirs=_policy(atlas, 2 * channel + 1 - side),
        )
        for channel, side in sides.items()
    )


def _policy(atlas: Atlas, half: int) -> PolicyShape | None:
    snapshot = atlas.snapshot
    policy = snapshot.policy_at(half)
    if policy is None:
        return None
    return PolicyShape(
        fee_base_msat=policy.fee_base_msat,
        fee_ppm=policy.fee_proportional_millionths,
        cltv_expiry_delta=policy.cltv_expiry_delta,
        htlc_minimum_msat=policy.htlc_minimum_msat,
        htlc_maximum_msat=None if int(snapshot.htlc_maximum_msat[half]) == UNKNOWN else policy.htlc_maximum_msat,
        is_disabled=policy.is_disabled,
        updated_at=_moment(policy.last_update_s),
    )


def _capacity_msat(capacity_sat: int) -> int | None:
    return None if capacity_sat == UNKNOWN else capacity_sat * MSAT_PER_SAT


def _moment(time_s: int) -> datetime | None:
    return datetime.fromtimestamp(time_s, tz=UTC) if time_s else None
