"""
A map of the network as arrays: the form in which 70,000 channels are searched, stored, and shared between processes.

Everything a search reads lies in rows of whole numbers; a node is its place in `node_ids`, a channel its place in `short_channel_ids`, and
half `2 * channel + direction` is one direction of it. The arrays may be read-only views of a mapped file, so nobody writes into them: a
change makes new ones (`GraphSnapshot.patched`).

BOLT 7, P2P Node and Channel Discovery
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int32]
"""Positions in another array."""
Numbers = npt.NDArray[np.int64]
Seconds = npt.NDArray[np.uint32]

UNKNOWN = -1
"""Stands for an amount that nobody said."""

POLICY_KNOWN = 1
"""Of `flags`: the node has said what it asks for this direction. Without it the half's figures mean nothing."""
DISABLED = 2
"""Of `flags`: its node has switched this direction off."""
ASKS_UNKNOWN = 4
"""Of `flags`: the channel or the direction's source insists on a feature that we do not know, so it must not be used."""
USABLE = POLICY_KNOWN
"""What `flags` is, exactly, where a payment may go."""


class Pieces(Struct, frozen=True, kw_only=True, eq=False):
    """Byte strings of any length one behind the other: piece i is `blob[start[i]:start[i + 1]]`."""

    blob: Bytes
    start: Places

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> Pieces:
        """These byte strings, in their order."""
        kept = list(pieces)
        start = np.zeros(len(kept) + 1, np.int32)
        np.cumsum([len(piece) for piece in kept], out=start[1:])
        return cls(blob=np.frombuffer(b"".join(kept), np.uint8), start=start)

    @classmethod
    def empty(cls, count: int) -> Pieces:
        """So many strings with nothing in them."""
        return cls(blob=np.zeros(0, np.uint8), start=np.zeros(count + 1, np.int32))

    def __getitem__(self, place: int) -> bytes:
        return self.blob[self.start[place] : self.start[place + 1]].tobytes()

    def __len__(self) -> int:
        return len(self.start) - 1

    def taken(self, places: npt.NDArray[np.intp]) -> Pieces:
        """The strings at these places, in this order; a place below zero gives an empty one."""
        if not len(self.blob):
            return Pieces.empty(len(places))
        return Pieces.of(self[place] if place >= 0 else b"" for place in places.tolist())


class GraphArrays(Struct, frozen=True, kw_only=True, eq=False):
    """The rows, n nodes and m channels. Amounts are msat or sat as they are named, `UNKNOWN` (-1) where nobody said."""

    node_ids: Bytes
    """[n, 33], rising."""
    aliases: Pieces
    """UTF-8 or not, whatever the nodes call themselves: hostile text, see `decode_alias`."""
    colors: Bytes
    """[n, 3]: red, green, blue."""
    node_features: Pieces
    """As on the wire."""
    node_timestamp_s: Seconds
    """[n], 0: the node has said nothing about itself."""
    asks_unknown: Flags
    """[n]: the node insists on a feature that we do not know, so nothing may be forwarded through it. BOLT 9"""

    short_channel_ids: Numbers
    """[m], rising."""
    capacity_sat: Numbers
    """[m]"""
    node1: Places
    """[m]: the node with the lesser id."""
    node2: Places
    """[m]: the other one."""
    channel_features: Pieces
    """As on the wire."""

    fee_base_msat: Numbers
    """[2m] like all below: halves, direction 0 leads from node1 to node2 and carries node1's policy."""
    fee_ppm: Numbers
    htlc_minimum_msat: Numbers
    htlc_maximum_msat: Numbers
    """As gossiped; above the capacity where a node said so."""
    cltv_expiry_delta: Places
    flags: Bytes
    """POLICY_KNOWN | DISABLED | ASKS_UNKNOWN; a half may be used where it is USABLE."""
    timestamp_s: Seconds
    """Of the newest `channel_update`; 0 where none is known."""

    into_start: Places
    """[n + 1]: the halves with a known policy that lead to node i are `into_halves[into_start[i]:into_start[i + 1]]`, rising."""
    into_halves: Places
    out_start: Places
    """[n + 1]: and those that lead away from it."""
    out_halves: Places

    @property
    def node_count(self) -> int:
        """How many nodes have a channel."""
        return len(self.node_ids)

    @property
    def channel_count(self) -> int:
        """How many channels there are."""
        return len(self.short_channel_ids)


class Linked(Struct, frozen=True, kw_only=True, eq=False):
    """Halves by the node they lead to, and by the one they lead away from; named as in GraphArrays."""

    into_start: Places
    into_halves: Places
    out_start: Places
    out_halves: Places


def link_halves(node1: Places, node2: Places, *, flags: Bytes, node_count: int) -> Linked:
    """The halves with a known policy at each node."""
    known = np.flatnonzero(flags & POLICY_KNOWN).astype(np.int32)
    source = sources(node1, node2)[known]
    target = sources(node2, node1)[known]
    into_start, into_halves = _grouped(known, by=target, groups=node_count)
    out_start, out_halves = _grouped(known, by=source, groups=node_count)
    return Linked(into_start=into_start, into_halves=into_halves, out_start=out_start, out_halves=out_halves)


def sources(node1: Places, node2: Places) -> Places:
    """[2m]: the node that each half leads away from; with the arguments changed over, to which."""
    both = np.empty(2 * len(node1), np.int32)
    both[0::2], both[1::2] = node1, node2
    return both


def _grouped(values: Places, *, by: Places, groups: int) -> tuple[Places, Places]:
    start = np.zeros(groups + 1, np.int32)
    np.cumsum(np.bincount(by, minlength=groups), out=start[1:])
    return start, values[np.argsort(by, kind="stable")]
