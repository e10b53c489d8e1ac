"""
Take a map of the network out of a file that somebody fetched, and keep it where every process finds it.

The new map is written whole before it gets its name, so whatever goes wrong on the way leaves the old one in use. The source may be packed
with gzip, which its content says; it is never unpacked further than a map could be large.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from msgspec import Struct

from payments.lightning.graph.arrays import GraphArrays
from payments.lightning.graph.errors import MapTooLarge, MapTruncated, MapUnreadable
from payments.lightning.graph.finding import NodeFinder, best_connected
from payments.lightning.graph.formats.recognise import ReadMap, draw_said, read_said
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.snapshot_file import MapOrigin, encode_snapshot
from payments.lightning.invoice.network import Network
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.imported_map import map_path
from payments.services.errors import MapFileUnreachable, MapOfAnotherChain, NodeNotOnMap
from payments.services.note_audit import note_audit, storable

MAX_MAP_BYTES = 512 * 1024 * 1024
"""Of a source, unpacked. 512 MiB: ten times mainnet in the wordiest form."""
_CHUNK_BYTES = 1024 * 1024
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's word for a gzip header around the data."""


class ChainBy(StrEnum):
    """Who says whose map it is."""

    FILE = "file"
    CHOICE = "choice"
    DEFAULT = "default"
    """Nobody: most forms of a map do not say, and nearly all maps that people have are mainnet's."""


Tell = Callable[[str, int], None]
"""(what is done now, how much of all is done in percent)"""


class ImportedMap(Struct, frozen=True, kw_only=True, eq=False):
    """What came of an import."""

    origin: MapOrigin
    read: ReadMap
    stored_bytes: int
    chain_by: ChainBy


def import_map(
    path: Path, *, viewpoint: str = "", network: Network | None = None, now_s: int, tell: Tell = lambda _step, _percent: None
) -> ImportedMap:
    """
    Read the file, and use its map from now on.

    viewpoint   a key, its beginning, or a name: the node from which routes are shown; empty: the best connected one
    network     whose map it is where the file does not say; None: mainnet's, which nearly every such file is
    raises      MapFileUnreachable, the leaves of MapError, NodeNotOnMap, MapOfAnotherChain
    """
    tell("reading", 0)
    data = read_map_file(path)
    tell("understanding", 30)
    said = read_said(data)
    del data
    tell("drawing", 70)
    read = draw_said(said)
    chain_by, chain_hash = _chain(read, network)
    origin = _origin(read, name=path.name, viewpoint=_viewpoint(read.snapshot, viewpoint), chain_hash=chain_hash, now_s=now_s)
    tell("storing", 90)
    with transaction.atomic():
        note_audit(AuditAction.MAP_IMPORTED, SubjectKind.MAP, after=_said(read, origin))
        stored_bytes = _write(map_path(), encode_snapshot(read.snapshot, origin=origin))
    tell("done", 100)
    return ImportedMap(origin=origin, read=read, stored_bytes=stored_bytes, chain_by=chain_by)


def _chain(read: ReadMap, network: Network | None) -> tuple[ChainBy, bytes]:
    """Whose map it is, and who says so: what the file says cannot be overruled."""
    said = read.chain_hash
    if said is not None and network is not None and said != network.chain_hash:
        raise MapOfAnotherChain(network=network.value, chain_hash=said)
    if said is not None:
        return ChainBy.FILE, said
    return (ChainBy.CHOICE, network.chain_hash) if network is not None else (ChainBy.DEFAULT, Network.MAINNET.chain_hash)


def _said(read: ReadMap, origin: MapOrigin) -> dict[str, object]:
    nodes, channels = read.snapshot.node_count, read.snapshot.channel_count
    chain_hash = None if origin.chain_hash is None else origin.chain_hash.hex()
    return {"file": storable(origin.name), "form": origin.source_format, "chain": chain_hash, "nodes": nodes, "channels": channels}


def _origin(read: ReadMap, *, name: str, viewpoint: bytes, chain_hash: bytes, now_s: int) -> MapOrigin:
    left_out = read.left_out
    return MapOrigin(
        name=name,
        source_format=read.source_format.value,
        chain_hash=chain_hash,
        imported_at_s=now_s,
        newest_update_s=_newest_s(read.snapshot),
        viewpoint=viewpoint,
        left_out=left_out.broken_channel + left_out.same_node + left_out.same_id + left_out.broken_policy + read.stray_policies,
    )


def _newest_s(arrays: GraphArrays) -> int:
    return int(arrays.timestamp_s.max(initial=0))


def _viewpoint(snapshot: GraphSnapshot, text: str) -> bytes:
    if not text:
        return snapshot.node_id_at(best_connected(snapshot))
    found = NodeFinder(snapshot).find(text, limit=1)
    if not found:
        raise NodeNotOnMap(text=text)
    return snapshot.node_id_at(found[0])


def read_map_file(path: Path) -> bytes:
    """
    A file's content, unpacked where it is packed.

    raises    MapFileUnreachable, MapTruncated, MapUnreadable, MapTooLarge
    """
    try:
        with path.open("rb") as file:
            return _unpacked(file)
    except OSError as error:
        raise MapFileUnreachable(path=str(path), reason=error.strerror or "no reason given") from None


def _unpacked(file: BinaryIO) -> bytes:
    is_packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    data = bytearray()
    for piece in _gunzipped(file) if is_packed else iter(lambda: file.read(_CHUNK_BYTES), b""):
        data += piece
        if len(data) > MAX_MAP_BYTES:
            raise MapTooLarge(limit_bytes=MAX_MAP_BYTES)
    return bytes(data)


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    """What is packed, a bounded piece at a time: a small file may hold more than the machine."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    packed = 0
    try:
        while not unpacker.eof:
            chunk = unpacker.unconsumed_tail or file.read(_CHUNK_BYTES)
            if not chunk:
                raise MapTruncated(source_format="gzip", size_bytes=packed)
            piece = unpacker.decompress(chunk, _CHUNK_BYTES)
            packed += len(chunk) - len(unpacker.unconsumed_tail)
            yield piece
    except zlib.error:
        raise MapUnreadable(source_format="gzip", place=str(packed)) from None


def _write(path: Path, pieces: Iterator[bytes | memoryview]) -> int:
    """All of it or nothing: the file gets its name when it is whole on the disk."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            written = sum(file.write(piece) for piece in pieces)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise MapFileUnreachable(path=str(path), reason=error.strerror or "no reason given") from None
    finally:
        draft.unlink(missing_ok=True)
    return written
