"""
Other ways to pay what is paid in parts: the cheapest, the likeliest, and the one with fewest parts, beside what would be sent.

Splits are found in several manners and no manner is the best at everything. So all of them are asked, one path included where it goes, and
of what can really be sent each virtue names the best. What would be sent is among them and keeps its place where nothing is better.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from payments.lightning.routing.alternatives import Virtue
from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.flowing import flowing_parts
from payments.lightning.routing.in_turn import even_parts, parts_in_turn, widest_parts
from payments.lightning.routing.likelihood import chance_of
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import Part, paths_of
from payments.lightning.routing.pinning import can_be_sent
from payments.lightning.routing.route import Route
from payments.lightning.routing.search import Terrain
from payments.lightning.scoring.scorer import ScoreLookUp
from payments.lightning.units import MAX_MSAT


def other_routes(terrain: Terrain, params: RouteParameters, *, finder: Finder) -> Iterator[Route]:
    """Whatever else can be sent within every limit, as far as it is found soon."""
    for parts in _found(terrain, params, finder):
        route = Route(paths=paths_of(parts))
        if can_be_sent(route, params, terrain):
            yield route


def best_of(routes: list[Route], terrain: Terrain, scorer: ScoreLookUp) -> Iterator[tuple[Virtue, Route]]:
    """For each virtue of parts the best of these, the first of those that are as good."""
    yield Virtue.CHEAPEST, min(routes, key=lambda route: route.total_fees_msat)
    chances = [chance_of(route.paths, terrain, scorer) for route in routes]
    known = [(chance, -place) for place, chance in enumerate(chances) if chance is not None]
    if known:
        yield Virtue.LIKELIEST, routes[-max(known)[1]]
    yield Virtue.FEWEST_PARTS, min(routes, key=lambda route: len(route.paths))


def _found(terrain: Terrain, params: RouteParameters, finder: Finder) -> Iterator[list[Part]]:
    task, most = Task.of(params), params.payment_params.max_path_count
    free = structs.replace(task, limits=structs.replace(task.limits, fee_msat=MAX_MSAT))
    flows = False
    for aim in (Aim.FEE, Aim.FEAR):
        way = finder.cheapest(terrain, task, aim=aim)
        if way is not None:
            yield [Part(way, task.amount_msat)]
        flowing = flowing_parts(terrain, free, most, finder=finder, aim=aim)
        if flowing is not None:
            flows = True
            yield flowing
    yield from parts_in_turn(terrain, free, most, finder=finder, aim=Aim.FEE)
    if not flows:  # what follows takes many searches and hardly ever finds what a flow does not
        yield from widest_parts(terrain, free, most, finder=finder)
        yield from even_parts(terrain, free, most, finder=finder)
