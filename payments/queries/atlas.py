"""
The maps of the network that this installation has, for looking things up: our own node's, drawn from gossip, and the imported one.

What is derived from a map (names, degrees, sums) is kept with it until the map is another one, so a page pays for what it shows and not for
the size of the network. Names on a map are whatever their owners chose.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property

import numpy as np

from payments.lightning.graph.arrays import POLICY_KNOWN, USABLE, Numbers, Places
from payments.lightning.graph.finding import NodeFinder, channels_by_node
from payments.lightning.graph.gossip import decode_alias
from payments.lightning.graph.patched import PatchedGraph
from payments.lightning.graph.snapshot import GraphSnapshot, PolicyPatch
from payments.lightning.graph.snapshot_file import MapOrigin, StoredMap
from payments.queries.imported_map import imported_map, map_path
from payments.queries.network import names_of, network_graph


class MapChoice(StrEnum):
    """Which map."""

    OWN = "own"
    IMPORTED = "imported"


class Atlas:
    """One map with what pages want to know about it."""

    def __init__(self, choice: MapChoice, snapshot: GraphSnapshot, *, origin: MapOrigin | None = None) -> None:
        self.choice = choice
        self.snapshot = snapshot
        self.origin = origin

    def patched(self, patches: Iterable[PolicyPatch]) -> Atlas:
        """The same map with these prices. What does not depend on prices is not made again."""
        fresh = Atlas(self.choice, self.snapshot.patched(patches), origin=self.origin)
        fresh.__dict__ |= {name: self.__dict__[name] for name in _WHATEVER_THE_PRICES if name in self.__dict__}
        return fresh

    @cached_property
    def finder(self) -> NodeFinder:
        """Nodes by name or key."""
        return NodeFinder(self.snapshot)

    @cached_property
    def channels_by_node(self) -> Places:
        """How many channels each node has."""
        return channels_by_node(self.snapshot)

    @cached_property
    def best_connected(self) -> Places:
        """Every node, the one with the most channels first."""
        return np.argsort(-self.channels_by_node, kind="stable").astype(np.int32)

    @cached_property
    def capacity_sat_by_node(self) -> Numbers:
        """What each node's channels hold, as far as it is known."""
        snapshot = self.snapshot
        held_sat = np.maximum(snapshot.capacity_sat, 0)
        total_sat = np.zeros(snapshot.node_count, np.int64)
        np.add.at(total_sat, snapshot.node1, held_sat)
        np.add.at(total_sat, snapshot.node2, held_sat)
        return total_sat

    @cached_property
    def capacity_sat(self) -> int:
        """What all channels hold, as far as it is known."""
        return int(np.maximum(self.snapshot.capacity_sat, 0).sum())

    @cached_property
    def capacities_known(self) -> int:
        """Of how many channels it is known what they hold."""
        return int((self.snapshot.capacity_sat >= 0).sum())

    @cached_property
    def directions(self) -> tuple[int, int]:
        """Directions with a known policy, and how many of them can be used."""
        flags = self.snapshot.flags
        return int((flags & POLICY_KNOWN > 0).sum()), int((flags == USABLE).sum())

    @cached_property
    def newest_update_s(self) -> int:
        """When the youngest of its policies was announced; 0 when nothing says so."""
        return int(self.snapshot.timestamp_s.max(initial=0))

    def names(self, places: list[int]) -> dict[int, str]:
        """The names of the nodes at these places; those that the sandbox gave come before those that nodes chose."""
        keys = {place: self.snapshot.node_id_at(place).hex() for place in places}
        ours = names_of(keys.values()) if self.choice is MapChoice.OWN else {}
        return {place: ours.get(key) or decode_alias(self.snapshot.aliases[place]) for place, key in keys.items()}


_WHATEVER_THE_PRICES = ("finder", "channels_by_node", "best_connected", "capacity_sat_by_node", "capacity_sat", "capacities_known")

_own: list[tuple[PatchedGraph, Atlas]] = []
_imported: list[tuple[StoredMap, Atlas]] = []
"""The newest of each, alone; replaced as a whole, so threads never see half of one."""


def has_imported_map() -> bool:
    """Whether a map was imported, readable or not."""
    return map_path().exists()


def own_atlas() -> Atlas:
    """The map that our own node has drawn from gossip."""
    graph = network_graph()
    if not _own or _own[0][0] is not graph:
        known = _own[0][1] if _own and _own[0][0].drawn is graph.drawn else Atlas(MapChoice.OWN, GraphSnapshot.of(graph.drawn))
        _own[:] = [(graph, known.patched(graph.patches()))]
    return _own[0][1]


def imported_atlas() -> Atlas | None:
    """
    The imported map; None when there is none.

    raises    the leaves of MapError, when it is damaged
    """
    stored = imported_map()
    if stored is None:
        return None
    if not _imported or _imported[0][0] is not stored:
        _imported[:] = [(stored, Atlas(MapChoice.IMPORTED, stored.snapshot, origin=stored.origin))]
    return _imported[0][1]
