"""
What can come into the payee: a sum over the rows of its channels, because every payment in parts asks for it first.

Exact, as the readable search adds it up channel by channel; no kernel has to run for it.
"""

from __future__ import annotations

import numpy as np

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.compiled.rows import Steps
from payments.lightning.routing.compiled.tables import NONE, SOURCE
from payments.lightning.routing.finder import room_msat
from payments.lightning.routing.search import Terrain


def into_payee_msat(terrain: Terrain, graph: GraphSnapshot, steps: Steps, *, barred: list[int]) -> int:
    """
    What other nodes' channels to the payee carry at most, all together.

    barred    the places of nodes that must not be on the way
    """
    hints = [half for half in terrain.hinted() if half.target == terrain.payee and terrain.may_use(half)]
    total_msat = sum(room_msat(half) - terrain.used_msat(half) for half in hints)
    payee = graph.node_place(terrain.payee)
    if payee is None or terrain.payee in terrain.excluded_nodes:
        return total_msat
    start, end = steps.chart.into_start[payee : payee + 2].tolist()
    scids = graph.short_channel_ids[steps.half[start:end] // 2]
    counts = ~np.isin(scids, list(terrain.excluded))
    counts &= ~np.isin(steps.chart.into.ints[start:end, SOURCE], barred)
    for (scid, source), used_msat in terrain.taken_msat.items():
        half = graph.half_place(scid, source=source)
        step = NONE if half is None else int(steps.step_of[half])
        if start <= step < end and counts[step - start]:
            total_msat -= used_msat
    return total_msat + int(steps.room_msat[start:end][counts].sum())
