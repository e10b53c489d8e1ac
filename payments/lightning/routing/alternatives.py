"""
Other ways to pay the same: the cheapest, the likeliest, the one with fewest hops, and one in two parts, beside what would be sent.

Each is found by the same search within the same limits, with another aim, and can be sent exactly as it is. Ways that several aims lead to
are one alternative with several names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path, Route
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way


class Virtue(StrEnum):
    """What a route is chosen for."""

    BALANCED = "balanced"
    """Fee and chance weighed against each other: what is sent when nobody chooses."""
    CHEAPEST = "cheapest"
    LIKELIEST = "likeliest"
    FEWEST_HOPS = "fewest_hops"
    FEWEST_PARTS = "fewest_parts"
    """Of several parts: the fewer there are, the fewer can fail."""
    IN_PARTS = "in_parts"


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """A route and everything that speaks for it."""

    virtues: tuple[Virtue, ...]
    route: Route


_AIMS = {Virtue.CHEAPEST: Aim.FEE, Virtue.LIKELIEST: Aim.FEAR, Virtue.FEWEST_HOPS: Aim.LENGTH}
_PARTS = 2


def find_alternatives(terrain: Terrain, params: RouteParameters, *, finder: Finder) -> Iterator[tuple[Virtue, Route]]:
    """For each aim the route that serves it best, over one path, and one in parts: as far as there are such within the limits."""
    task = Task.of(params)
    for virtue, aim in _AIMS.items():
        way = finder.cheapest(terrain, task, aim=aim)
        if way is not None:
            yield virtue, Route(paths=(way.path(task.amount_msat),))
    if params.payment_params.allows_parts and task.amount_msat >= _PARTS:
        paths = _in_parts(terrain, task, finder)
        if paths is not None:
            yield Virtue.IN_PARTS, Route(paths=paths)


def merged(found: Iterable[tuple[Virtue, Route]]) -> tuple[Alternative, ...]:
    """Each route once, with all that speaks for it, in the order in which they were found."""
    virtues: dict[Route, list[Virtue]] = {}
    for virtue, route in found:
        virtues.setdefault(route, []).append(virtue)
    return tuple(Alternative(virtues=tuple(names), route=route) for route, names in virtues.items())


def _in_parts(terrain: Terrain, task: Task, finder: Finder) -> tuple[Path, ...] | None:
    """Two halves over channels that have nothing in common, so that one channel cannot stop both."""
    half_msat = task.amount_msat // _PARTS
    first = finder.cheapest(terrain, msgspec.structs.replace(task, amount_msat=half_msat))
    if first is None:
        return None
    path = first.path(half_msat)
    limits = msgspec.structs.replace(task.limits, fee_msat=task.limits.fee_msat - path.fee_msat)
    rest = msgspec.structs.replace(task, amount_msat=task.amount_msat - half_msat, limits=limits)
    second = _beside(first, terrain, rest, finder)
    return None if second is None else (path, second.path(rest.amount_msat))


def _beside(first: Way, terrain: Terrain, rest: Task, finder: Finder) -> Way | None:
    taken = {first.first_hop.short_channel_id, *(half.channel.short_channel_id for half in first.halves)}
    return finder.cheapest(terrain.without(taken), rest)
