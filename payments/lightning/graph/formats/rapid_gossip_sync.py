"""
LDK's Rapid Gossip Sync, version 1: a map without signatures, packed so that a phone can fetch it.

    prefix "LDK" + version[1] + chain_hash[32] + latest_seen_timestamp[4]
    node_count[4], node_id[33] * node_count
    channel_count[4], (features_length[2] + features + scid_delta + node_1 + node_2) * channel_count
    update_count[4], if it is not 0: five defaults, (scid_delta + flags[1] + what differs) * update_count

Deltas and places of nodes are BigSize. An update's flags say whose direction it is, whether that is switched off, which fields follow
because they differ from the defaults, and whether the others keep what was known before instead. A file of updates to channels that it
does not hold itself is no map, and refused.

It carries no capacities and no names.
"""

from __future__ import annotations

import struct
from struct import Struct as Layout

import numpy as np
from msgspec import Struct, structs

from payments.lightning.graph.arrays import DISABLED, POLICY_KNOWN, UNKNOWN, Pieces
from payments.lightning.graph.assembly import KEY_BYTES, ChannelColumns, PolicyColumns
from payments.lightning.graph.errors import MapHoldsChangesOnly, MapTruncated, MapUnreadable, MapVersionUnknown
from payments.lightning.graph.formats.columns import MapFormat, SaidMap, no_nodes, numbers_of

PREFIX = b"LDK"
VERSION = 1
_HEAD = Layout(">3sB32sI")
_DEFAULTS = Layout(">HQIIQ")
_U8, _U16, _U32, _U64 = Layout(">B"), Layout(">H"), Layout(">I"), Layout(">Q")

_DIRECTION, _DISABLED = 0x01, 0x02
_MAXIMUM, _PPM, _BASE, _MINIMUM, _CLTV = 0x04, 0x08, 0x10, 0x20, 0x40
_INCREMENTAL = 0x80
_NO_MAXIMUM = (1 << 64) - 1
_BACKDATED_S = 7 * 86_400
"""How much older than the file its figures are taken to be. A week, as in LDK: an update that a node signs today must count as newer."""


class _Figures(Struct, frozen=True):
    cltv_expiry_delta: int
    htlc_minimum_msat: int
    fee_base_msat: int
    fee_ppm: int
    htlc_maximum_msat: int
    flags: int = 0


_SILENT = _Figures(0, 0, 0, 0, 0)


def read_rapid_gossip_sync(data: bytes) -> SaidMap:
    """
    A map from the file of a Rapid Gossip Sync server.

    raises    MapVersionUnknown, MapTruncated, MapUnreadable, MapHoldsChangesOnly
    """
    cursor = _Cursor(data)
    _prefix, version, chain_hash, latest_seen_s = cursor.take(_HEAD)
    if version != VERSION:
        raise MapVersionUnknown(source_format=MapFormat.RAPID_GOSSIP_SYNC, version=version)
    channels = _channels(cursor)
    figures, stray = _updates(cursor, channels.short_channel_ids.tolist())
    if cursor.at != len(data):
        raise MapUnreadable(source_format=MapFormat.RAPID_GOSSIP_SYNC, place=str(cursor.at))
    return SaidMap(
        source_format=MapFormat.RAPID_GOSSIP_SYNC,
        nodes=no_nodes(),
        channels=channels,
        policies=_policies(figures, updated_at_s=max(0, latest_seen_s - _BACKDATED_S)),
        chain_hash=chain_hash,
        stray_policies=stray,
    )


class _Cursor:
    """Where we are in the bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: Layout) -> tuple:  # type: ignore[type-arg]
        try:
            values = layout.unpack_from(self.data, self.at)
        except struct.error:
            raise self.truncated() from None
        self.at += layout.size
        return values

    def count(self, *, of_bytes: int) -> int:
        """How many items follow, each of so many bytes at least: a count that cannot be true costs nothing."""
        (count,) = self.take(_U32)
        if count * of_bytes > len(self.data) - self.at:
            raise self.truncated()
        return int(count)

    def piece(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise self.truncated()
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def big_size(self) -> int:
        """BOLT 1, Type-Length-Value Format: BigSize."""
        try:
            first = self.data[self.at]
        except IndexError:
            raise self.truncated() from None
        self.at += 1
        if first < 0xFD:
            return first
        layout, least = {0xFD: (_U16, 0xFD), 0xFE: (_U32, 1 << 16), 0xFF: (_U64, 1 << 32)}[first]
        (value,) = self.take(layout)
        if value < least:
            raise self.unreadable()
        return int(value)

    def truncated(self) -> MapTruncated:
        return MapTruncated(source_format=MapFormat.RAPID_GOSSIP_SYNC, size_bytes=len(self.data))

    def unreadable(self) -> MapUnreadable:
        return MapUnreadable(source_format=MapFormat.RAPID_GOSSIP_SYNC, place=str(self.at))


def _channels(cursor: _Cursor) -> ChannelColumns:
    node_count = cursor.count(of_bytes=KEY_BYTES)
    keys = np.frombuffer(cursor.piece(KEY_BYTES * node_count), np.uint8).reshape(-1, KEY_BYTES)
    channel_count = cursor.count(of_bytes=5)
    features: list[bytes] = []
    scids: list[int] = []
    ends: list[int] = []
    scid = 0
    for _ in range(channel_count):
        features.append(cursor.piece(cursor.take(_U16)[0]))
        scid += cursor.big_size()
        scids.append(scid)
        ends += (cursor.big_size(), cursor.big_size())
    if ends and max(ends) >= node_count:
        raise cursor.unreadable()
    return ChannelColumns(
        short_channel_ids=numbers_of(scids),
        capacity_sat=np.full(channel_count, UNKNOWN, np.int64),
        keys=keys[np.array(ends, np.int64).reshape(-1, 2)],
        features=Pieces.of(features),
    )


def _updates(cursor: _Cursor, scids: list[int]) -> tuple[list[_Figures], int]:
    """The figures of every direction, two a channel, and how many are of channels that are not in the file."""
    figures = [_SILENT] * (2 * len(scids))
    update_count = cursor.count(of_bytes=2)
    if not update_count:
        return figures, 0
    default = _Figures(*cursor.take(_DEFAULTS))
    place_of = {scid: place for place, scid in reversed(list(enumerate(scids)))}
    scid = stray = 0
    for _ in range(update_count):
        scid += cursor.big_size()
        (flags,) = cursor.take(_U8)
        channel = place_of.get(scid)
        half = None if channel is None else 2 * channel + (flags & _DIRECTION)
        known = _SILENT if half is None else figures[half]
        if flags & _INCREMENTAL and not known.flags:
            raise MapHoldsChangesOnly
        update = _update(cursor, flags, known if flags & _INCREMENTAL else default)
        if half is None:
            stray += 1
        else:
            figures[half] = update
    return figures, stray


def _update(cursor: _Cursor, flags: int, basis: _Figures) -> _Figures:
    """What one update says, field by field in the order of the file."""
    said = structs.astuple(basis)
    cltv, minimum_msat, base_msat, ppm, maximum_msat, _flags = said
    if flags & _CLTV:
        (cltv,) = cursor.take(_U16)
    if flags & _MINIMUM:
        (minimum_msat,) = cursor.take(_U64)
    if flags & _BASE:
        (base_msat,) = cursor.take(_U32)
    if flags & _PPM:
        (ppm,) = cursor.take(_U32)
    if flags & _MAXIMUM:
        (maximum_msat,) = cursor.take(_U64)
    return _Figures(cltv, minimum_msat, base_msat, ppm, maximum_msat, POLICY_KNOWN | (DISABLED if flags & _DISABLED else 0))


def _policies(figures: list[_Figures], *, updated_at_s: int) -> PolicyColumns:
    return PolicyColumns(
        fee_base_msat=numbers_of([half.fee_base_msat for half in figures]),
        fee_ppm=numbers_of([half.fee_ppm for half in figures]),
        htlc_minimum_msat=numbers_of([half.htlc_minimum_msat for half in figures]),
        htlc_maximum_msat=numbers_of([UNKNOWN if half.htlc_maximum_msat == _NO_MAXIMUM else half.htlc_maximum_msat for half in figures]),
        cltv_expiry_delta=numbers_of([half.cltv_expiry_delta for half in figures]),
        flags=np.array([half.flags for half in figures], np.uint8),
        timestamp_s=np.full(len(figures), updated_at_s, np.uint32),
    )
