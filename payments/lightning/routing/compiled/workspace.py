"""
What a search writes on: one set of tables for each thread, made once and never cleared.

Whatever is written carries the generation of the search that wrote it, so that a new search begins by counting one up.
"""

from __future__ import annotations

import numpy as np

from payments.lightning.graph.arrays import GraphArrays
from payments.lightning.routing.compiled.brim import TALLY_SIZE as BRIM_TALLY_SIZE
from payments.lightning.routing.compiled.brim import Brim
from payments.lightning.routing.compiled.closer import LABEL_SIZE, TALLY_SIZE, Closer
from payments.lightning.routing.compiled.rows import Steps, maximum_msat_of
from payments.lightning.routing.compiled.stretches import STRETCHES, Flow
from payments.lightning.routing.compiled.stretches import TALLY_SIZE as FLOW_TALLY_SIZE
from payments.lightning.routing.compiled.tables import (
    ANSWER_SIZE,
    EXTRA_NODES,
    FIELDS,
    QUESTION_SIZE,
    Ahead,
    Back,
    Beside,
    Chart,
    Desk,
    Grid,
    Heap,
)
from payments.lightning.units import MAX_MSAT

MAX_HINTS = 256
"""Hinted steps of one question. 256: more than an invoice that fits into a QR code can hold."""
MAX_LABELS = 1 << 17
"""Labels of one closer look: some for each node of mainnet."""
MAX_OUR_CHANNELS = 16_384
"""Channels of ours. More than any node has."""


def ahead_of(node_count: int) -> Ahead:
    """Room for what one look ahead finds."""
    every = node_count + EXTRA_NODES
    return Ahead(cost=np.zeros(every), mark=np.full((every, 2), -1, np.int32), state=np.zeros(2))


def desk_of(chart: Chart) -> Desk:
    """Room for searches of one thread."""
    every = len(chart.into_core)
    steps = len(chart.into.rows)
    label = np.zeros((every, 4))
    hints = np.zeros((MAX_HINTS, FIELDS), np.float32)
    back = Back(
        label=label,
        label_int=label.view(np.int32),
        near=np.full((every, 2), -1, np.int32),
        found=np.zeros(2 * every, np.int32),
        answer=np.zeros(ANSWER_SIZE),
    )
    beside = Beside(
        question=np.zeros(QUESTION_SIZE),
        peer=np.zeros(MAX_OUR_CHANNELS, np.int32),
        range=np.zeros((MAX_OUR_CHANNELS, 2)),
        hints=Grid(hints, hints.view(np.int32), steps),
        stamp=np.zeros(steps + MAX_HINTS, np.int32),
        taken=np.zeros(steps + MAX_HINTS),
        barred=np.zeros(every, np.int32),
    )
    # Every step is looked at from one side at most once for each time that its node gets a better label.
    room = 4 * steps + every + MAX_OUR_CHANNELS + 64
    return Desk(
        chart=chart,
        ahead=ahead_of(every - EXTRA_NODES),
        back=back,
        heap=Heap(key=np.zeros(room), node=np.zeros(room, np.int32)),
        beside=beside,
    )


def closer_of(steps: Steps, graph: GraphArrays) -> Closer:
    """Room for closer looks of one thread, and the limits of a map's steps in whole numbers; hints have none."""
    count = len(steps.half) + MAX_HINTS
    minimum_msat, maximum_msat, room_msat = np.zeros(count, np.int64), np.full(count, MAX_MSAT), np.full(count, MAX_MSAT)
    minimum_msat[: len(steps.half)] = graph.htlc_minimum_msat[steps.half]
    maximum_msat[: len(steps.half)] = maximum_msat_of(graph, steps.half)
    room_msat[: len(steps.half)] = steps.room_msat
    every = graph.node_count + EXTRA_NODES
    return Closer(
        cost=np.zeros(MAX_LABELS),
        amount_msat=np.zeros(MAX_LABELS, np.int64),
        label=np.zeros((MAX_LABELS, LABEL_SIZE), np.int32),
        rivals=np.full((every, 2), -1, np.int32),
        tally=np.zeros(TALLY_SIZE, np.int64),
        fee=ahead_of(graph.node_count),
        delay=ahead_of(graph.node_count),
        length=ahead_of(graph.node_count),
        minimum_msat=minimum_msat,
        maximum_msat=maximum_msat,
        room_msat=room_msat,
    )


def flow_of(chart: Chart) -> Flow:
    """Room for flows of one thread."""
    every, steps = len(chart.into_core), len(chart.into.rows) + MAX_HINTS
    return Flow(
        turn=np.zeros(steps, np.int32),
        width=np.zeros((steps, STRETCHES), np.int32),
        cost=np.zeros((steps, STRETCHES), np.int64),
        carried=np.zeros(steps, np.int32),
        used=np.zeros(steps, np.int32),
        room=np.zeros(MAX_OUR_CHANNELS, np.int32),
        sends=np.zeros(MAX_OUR_CHANNELS, np.int32),
        price=np.zeros(every, np.int64),
        far=np.zeros(every, np.int64),
        via=np.zeros(every, np.int32),
        flows=np.zeros(every, np.int32),
        is_done=np.zeros(every, np.int32),
        tally=np.zeros(FLOW_TALLY_SIZE, np.int64),
    )


def brim_of(chart: Chart) -> Brim:
    """Room for largest flows of one thread."""
    every, steps = len(chart.into_core), len(chart.into.rows) + MAX_HINTS
    return Brim(
        turn=np.zeros(steps, np.int32),
        room=np.zeros(steps, np.int64),
        carried=np.zeros(steps, np.int64),
        used=np.zeros(steps, np.int32),
        sends=np.zeros(MAX_OUR_CHANNELS, np.int64),
        via=np.zeros(every, np.int32),
        seen=np.zeros(every, np.int64),
        flows=np.zeros(every, np.int32),
        queue=np.zeros(every, np.int32),
        tally=np.zeros(BRIM_TALLY_SIZE, np.int64),
    )
