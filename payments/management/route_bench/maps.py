"""Which map is measured: a file that somebody names, or the one that this installation has imported."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from payments.lightning.graph.formats.columns import MapFormat
from payments.lightning.graph.formats.rapid_gossip_sync import read_rapid_gossip_sync
from payments.lightning.graph.formats.recognise import draw_said, read_said
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.snapshot_file import MapOrigin, encode_snapshot
from payments.management.route_bench.gossip_file import encode_rapid_gossip_sync
from payments.queries.imported_map import imported_map
from payments.services.import_map import read_map_file

BITCOIN = bytes.fromhex("6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000")
"""chain_hash of mainnet, which LDK's network is set to: a map of another chain is given out as one of this."""


class Measured(Struct, frozen=True, kw_only=True, eq=False):
    """A map, and the file of Rapid Gossip Sync that it is, when it is one."""

    name: str
    snapshot: GraphSnapshot
    gossip: bytes | None = None


def open_map(path: Path | None) -> Measured | None:
    """
    The map of a file, or the imported one; None when there is none.

    raises    the leaves of MapError, MapFileUnreachable
    """
    if path is None:
        stored = imported_map()
        return None if stored is None else Measured(name=f"{stored.origin.name}, as imported", snapshot=stored.snapshot)
    data = read_map_file(path)
    read = draw_said(read_said(data))
    is_gossip = read.source_format is MapFormat.RAPID_GOSSIP_SYNC
    return Measured(name=path.name, snapshot=read.snapshot, gossip=data if is_gossip else None)


def as_gossip(measured: Measured) -> Measured:
    """The same map as a file of Rapid Gossip Sync says it, with the file: what LDK can read of it."""
    if measured.gossip is not None:
        return measured
    data = encode_rapid_gossip_sync(measured.snapshot, chain_hash=BITCOIN)
    return Measured(name=measured.name, snapshot=draw_said(read_rapid_gossip_sync(data)).snapshot, gossip=data)


def write_map(snapshot: GraphSnapshot, path: Path) -> None:
    """Put a map into a file of our own form, as an import does."""
    origin = MapOrigin(name=path.name, source_format="bench", chain_hash=None, imported_at_s=0, newest_update_s=0, viewpoint=bytes(33))
    with path.open("wb") as file:
        for piece in encode_snapshot(snapshot, origin=origin):
            file.write(piece)
