"""
A payment in parts, when no single path carries it: several paths that together bring exactly the amount, under one limit on fees.

Parts are found one after the other on a terrain that remembers what the earlier ones take, so that no channel is counted on twice. Each
search asks for the least share that still lets the slots left suffice, and what it finds is then filled as far as it goes; few parts are
tried before many, and at the end no part is kept that the others could do without. First no channel of others is filled beyond a quarter,
for who takes all of a channel rarely gets it; then that is given up; last come the widest ways, whatever their fee within the limit.

What this cannot do: take back an early part to make room for two later ones. It may miss a split that a flow computation would find.

BOLT 4, Basic Multi-Part Payments
"""

from __future__ import annotations

import msgspec

from payments.lightning.routing.amounts import last_that_goes
from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path
from payments.lightning.routing.search import Limits, Terrain
from payments.lightning.routing.way import Way


class Part(msgspec.Struct, frozen=True):
    """A way, and how much of the payment goes over it."""

    way: Way
    amount_msat: int


def split(terrain: Terrain, params: RouteParameters, limits: Limits, *, finder: Finder) -> tuple[Path, ...] | None:
    """The paths of a payment in parts, in the order in which they were found; None when none were."""
    task = Task.of(params, limits)
    most = params.payment_params.max_path_count
    saturated = terrain.saturated(params.payment_params.max_channel_saturation_power_of_half)
    if could_carry(terrain, task.amount_msat, limits, finder):
        for ground, aim in ((saturated, Aim.PRICE), (terrain, Aim.PRICE), (terrain, Aim.FEE)):
            for slots in _slot_counts(most):
                if parts := _cheapest_parts(ground, task, slots, finder=finder, aim=aim):
                    return _paths(_without_needless(ground, task, parts))
        if parts := _widest_parts(terrain, task, most, finder=finder):
            return _paths(_without_needless(terrain, task, parts))
    return None


def could_carry(terrain: Terrain, amount_msat: int, limits: Limits, finder: Finder) -> bool:
    """Whether our channels and those into the payee are large enough, all taken together. Quickly said, and often the end of it."""
    ours_msat = [max(terrain.first_hop_limit_msat(hop), limits.first_hop_msat) for peer in terrain.peers() for hop in terrain.ours_to(peer)]
    direct_msat = [max(terrain.first_hop_limit_msat(hop), limits.first_hop_msat) for hop in terrain.ours_to(terrain.payee)]
    return amount_msat <= sum(ours_msat) and amount_msat <= sum(direct_msat) + finder.into_payee_msat(terrain)


def widest_parts_msat(terrain: Terrain, params: RouteParameters, finder: Finder) -> int:
    """What the widest ways carry together, one after the other, as many as a payment may have parts."""
    total_msat = 0
    for _ in range(params.payment_params.max_path_count):
        way = finder.widest(terrain, final_cltv_expiry_delta=params.payment_params.final_cltv_expiry_delta)
        if way is None:
            break
        amount_msat = way.most_msat(terrain)
        total_msat += amount_msat
        terrain = terrain.carrying(way.path(amount_msat), first_hop=way.first_hop)
    return total_msat


def _slot_counts(most: int) -> list[int]:
    """How many parts are tried at most: few first."""
    return [*(count for count in (2, 4) if count < most), most]


def _cheapest_parts(terrain: Terrain, task: Task, slots: int, *, finder: Finder, aim: Aim) -> list[Part] | None:
    parts: list[Part] = []
    while task.amount_msat:
        share_msat = -(-task.amount_msat // (slots - len(parts)))
        way = finder.cheapest(terrain, msgspec.structs.replace(task, amount_msat=share_msat), aim=aim, is_plain=True)
        if way is None:
            return None
        part = _filled(way, terrain, task, share_msat)
        parts.append(part)
        terrain, task = _after(terrain, task, part)
    return parts


def _widest_parts(terrain: Terrain, task: Task, slots: int, *, finder: Finder) -> list[Part] | None:
    parts: list[Part] = []
    while task.amount_msat:
        way = finder.widest(terrain, final_cltv_expiry_delta=task.final_cltv_expiry_delta) if len(parts) < slots else None
        if way is None:
            return None
        part = Part(way, min(task.amount_msat, way.most_msat(terrain)))
        if not way.allows(part.amount_msat, task.limits):
            return None
        parts.append(part)
        terrain, task = _after(terrain, task, part)
    return parts


def _filled(way: Way, terrain: Terrain, task: Task, share_msat: int) -> Part:
    """
    As much over this way as it carries within the fee limit, and at least the share for which it was found.

    What is left after it is nothing or a share at least: a rest of a few msat would be below every minimum.
    """
    most_msat = min(task.amount_msat, way.most_msat(terrain))
    if most_msat > share_msat and way.fee_msat(most_msat) > task.limits.fee_msat:
        most_msat = last_that_goes(lambda amount_msat: way.fee_msat(amount_msat) <= task.limits.fee_msat, low=share_msat, high=most_msat)
    if 0 < task.amount_msat - most_msat < share_msat:
        most_msat = task.amount_msat - share_msat
    return Part(way, max(most_msat, share_msat))


def _after(terrain: Terrain, task: Task, part: Part) -> tuple[Terrain, Task]:
    """What is left to do, and to do it with, once this part is planned."""
    left = msgspec.structs.replace(
        task,
        amount_msat=task.amount_msat - part.amount_msat,
        limits=msgspec.structs.replace(task.limits, fee_msat=task.limits.fee_msat - part.way.fee_msat(part.amount_msat)),
    )
    return terrain.carrying(part.way.path(part.amount_msat), first_hop=part.way.first_hop), left


def _without_needless(terrain: Terrain, task: Task, parts: list[Part]) -> list[Part]:
    """The same amount in no more parts than these ways need, the smallest given up first."""
    for small in [part.way for part in sorted(parts, key=lambda part: part.amount_msat)]:
        others = [part.way for part in parts if part.way is not small]
        parts = _refilled(terrain, task, others) or parts
    return parts


def _refilled(terrain: Terrain, task: Task, ways: list[Way]) -> list[Part] | None:
    """The amount over these ways alone, each filled in turn; None when they do not carry it."""
    parts = []
    for way in ways:
        part = Part(way, min(task.amount_msat, way.most_msat(terrain)))
        if part.amount_msat <= 0 or not way.allows(part.amount_msat, task.limits):
            return None
        parts.append(part)
        terrain, task = _after(terrain, task, part)
    return None if task.amount_msat else parts


def _paths(parts: list[Part]) -> tuple[Path, ...]:
    return tuple(part.way.path(part.amount_msat) for part in parts)
