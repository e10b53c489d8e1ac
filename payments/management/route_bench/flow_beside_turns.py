"""The two manners in which parts are found, the same amounts by each: whether the flow is worth its trouble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import structs

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.finder import Aim, Finder, Task
from payments.lightning.routing.flowing import flowing_parts
from payments.lightning.routing.in_turn import parts_in_turn
from payments.lightning.routing.parts import Part, fee_msat, price_msat
from payments.lightning.routing.search import Terrain
from payments.lightning.units import MAX_MSAT
from payments.management.route_bench.questions import Asked


def flow_beside_turns(graph: GraphSnapshot, finder: Finder, questions: Sequence[Asked]) -> str:
    """One line: how often a flow costs less, as much or more than parts that are found one after the other, and who finds any."""
    counts = Counter(_outcome(graph, finder, asked) for asked in questions)
    return (
        f"as a flow instead of in turn: cheaper {counts['cheaper']}, equal {counts['equal']}, dearer {counts['dearer']} times;"
        f" only as a flow {counts['only the flow']}, only in turn {counts['only in turn']}, neither {counts['neither']}"
    )


def _outcome(graph: GraphSnapshot, finder: Finder, asked: Asked) -> str:
    payment = asked.params.payment_params
    terrain = Terrain(graph, our_node_id=asked.payer, params=payment, first_hops=asked.first_hops)
    whole = Task.of(asked.params)
    task, most = structs.replace(whole, limits=structs.replace(whole.limits, fee_msat=MAX_MSAT)), payment.max_path_count
    flowing = flowing_parts(terrain, task, most, finder=finder, aim=Aim.PRICE)
    in_turn = _in_turn(terrain, task, most, finder, power=payment.max_channel_saturation_power_of_half)
    prices = [
        price_msat(terrain, parts, finder) if parts is not None and fee_msat(parts) <= whole.limits.fee_msat else None
        for parts in (flowing, next(in_turn, None))
    ]
    if prices[0] is None or prices[1] is None:
        return "neither" if prices == [None, None] else "only in turn" if prices[0] is None else "only the flow"
    return "cheaper" if prices[0] < prices[1] else "equal" if prices[0] == prices[1] else "dearer"


def _in_turn(terrain: Terrain, task: Task, most: int, finder: Finder, *, power: int) -> Iterator[list[Part]]:
    """In the order in which they were looked for before there were flows: gently first."""
    yield from parts_in_turn(terrain.saturated(power), task, most, finder=finder, aim=Aim.PRICE)
    yield from parts_in_turn(terrain, task, most, finder=finder, aim=Aim.PRICE)
