"""
Which nodes of a large map stand for all of it: a few hundred that hang together and look like the whole, hubs and leaves alike.

It grows from the best connected node along channels: the next node is anybody's neighbour, met the more often the more ways lead on from
there, so hubs bring their leaves with them. A node keeps about the root of its channels: who had two thousand keeps thirty, who had one
keeps it. Only channels that can be used both ways count, so everybody can pay everybody.
"""

from __future__ import annotations

from math import isqrt

import numpy as np
from msgspec import Struct

from payments.lightning.graph.arrays import USABLE, GraphArrays
from payments.sandbox.dice import Dice

MOST_CHANNELS = 32
"""Of one node. Each is opened, signed for and stored; a hub of this many among two hundred nodes is as prominent as real ones are."""

Neighbours = dict[int, dict[int, int]]
"""Node -> neighbour -> the channel between them, all as places on the map."""


class Picked(Struct, frozen=True, kw_only=True):
    """A part of a map, as places on it."""

    nodes: tuple[int, ...]
    """The best connected one first, then as they were met."""
    channels: tuple[int, ...]
    """At most one between two nodes."""


def pick(arrays: GraphArrays, *, count: int, dice: Dice) -> Picked:
    """So many nodes that can all reach each other, and channels between them; fewer nodes when no more hang together."""
    neighbours = _neighbours(arrays)
    if not neighbours:
        return Picked(nodes=(), channels=())
    walk = _Walk(neighbours, dice)
    while len(walk.degree) < count and walk.step():
        pass
    walk.join_neighbours()
    return Picked(nodes=tuple(walk.degree), channels=tuple(walk.channels))


def _neighbours(arrays: GraphArrays) -> Neighbours:
    """Who has a channel with whom that both can use; of several, the largest."""
    usable = (arrays.flags[0::2] == USABLE) & (arrays.flags[1::2] == USABLE)
    neighbours: Neighbours = {}
    places = np.flatnonzero(usable)
    for channel in places[np.argsort(arrays.capacity_sat[places], kind="stable")].tolist():
        left, right = int(arrays.node1[channel]), int(arrays.node2[channel])
        neighbours.setdefault(left, {})[right] = neighbours.setdefault(right, {})[left] = channel
    return neighbours


class _Walk:
    """The part that has been met so far."""

    def __init__(self, neighbours: Neighbours, dice: Dice) -> None:
        self._neighbours = neighbours
        self._dice = dice
        first = max(neighbours, key=lambda node: (len(neighbours[node]), -node))
        self.degree = {first: 0}
        self.channels: list[int] = []
        self._open = {first: self._limit(first)}
        """Who may have neighbours that were not met yet, and how many more channels it shall have."""

    def step(self) -> bool:
        """One node more; False when all that hang together have been met."""
        while self._open:
            nodes = list(self._open)
            wanted = [max(0, self._open[node]) for node in nodes]
            met = nodes[self._dice.weighted(wanted if any(wanted) else [1] * len(nodes))]
            unmet = sorted(node for node in self._neighbours[met] if node not in self.degree)
            if unmet and self.degree[met] < MOST_CHANNELS:
                self._meet(met, self._dice.choice(unmet))
                return True
            del self._open[met]
        return False

    def join_neighbours(self) -> None:
        """Channels between nodes that were met, as long as both may have more."""
        used = set(self.channels)
        between = sorted(
            channel
            for node in self.degree
            for other, channel in self._neighbours[node].items()
            if node < other and other in self.degree and channel not in used
        )
        ends = {channel: (node, other) for node in self.degree for other, channel in self._neighbours[node].items()}
        for channel in self._dice.shuffled(between):
            if all(self.degree[node] < self._limit(node) for node in ends[channel]):
                self._connect(channel, *ends[channel])

    def _meet(self, node: int, other: int) -> None:
        self.degree[other] = 0
        self._open[other] = self._limit(other)
        self._connect(self._neighbours[node][other], node, other)
        self._open[node] -= 1
        self._open[other] -= 1

    def _connect(self, channel: int, node: int, other: int) -> None:
        self.channels.append(channel)
        self.degree[node] += 1
        self.degree[other] += 1

    def _limit(self, node: int) -> int:
        return min(MOST_CHANNELS, isqrt(len(self._neighbours[node])))
