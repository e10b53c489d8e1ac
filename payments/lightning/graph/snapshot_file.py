"""
A snapshot as bytes that can be mapped into memory: many processes, one copy, nothing to parse.

    magic[8] + version[4] + head_length[4] + checksum[32], then the head and, each beginning at a multiple of 64, the arrays

Numbers are little-endian. The head (msgpack) says where the map came from and how long each array is; the checksum is the SHA-256 of all
that follows it, and a name for the map at the same time. Places are checked once when a file is opened, because a compiled search follows
them without looking.

This knows no files: bytes go in and out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import sha256

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from payments.lightning.graph.arrays import Pieces
from payments.lightning.graph.errors import MapDamaged, MapFormatUnknown, MapTruncated, MapVersionUnknown
from payments.lightning.graph.snapshot import GraphSnapshot

MAGIC = b"LNWEBMAP"
VERSION = 1
SOURCE_FORMAT = "lnweb"
_FRONT = struct.Struct("<8sII32s")
_ALIGNMENT = 64

_SHAPES: dict[str, tuple[str, int]] = {
    "node_ids": ("u1", 33),
    "colors": ("u1", 3),
    "node_timestamp_s": ("<u4", 1),
    "asks_unknown": ("?", 1),
    "short_channel_ids": ("<i8", 1),
    "capacity_sat": ("<i8", 1),
    "node1": ("<i4", 1),
    "node2": ("<i4", 1),
    "fee_base_msat": ("<i8", 1),
    "fee_ppm": ("<i8", 1),
    "htlc_minimum_msat": ("<i8", 1),
    "htlc_maximum_msat": ("<i8", 1),
    "cltv_expiry_delta": ("<i4", 1),
    "flags": ("u1", 1),
    "timestamp_s": ("<u4", 1),
    "into_start": ("<i4", 1),
    "into_halves": ("<i4", 1),
    "out_start": ("<i4", 1),
    "out_halves": ("<i4", 1),
}
"""Field of GraphArrays -> type and width of a row."""
_PIECES = ("aliases", "node_features", "channel_features")
_DTYPES = (
    {name: dtype for name, (dtype, _width) in _SHAPES.items()}
    | {f"{name}.start": "<i4" for name in _PIECES}
    | {f"{name}.blob": "u1" for name in _PIECES}
)


class MapOrigin(Struct, frozen=True, kw_only=True):
    """Where a map came from, kept with it."""

    name: str
    """Of the file that it was made of."""
    source_format: str
    chain_hash: bytes | None
    """[32]; None: the file did not say."""
    imported_at_s: int
    newest_update_s: int
    """When the youngest of its policies was announced; 0 when nothing says so."""
    viewpoint: bytes
    """[33]: the node from which routes on it are shown."""
    left_out: int = 0
    """Channels and directions of the file that no map could hold."""


class StoredMap(Struct, frozen=True, kw_only=True, eq=False):
    """A map with its origin, and its name."""

    snapshot: GraphSnapshot
    origin: MapOrigin
    digest: bytes
    """[32]: the file's checksum. Two maps with the same are the same."""


class _Head(Struct, frozen=True, kw_only=True):
    origin: MapOrigin
    items: dict[str, int]
    """Array -> how many numbers are in it."""


def encode_snapshot(snapshot: GraphSnapshot, *, origin: MapOrigin) -> Iterator[bytes | memoryview]:
    """The file, piece by piece, so that it need not stand in memory twice."""
    arrays = _arrays_of(snapshot)
    head = msgspec.msgpack.encode(_Head(origin=origin, items={name: array.size for name, array in arrays.items()}))
    pieces: list[bytes | memoryview] = [head, _padding(_FRONT.size + len(head))]
    for array in arrays.values():
        pieces += [array.reshape(-1).view(np.uint8).data, _padding(array.nbytes)]
    checksum = sha256()
    for piece in pieces:
        checksum.update(piece)
    yield _FRONT.pack(MAGIC, VERSION, len(head), checksum.digest())
    yield from pieces


def decode_snapshot(data: bytes | memoryview) -> StoredMap:
    """
    The map in these bytes, as views of them: they must stay as they are for as long as it is used.

    raises    MapFormatUnknown, MapVersionUnknown, MapTruncated, MapDamaged
    """
    view = memoryview(data)
    if bytes(view[: len(MAGIC)]) != MAGIC:
        raise MapFormatUnknown
    if len(view) < _FRONT.size:
        raise MapTruncated(source_format=SOURCE_FORMAT, size_bytes=len(view))
    _magic, version, head_length, digest = _FRONT.unpack_from(view)
    if version != VERSION:
        raise MapVersionUnknown(source_format=SOURCE_FORMAT, version=version)
    head = _head(view, head_length)
    arrays, end = _read_arrays(view, head.items, start=_aligned(_FRONT.size + head_length))
    if end != len(view) or sha256(view[_FRONT.size :]).digest() != digest:
        raise MapDamaged
    snapshot = _snapshot_of(arrays)
    if not _is_whole(snapshot):
        raise MapDamaged
    return StoredMap(snapshot=snapshot, origin=head.origin, digest=digest)


def _head(view: memoryview, length: int) -> _Head:
    if _FRONT.size + length > len(view):
        raise MapTruncated(source_format=SOURCE_FORMAT, size_bytes=len(view))
    try:
        head = msgspec.msgpack.decode(view[_FRONT.size : _FRONT.size + length], type=_Head)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise MapDamaged from None
    if head.items.keys() != _DTYPES.keys() or min(head.items.values()) < 0:
        raise MapDamaged
    return head


def _read_arrays(view: memoryview, items: dict[str, int], *, start: int) -> tuple[dict[str, npt.NDArray[np.generic]], int]:
    """Views of the arrays one behind the other, and where the last one ends."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, dtype_name in _DTYPES.items():
        dtype = np.dtype(dtype_name)
        size = items[name] * dtype.itemsize
        if start + size > len(view):
            raise MapTruncated(source_format=SOURCE_FORMAT, size_bytes=len(view))
        arrays[name] = np.frombuffer(view, dtype, count=items[name], offset=start)
        arrays[name].flags.writeable = False
        start = _aligned(start + size)
    return arrays, start


def _arrays_of(snapshot: GraphSnapshot) -> dict[str, npt.NDArray[np.generic]]:
    """Every array by its name in the file, in the file's order."""
    named: dict[str, npt.NDArray[np.generic]] = {name: getattr(snapshot, name) for name in _SHAPES}
    for name in _PIECES:
        pieces: Pieces = getattr(snapshot, name)
        named |= {f"{name}.start": pieces.start, f"{name}.blob": pieces.blob}
    return {name: np.ascontiguousarray(named[name], np.dtype(dtype)) for name, dtype in _DTYPES.items()}


def _snapshot_of(arrays: dict[str, npt.NDArray[np.generic]]) -> GraphSnapshot:
    try:
        rows = {name: arrays[name] if width == 1 else arrays[name].reshape(-1, width) for name, (_dtype, width) in _SHAPES.items()}
    except ValueError:
        raise MapDamaged from None
    pieces = {name: Pieces(blob=arrays[f"{name}.blob"], start=arrays[f"{name}.start"]) for name in _PIECES}  # type: ignore[arg-type]
    return GraphSnapshot(**rows, **pieces)  # type: ignore[arg-type]


def _is_whole(snapshot: GraphSnapshot) -> bool:
    """Whether arrays that belong together are equally long and every place in one is a place in another."""
    nodes, channels = snapshot.node_count, snapshot.channel_count
    halves = 2 * channels
    per_node = (snapshot.colors, snapshot.node_timestamp_s, snapshot.asks_unknown, snapshot.aliases, snapshot.node_features)
    per_channel = (snapshot.capacity_sat, snapshot.node1, snapshot.node2, snapshot.channel_features)
    per_half = [getattr(snapshot, name) for name in ("fee_base_msat", "fee_ppm", "htlc_minimum_msat", "htlc_maximum_msat")]
    per_half += [snapshot.cltv_expiry_delta, snapshot.flags, snapshot.timestamp_s]
    return (
        all(len(array) == nodes for array in per_node)
        and all(len(array) == channels for array in per_channel)
        and all(len(array) == halves for array in per_half)
        and all(_points_into(array, nodes) for array in (snapshot.node1, snapshot.node2))
        and all(_points_into(array, halves) for array in (snapshot.into_halves, snapshot.out_halves))
        and all(
            len(start) == nodes + 1 and _divides(start, len(array))
            for start, array in ((snapshot.into_start, snapshot.into_halves), (snapshot.out_start, snapshot.out_halves))
        )
        and all(_divides(pieces.start, len(pieces.blob)) for pieces in (getattr(snapshot, name) for name in _PIECES))
    )


def _points_into(places: npt.NDArray[np.int32], count: int) -> bool:
    return not len(places) or bool(places.min() >= 0 and places.max() < count)


def _divides(start: npt.NDArray[np.int32], count: int) -> bool:
    return len(start) > 0 and int(start[0]) == 0 and int(start[-1]) == count and bool((np.diff(start) >= 0).all())


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGNMENT) * _ALIGNMENT


def _padding(offset: int) -> bytes:
    return bytes(_aligned(offset) - offset)
