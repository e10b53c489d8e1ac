"""
Find a node on a map by what a person remembers of it: a part of its name, or how its key begins.

Names are anybody's to choose, so several may wear the same one; the best connected of equals comes first, which an impostor rarely is.
"""

from __future__ import annotations

import re

import numpy as np

from payments.lightning.graph.arrays import USABLE, Places, sources
from payments.lightning.graph.assembly import as_keys
from payments.lightning.graph.gossip import decode_alias
from payments.lightning.graph.snapshot import GraphSnapshot

_KEY_START = re.compile(r"0[23][0-9a-f]{0,64}", re.ASCII)
_ADDRESS = re.compile(r"(0[23][0-9a-f]{64})@.*", re.ASCII)
_MAX_LENGTH = 66
"""Of what is looked for: a whole key."""


class NodeFinder:
    """The names of one map, folded once so that a search only compares."""

    def __init__(self, snapshot: GraphSnapshot) -> None:
        self._snapshot = snapshot
        self._names = [decode_alias(snapshot.aliases[place]).casefold() for place in range(snapshot.node_count)]
        self._channels = channels_by_node(snapshot)

    def find(self, text: str, *, limit: int) -> list[int]:
        """
        Places of nodes, best first: the key that is this text or begins so, then names that are it, begin with it, or hold it.

        An address such as `key@host:port` counts as its key. Nothing is found for nothing.
        """
        wanted = _ADDRESS.sub(r"\1", text.strip().casefold())[:_MAX_LENGTH]
        if not wanted:
            return []
        by_key = self._with_key(wanted) if _KEY_START.fullmatch(wanted) else []
        by_name = [place for place, name in enumerate(self._names) if wanted in name]
        by_name.sort(key=lambda place: (_how_far(self._names[place], wanted), -int(self._channels[place]), place))
        return list(dict.fromkeys([*by_key, *by_name]))[:limit]

    def _with_key(self, start: str) -> list[int]:
        keys = as_keys(self._snapshot.node_ids)
        low, high = (bytes.fromhex(start.ljust(66, filler)) for filler in "0f")
        first, last = np.searchsorted(keys, low, "left"), np.searchsorted(keys, high, "right")
        return sorted(range(int(first), int(last)), key=lambda place: (-int(self._channels[place]), place))


def channels_by_node(snapshot: GraphSnapshot) -> Places:
    """[n]: how many channels each node has."""
    both = sources(snapshot.node1, snapshot.node2)
    return np.bincount(both, minlength=snapshot.node_count).astype(np.int32)


def best_connected(snapshot: GraphSnapshot) -> int:
    """The place of the node with the most directions in which it can be left now."""
    leaving = sources(snapshot.node1, snapshot.node2)[snapshot.flags == USABLE]
    return int(np.argmax(np.bincount(leaving, minlength=snapshot.node_count)))


def _how_far(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    return 1 if name.startswith(wanted) else 2
