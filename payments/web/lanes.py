"""
Where the parts of a payment run together, and where each goes alone: what a picture of several parts has to show, before any geometry.

Parts that leave over one channel are one line until they part; parts that come through the same last nodes are one line from where they
meet. In between every part has a lane of its own. Nothing is invented: fees of parts that meet are added, and every node that is on two
lanes without being their beginning or end stays on both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from payments.queries.shapes import HopShape, PathShape

START = 0
"""The place of whoever pays among the stops."""


class Stop(Struct, frozen=True, kw_only=True):
    """A node of the picture, and the hops that lead to it: one of each lane in `lanes`. The start has none."""

    hops: tuple[HopShape, ...]
    lanes: tuple[int, ...]

    @property
    def fee_msat(self) -> int:
        """What the node keeps of all parts that pass it."""
        return sum(hop.fee_msat for hop in self.hops)

    @property
    def blocks(self) -> tuple[int, int]:
        """What it adds to the lock time, at least and at most."""
        deltas = [hop.cltv_expiry_delta for hop in self.hops]
        return min(deltas), max(deltas)


class Lane(Struct, frozen=True, kw_only=True):
    """
    One part: the places of its stops from the start to the payee.

    alone   the first and last of these stops between which no other part goes the same way; the channels between them are its own
    """

    path: PathShape
    stops: tuple[int, ...]
    alone: tuple[int, int]

    @property
    def own(self) -> tuple[int, ...]:
        """The stops that are on no other lane."""
        first, last = self.alone
        return self.stops[first + 1 : last]

    @property
    def ends(self) -> tuple[int, int]:
        """The stops where it leaves the others and where it meets them again."""
        first, last = self.alone
        return self.stops[first], self.stops[last]


class Lanes(Struct, frozen=True, kw_only=True):
    """All parts of one payment, those next to each other that have most in common."""

    lanes: tuple[Lane, ...]
    stops: tuple[Stop, ...]
    """The start first, the payee last."""

    @property
    def shared(self) -> dict[tuple[int, int], tuple[int, ...]]:
        """From stop to stop where several parts may go together: the lanes that do."""
        together: dict[tuple[int, int], tuple[int, ...]] = {}
        for number, lane in enumerate(self.lanes):
            first, last = lane.alone
            steps = list(zip(lane.stops, lane.stops[1:], strict=False))
            for step in (*steps[:first], *steps[last:]):
                together[step] = (*together.get(step, ()), number)
        return together


def lay_lanes(paths: Sequence[PathShape]) -> Lanes:
    """Find where the parts of one payment run together. They all lead to one payee."""
    ordered = in_lane_order(paths)
    ways = [_stops_of(path, number, bounds) for number, (path, bounds) in enumerate(zip(ordered, _bounds(ordered), strict=True))]
    keys = list(dict.fromkeys(key for way, _alone in ways for key in way[:-1]))
    places = {key: place for place, key in enumerate([*keys, ways[0][0][-1]], start=START + 1)}
    lanes = tuple(
        Lane(path=path, stops=(START, *(places[key] for key in way)), alone=alone) for path, (way, alone) in zip(ordered, ways, strict=True)
    )
    met: dict[int, list[tuple[int, HopShape]]] = {}
    for number, lane in enumerate(lanes):
        for place, hop in zip(lane.stops[1:], lane.path.hops, strict=True):
            met.setdefault(place, []).append((number, hop))
    stops = [Stop(hops=tuple(hop for _lane, hop in met[place]), lanes=tuple(lane for lane, _hop in met[place])) for place in sorted(met)]
    return Lanes(lanes=lanes, stops=(Stop(hops=(), lanes=tuple(range(len(lanes)))), *stops))


def in_lane_order(paths: Sequence[PathShape]) -> list[PathShape]:
    """The parts as they are numbered on a page: as they came, but next to each one that which shares most of its way."""
    ordered, left = list(paths[:1]), list(paths[1:])
    while left:
        ordered.append(left.pop(max(range(len(left)), key=lambda place: (_in_common(ordered[-1], left[place]), -place))))
    return ordered


def _in_common(one: PathShape, other: PathShape) -> int:
    heads = zip(_heads(one), _heads(other), strict=False)
    tails = zip(reversed(_tails(one)), reversed(_tails(other)), strict=False)
    return sum(mine == theirs for mine, theirs in (*heads, *tails))


_Key = tuple[str, tuple[str, ...]]


def _heads(path: PathShape) -> list[_Key]:
    """For each stop the channels that lead to it from the start."""
    channels = tuple(hop.short_channel_id for hop in path.hops)
    return [("head", channels[: place + 1]) for place in range(len(channels))]


def _tails(path: PathShape) -> list[_Key]:
    """For each stop the nodes from it to the payee."""
    nodes = tuple(hop.node_id for hop in path.hops)
    return [("tail", nodes[place:]) for place in range(len(nodes))]


def _stops_of(path: PathShape, number: int, bounds: tuple[int, int]) -> tuple[list[_Key], tuple[int, int]]:
    """What tells this path's stops from all others, and between which of them it is alone."""
    (before, after), inner = bounds, len(path.hops) - 1
    own: list[_Key] = [("own", (str(number), str(place))) for place in range(before, inner - after)]
    return [*_heads(path)[:before], *own, *_tails(path)[inner - after :]], (before, 1 + inner - after)


def _bounds(paths: Sequence[PathShape]) -> list[tuple[int, int]]:
    """Of each path how many stops it shares at its beginning, and at its end before the payee. What could be both counts as its end."""
    often = Counter(key for path in paths for key in _tails(path))
    afters = [sum(often[key] > 1 for key in _tails(path)[:-1]) for path in paths]
    heads = [_heads(path)[: len(path.hops) - 1 - after] for path, after in zip(paths, afters, strict=True)]
    often = Counter(key for keys in heads for key in keys)
    return [(sum(often[key] > 1 for key in keys), after) for keys, after in zip(heads, afters, strict=True)]
