"""
A map as a file of Rapid Gossip Sync, version 1: the one form in which LDK takes a map without signatures.

What the form cannot say is lost: capacities, names, times of single policies, features of nodes. Whoever compares searches on it therefore
searches what was written here, read again, and not the map that it was written from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from struct import Struct as Layout

import numpy as np

from payments.lightning.graph.arrays import DISABLED, POLICY_KNOWN, UNKNOWN, GraphArrays
from payments.lightning.graph.formats.rapid_gossip_sync import PREFIX, VERSION
from payments.lightning.wire.bigsize import encode_bigsize

_HEAD = Layout(">3sB32sI")
_COUNT = Layout(">I")
_NO_MAXIMUM = (1 << 64) - 1
_DIRECTION, _DISABLED = 0x01, 0x02
_FIELDS = (
    ("cltv_expiry_delta", Layout(">H"), 0x40),
    ("htlc_minimum_msat", Layout(">Q"), 0x20),
    ("fee_base_msat", Layout(">I"), 0x10),
    ("fee_ppm", Layout(">I"), 0x08),
    ("htlc_maximum_msat", Layout(">Q"), 0x04),
)
"""In the order of the file: the array, how a number of it is written, and the flag that says that it follows."""


def encode_rapid_gossip_sync(graph: GraphArrays, *, chain_hash: bytes) -> bytes:
    """A map as bytes that LDK reads. chain_hash[32]: LDK refuses a map of another chain than its own."""
    head = _HEAD.pack(PREFIX, VERSION, chain_hash, int(graph.timestamp_s.max(initial=0)))
    nodes = _COUNT.pack(graph.node_count) + graph.node_ids.tobytes()
    channels = _COUNT.pack(graph.channel_count) + b"".join(_channels(graph))
    known = np.flatnonzero(graph.flags & POLICY_KNOWN).tolist()
    updates = _COUNT.pack(len(known)) + b"".join(_updates(graph, known))
    return head + nodes + channels + updates


def _channels(graph: GraphArrays) -> Iterator[bytes]:
    before = 0
    ends = zip(graph.short_channel_ids.tolist(), graph.node1.tolist(), graph.node2.tolist(), strict=True)
    for place, (scid, node1, node2) in enumerate(ends):
        features = graph.channel_features[place]
        yield len(features).to_bytes(2, "big") + features
        yield encode_bigsize(scid - before) + encode_bigsize(node1) + encode_bigsize(node2)
        before = scid


def _updates(graph: GraphArrays, known: list[int]) -> Iterator[bytes]:
    """The usual figures once, then for each direction what differs from them."""
    if not known:
        return
    columns = [[_NO_MAXIMUM if value == UNKNOWN else value for value in getattr(graph, name)[known].tolist()] for name, _, _ in _FIELDS]
    usual = [Counter(column).most_common(1)[0][0] for column in columns]
    yield b"".join(layout.pack(value) for (_, layout, _), value in zip(_FIELDS, usual, strict=True))
    before = 0
    for half, *values in zip(known, *columns, strict=True):
        scid = int(graph.short_channel_ids[half // 2])
        flags = (half % 2) * _DIRECTION | (_DISABLED if graph.flags[half] & DISABLED else 0)
        said = b""
        for (_, layout, flag), value, same in zip(_FIELDS, values, usual, strict=True):
            if value != same:
                flags |= flag
                said += layout.pack(value)
        yield encode_bigsize(scid - before) + bytes([flags]) + said
        before = scid
