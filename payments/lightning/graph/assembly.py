"""
From what a source says, in any order, to the arrays of a map: sorted, joined, and without what cannot be.

Strangers wrote most of it. A channel that no honest node could have announced (two channels with one id, a channel with itself, a key that
is none) is left out and counted, and so are the figures of a direction that do not fit into BOLT 7's fields: what is left is a map on
which a search is safe, not one that is true.

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from msgspec import Struct, structs

from payments.lightning.graph.arrays import (
    ASKS_UNKNOWN,
    POLICY_KNOWN,
    UNKNOWN,
    Bytes,
    Flags,
    GraphArrays,
    Numbers,
    Pieces,
    Seconds,
    link_halves,
    sources,
)
from payments.lightning.units import MAX_MSAT
from payments.lightning.wire.features import Features

KEY_BYTES = 33
_KEY = f"S{KEY_BYTES}"
"""Compared byte by byte, as BOLT 7 orders keys."""
_EVEN_OR_ODD = (2, 3)
"""What a compressed point begins with."""
_MAX_U32 = (1 << 32) - 1
_MAX_U16 = (1 << 16) - 1
_MAX_SATOSHIS = MAX_MSAT // 1_000

Arrays = TypeVar("Arrays", bound=GraphArrays)
Number = TypeVar("Number", bound=np.number)


class NodeColumns(Struct, frozen=True, kw_only=True, eq=False):
    """What was said about k nodes. Nodes without a channel are left out, nodes that are not here get nothing said."""

    keys: Bytes
    """[k, 33]"""
    aliases: Pieces
    colors: Bytes
    """[k, 3]"""
    features: Pieces
    timestamp_s: Seconds


class ChannelColumns(Struct, frozen=True, kw_only=True, eq=False):
    """What was said about m channels."""

    short_channel_ids: Numbers
    capacity_sat: Numbers
    keys: Bytes
    """[m, 2, 33]: the node that direction 0 leads away from, and the other one; which is the lesser does not matter."""
    features: Pieces


class PolicyColumns(Struct, frozen=True, kw_only=True, eq=False):
    """What was said about 2m directions: channel c's are 2c, away from its first node, and 2c + 1. Fields as in GraphArrays."""

    fee_base_msat: Numbers
    fee_ppm: Numbers
    htlc_minimum_msat: Numbers
    htlc_maximum_msat: Numbers
    cltv_expiry_delta: Numbers
    flags: Bytes
    timestamp_s: Seconds


class LeftOut(Struct, frozen=True, kw_only=True):
    """How much of a source cannot be on any map."""

    same_id: int = 0
    """Channels whose id another one before them has."""
    same_node: int = 0
    """Channels of a node with itself."""
    broken_channel: int = 0
    """Channels of which the id or the key of a node is none."""
    broken_policy: int = 0
    """Directions whose figures fit into no `channel_update`; their channels stand."""


def assemble(nodes: NodeColumns, channels: ChannelColumns, policies: PolicyColumns, *, kind: type[Arrays]) -> tuple[Arrays, LeftOut]:
    """The map of these nodes and channels, as the given kind of arrays, and what had to be left out."""
    places, left_out = _honest(channels)
    halves = _halves_of(places, turned=_turned(channels.keys[places]))
    policies, broken = _fitting(_taken(policies, halves))
    keys = np.sort(as_keys(channels.keys[places]), axis=1)
    node_ids, ends = np.unique(keys, return_inverse=True)
    node1, node2 = np.ascontiguousarray(ends.reshape(-1, 2).T.astype(np.int32))
    said = _places_of(node_ids, as_keys(nodes.keys))
    node_features = nodes.features.taken(said)
    channel_features = channels.features.taken(places)
    asks_unknown = _asking_unknown(node_features)
    flags = _marked(policies.flags, asks_unknown[sources(node1, node2)] | np.repeat(_asking_unknown(channel_features), 2))
    linked = link_halves(node1, node2, flags=flags, node_count=len(node_ids))
    capacity_sat = channels.capacity_sat[places]
    return kind(
        node_ids=as_bytes(node_ids),
        aliases=nodes.aliases.taken(said),
        colors=_taken_or_zero(nodes.colors, said),
        node_features=node_features,
        node_timestamp_s=_taken_or_zero(nodes.timestamp_s, said),
        asks_unknown=asks_unknown,
        short_channel_ids=channels.short_channel_ids[places],
        capacity_sat=np.where((capacity_sat > 0) & (capacity_sat <= _MAX_SATOSHIS), capacity_sat, UNKNOWN),
        node1=node1,
        node2=node2,
        channel_features=channel_features,
        fee_base_msat=policies.fee_base_msat,
        fee_ppm=policies.fee_ppm,
        htlc_minimum_msat=policies.htlc_minimum_msat,
        htlc_maximum_msat=policies.htlc_maximum_msat,
        cltv_expiry_delta=policies.cltv_expiry_delta.astype(np.int32),
        flags=flags,
        timestamp_s=policies.timestamp_s,
        into_start=linked.into_start,
        into_halves=linked.into_halves,
        out_start=linked.out_start,
        out_halves=linked.out_halves,
    ), structs.replace(left_out, broken_policy=broken)


def _honest(channels: ChannelColumns) -> tuple[npt.NDArray[np.intp], LeftOut]:
    """The channels that may be, by their rising ids."""
    keys = as_keys(channels.keys)
    real = np.isin(channels.keys[:, :, 0], _EVEN_OR_ODD).all(axis=1) & (channels.short_channel_ids >= 0)
    apart = keys[:, 0] != keys[:, 1]
    fine = np.flatnonzero(real & apart)
    ids, first = np.unique(channels.short_channel_ids[fine], return_index=True)
    return fine[first], LeftOut(
        broken_channel=int((~real).sum()),
        same_node=int((real & ~apart).sum()),
        same_id=len(fine) - len(ids),
    )


def _turned(keys: Bytes) -> Flags:
    """Which channels were given with the greater key first."""
    ordered = as_keys(keys)
    turned: Flags = ordered[:, 0] > ordered[:, 1]
    return turned


def _halves_of(channels: npt.NDArray[np.intp], *, turned: Flags) -> npt.NDArray[np.intp]:
    """Where both directions of each channel lie, the one from the lesser key first."""
    halves = np.empty(2 * len(channels), np.intp)
    halves[0::2] = 2 * channels + turned
    halves[1::2] = 2 * channels + ~turned
    return halves


def _taken(policies: PolicyColumns, halves: npt.NDArray[np.intp]) -> PolicyColumns:
    return PolicyColumns(**{name: getattr(policies, name)[halves] for name in policies.__struct_fields__})


def _fitting(policies: PolicyColumns) -> tuple[PolicyColumns, int]:
    """The same without figures that no field of BOLT 7 holds, and how many directions had some. More than all money is all money."""
    said = (policies.flags & POLICY_KNOWN).astype(bool)
    fits = (
        _within(policies.fee_base_msat, _MAX_U32)
        & _within(policies.fee_ppm, _MAX_U32)
        & _within(policies.cltv_expiry_delta, _MAX_U16)
        & (policies.htlc_minimum_msat >= 0)
        & (policies.htlc_maximum_msat >= UNKNOWN)
    )
    known = said & fits
    return PolicyColumns(
        fee_base_msat=np.where(known, policies.fee_base_msat, 0),
        fee_ppm=np.where(known, policies.fee_ppm, 0),
        htlc_minimum_msat=np.where(known, np.minimum(policies.htlc_minimum_msat, MAX_MSAT), 0),
        htlc_maximum_msat=np.where(known, np.minimum(policies.htlc_maximum_msat, MAX_MSAT), 0),
        cltv_expiry_delta=np.where(known, policies.cltv_expiry_delta, 0),
        flags=np.where(known, policies.flags, 0).astype(np.uint8),
        timestamp_s=np.where(known, policies.timestamp_s, 0).astype(np.uint32),
    ), int((said & ~fits).sum())


def _within(column: Numbers, most: int) -> Flags:
    inside: Flags = (column >= 0) & (column <= most)
    return inside


def _places_of(node_ids: npt.NDArray[np.bytes_], keys: npt.NDArray[np.bytes_]) -> npt.NDArray[np.intp]:
    """For each node where it stands among those that were described, the last time; -1 where it was not."""
    described, place = np.unique(keys[::-1], return_index=True)
    said = np.full(len(node_ids), -1, np.intp)
    if not len(described):
        return said
    found = np.minimum(np.searchsorted(described, node_ids), len(described) - 1)
    return np.where(described[found] == node_ids, len(keys) - 1 - place[found], said)


def _taken_or_zero(column: npt.NDArray[Number], places: npt.NDArray[np.intp]) -> npt.NDArray[Number]:
    taken = np.zeros((len(places), *column.shape[1:]), column.dtype)
    taken[places >= 0] = column[places[places >= 0]]
    return taken


def _asking_unknown(features: Pieces) -> Flags:
    if not len(features.blob):
        return np.zeros(len(features), bool)
    return np.fromiter((asks_unknown(features[place]) for place in range(len(features))), bool, len(features))


@lru_cache(4_096)
def asks_unknown(features: bytes) -> bool:
    """Whether these feature bits, as on the wire, insist on something that we do not know. BOLT 9"""
    return bool(Features.decode(features).unknown_required())


def _marked(flags: Bytes, asking: Flags) -> Bytes:
    return np.where(asking, flags | ASKS_UNKNOWN, flags).astype(np.uint8)


def as_keys(keys: Bytes) -> npt.NDArray[np.bytes_]:
    """[..., 33] as one comparable value each."""
    return np.ascontiguousarray(keys).view(_KEY)[..., 0]


def as_bytes(keys: npt.NDArray[np.bytes_]) -> Bytes:
    """The reverse of `as_keys` for a list of keys: [k, 33]."""
    return np.ascontiguousarray(keys).view(np.uint8).reshape(-1, KEY_BYTES)
