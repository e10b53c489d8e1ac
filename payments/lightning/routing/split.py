"""
A payment in parts: several paths that together bring exactly the amount, under one limit on fees.

Parts are found in several manners, the best first: all at once, as a flow, where the search knows one, because that takes an early part
back to make room for two others; and one after the other, first with no channel of others filled beyond a quarter, for who takes all of one
rarely gets it; then with the least fees; last over the widest ways.

What is found does not depend on the limit on fees, which only chooses among it. So a higher limit never loses what a lower one had.

BOLT 4, Basic Multi-Part Payments
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from payments.lightning.routing.brim import brim_of, brimful_parts
from payments.lightning.routing.enough_room import could_carry
from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.flowing import flowing_parts
from payments.lightning.routing.in_turn import even_parts, parts_in_turn, widest_parts
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import Part, fee_msat, paths_of, price_msat
from payments.lightning.routing.route import Path
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.units import MAX_MSAT


def split(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> tuple[Path, ...] | None:
    """The paths of a payment in parts, of the first manner that finds any within the limit on fees; None when none does."""
    for manner in _manners(terrain, params, limits, finder):
        within = [parts for parts in manner if fee_msat(parts) <= limits.fee_msat]
        if within:
            return paths_of(min(within, key=lambda parts: price_msat(terrain, parts, finder)))
    return None


def least_fee_msat(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> int | None:
    """The least limit on fees with which `split` finds parts; None when no limit helps."""
    fees_msat = (fee_msat(parts) for manner in _manners(terrain, params, limits, finder) for parts in manner)
    return min(fees_msat, default=None)


def flowing_within(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> list[Part] | None:
    """The parts by which the amount flows at the least price, within the limit on fees; None when it does not or nobody can say."""
    parts = flowing_parts(terrain, _task(params, limits), params.payment_params.max_path_count, finder=finder, aim=Aim.PRICE)
    return None if parts is None or fee_msat(parts) > limits.fee_msat else parts


def even_splits(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> Iterator[tuple[Path, ...]]:
    """Equal parts of a payment that one path could carry too, so that no channel carries all of it."""
    found = even_parts(terrain, _task(params, limits), params.payment_params.max_path_count, finder=finder)
    return (paths_of(parts) for parts in found if fee_msat(parts) <= limits.fee_msat)


def _manners(terrain: Terrain, params: RouteParameters, limits: Limits, finder: Finder) -> Iterator[Iterator[list[Part]]]:
    """By each manner what it finds: none, one or several."""
    most, task = params.payment_params.max_path_count, _task(params, limits)
    saturated = terrain.saturated(params.payment_params.max_channel_saturation_power_of_half)
    if not could_carry(terrain, params, limits, finder):
        return
    brim = brim_of(terrain, task, most, finder=finder)
    if brim is not None and brim.is_near:
        if not brim.is_above:
            yield brimful_parts(terrain, task, brim.ways)
        return
    yield _flowing(terrain, task, most, finder, Aim.PRICE)
    for ground, aim in ((saturated, Aim.PRICE), (terrain, Aim.PRICE), (terrain, Aim.FEE)):
        yield parts_in_turn(ground, task, most, finder=finder, aim=aim)
    yield _flowing(terrain, task, most, finder, Aim.FEE)
    yield widest_parts(terrain, task, most, finder=finder) if brim is None else brimful_parts(terrain, task, brim.ways)


def _task(params: RouteParameters, limits: Limits) -> Task:
    return Task.of(params, structs.replace(limits, fee_msat=MAX_MSAT))


def _flowing(terrain: Terrain, task: Task, most: int, finder: Finder, aim: Aim) -> Iterator[list[Part]]:
    parts = flowing_parts(terrain, task, most, finder=finder, aim=aim)
    if parts is not None:
        yield parts
