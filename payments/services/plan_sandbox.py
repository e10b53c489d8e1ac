"""
Lay the sandbox out after a map, before it is built: so many nodes, with the hubs, leaves, prices and sizes of the real network.

What is laid out is only a plan; the engine builds it at its first start. Once it is built it stays: the ledger's money is in its channels.
"""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from msgspec import Struct

from payments.lightning.graph.arrays import GraphArrays
from payments.lightning.graph.formats.recognise import draw_said, read_said
from payments.models.audit import AuditAction, SubjectKind
from payments.nodes.network_plan import is_built, plan_network, planned_network
from payments.queries.imported_map import imported_map
from payments.sandbox.from_map import check_network_size, network_from_map
from payments.services.errors import NoMapForSandbox, SandboxStands
from payments.services.import_map import read_map_file
from payments.services.note_audit import note_audit

_SEED = b"lnweb sandbox"
"""One map and one number of nodes give one network, wherever it is drawn; only the keys differ."""


class PlannedSandbox(Struct, frozen=True, kw_only=True):
    """What will be built."""

    nodes: int
    channels: int


def plan_sandbox(nodes: int, *, map_file: Path | None = None) -> PlannedSandbox | None:
    """
    The sandbox shall have so many nodes, ours and the shops included. None when one of this size stands: then nothing is to be done.

    map_file    the map whose shape it takes; None: the imported one

    raises      SandboxStands, NetworkSizeOutOfRange, NoMapForSandbox, MapTooSmall, MapFileUnreachable, the leaves of MapError
    """
    check_network_size(nodes)
    if _stands(nodes):
        return None
    network = network_from_map(_map(map_file), nodes=nodes, seed=_SEED)
    with transaction.atomic():
        if _stands(nodes):  # built while the map was read
            return None
        plan_network(network)
        note_audit(AuditAction.SANDBOX_PLANNED, SubjectKind.SANDBOX, after={"nodes": len(network.nodes), "channels": len(network.channels)})
    return PlannedSandbox(nodes=len(network.nodes), channels=len(network.channels))


def _stands(nodes: int) -> bool:
    if not is_built():
        return False
    standing = len(planned_network().nodes)
    if standing != nodes:
        raise SandboxStands(standing=standing, nodes=nodes)
    return True


def _map(map_file: Path | None) -> GraphArrays:
    if map_file is not None:
        return draw_said(read_said(read_map_file(map_file))).snapshot
    stored = imported_map()
    if stored is None:
        raise NoMapForSandbox
    return stored.snapshot
