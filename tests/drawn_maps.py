"""Maps that nobody lives on: a few hubs, many leaves, prices of every kind, drawn from a seed."""

from __future__ import annotations

from functools import cache

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.sandbox.dice import Dice
from tests.graphs import Drawn, channel, network

_FEES_PPM = (0, 1, 50, 250, 1_000, 5_000)
_DELTAS_BLOCKS = (0, 14, 34, 40, 80, 144, 2_016)
_CAPACITIES_SAT = (20_000, 500_000, 2_000_000, 16_777_215, 1_000_000_000)
_MINIMA_MSAT = (0, 1, 1_000, 5_000_000)


@cache
def drawn_map(nodes: int, *, seed: bytes = b"map") -> GraphSnapshot:
    """A map of so many nodes that can all pay each other, some of them over channels that can be used one way only."""
    dice = Dice(seed)
    ends = ["node 0", "node 1"]
    lines = [_line("node 0", "node 1", dice)]
    for number in range(2, nodes):
        name = f"node {number}"
        for peer in {dice.choice(ends) for _ in range(1 + dice.below(4))} - {name}:
            lines.append(_line(name, peer, dice))
            ends += [name, peer]
    one_way = [_line(dice.choice(ends), "one way", dice, one_way=True), _line(dice.choice(ends), "switched off", dice, is_disabled=True)]
    return GraphSnapshot.of(network(*lines, *one_way))


def _line(left: str, right: str, dice: Dice, **terms: object) -> Drawn:
    capacity_sat = dice.choice(_CAPACITIES_SAT)
    return channel(
        left,
        right,
        **{
            "capacity_sat": capacity_sat,
            "fee_base_msat": dice.choice((0, 1_000)),
            "fee_proportional_millionths": dice.choice(_FEES_PPM),
            "cltv_expiry_delta": dice.choice(_DELTAS_BLOCKS),
            "htlc_minimum_msat": dice.choice(_MINIMA_MSAT),
            "htlc_maximum_msat": capacity_sat * dice.choice((1_000, 990, 500, 1)),
            **terms,
        },
    )
