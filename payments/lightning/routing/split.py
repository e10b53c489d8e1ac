"""
A payment in parts: several paths that together bring exactly the amount.

Parts are found in several manners: one after the other, first with no channel of others filled beyond a quarter, for who takes all of one
rarely gets it, and with the least fees; all at once, as a flow, where the search knows one, because that takes an early part back to make
room for two others; and over the widest ways. No manner is the best at everything, so all are tried, but for a flow with the least fees:
that takes as long as all others together.

The limit on fees is not looked at here: who chooses among what is found does.

BOLT 4, Basic Multi-Part Payments
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec import structs

from payments.lightning.routing.brim import brim_of, brimful_parts
from payments.lightning.routing.enough_room import could_carry
from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.flowing import flowing_parts
from payments.lightning.routing.in_turn import even_parts, parts_in_turn, widest_parts
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.parts import Part
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.units import MAX_MSAT


def split(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> Iterator[list[Part]]:
    """By each manner what it finds: none, one or several."""
    most, task = params.payment_params.max_path_count, _task(params, limits)
    if not could_carry(terrain, params, limits, finder):
        return
    brim = brim_of(terrain, task, most, finder=finder)
    if brim is None or not brim.is_near:
        gentle = terrain.saturated(params.payment_params.max_channel_saturation_power_of_half)
        for ground, aim in ((gentle, Aim.PRICE), (terrain, Aim.PRICE), (terrain, Aim.FEE)):
            yield from parts_in_turn(ground, task, most, finder=finder, aim=aim)
        flowing = flowing_parts(terrain, task, most, finder=finder, aim=Aim.PRICE)
        yield from (flowing,) if flowing is not None else ()
    if brim is None:
        yield from islice(even_parts(terrain, task, most, finder=finder), 1)
        yield from widest_parts(terrain, task, most, finder=finder)
    elif not brim.is_above:
        yield from brimful_parts(terrain, task, brim.ways)


def thriftiest_split(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> list[Part] | None:
    """The parts by which the amount flows for the least fees; None when it does not, nearly does not, or nobody can say."""
    most, task = params.payment_params.max_path_count, _task(params, limits)
    brim = brim_of(terrain, task, most, finder=finder) if could_carry(terrain, params, limits, finder) else None
    return None if brim is None or brim.is_near else flowing_parts(terrain, task, most, finder=finder, aim=Aim.FEE)


def _task(params: RouteParameters, limits: Limits) -> Task:
    return Task.of(params, structs.replace(limits, fee_msat=MAX_MSAT))
