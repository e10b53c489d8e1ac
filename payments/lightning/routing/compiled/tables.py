"""
The tables that kernels read and write, as tuples of arrays: what is the same for every question, and what belongs to one thread.

A step is one direction of a channel that may be used. Its figures lie in 16 numbers of 4 bytes, one line of the processor's cache, twice:
grouped by the node it leads to, which is how the search goes, and by the node it leads away from, which is how it looks ahead. Whole
numbers that must be exact lie in the same rows, seen as int32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]
Places = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

FIELDS = 16
"""Numbers in a row."""
BASE, PPM = 0, 1
"""fee_base_msat and fee_ppm, as uint32."""
HTLC_MINIMUM, HTLC_MAXIMUM = 2, 3
"""msat; the maximum is not above the capacity. Rounded to the side that lets too much through: whole numbers judge last."""
INVERSE_ROOM = 4
"""SATURATED / msat of all that the channel holds, or of the largest HTLC where nobody knows: what saturation is measured against."""
INVERSE_CAPACITY, F_MOST, INVERSE_SPREAD, LEAST_LIQUIDITY = 5, 6, 7, 8
"""What is believed: 1 / msat, F at the most it may hold, 1 / (F there less F at the least), and that least in msat. See `price`."""
MOST_LIQUIDITY = 9
"""And the most in msat: more is held for impossible."""
PENALTY = 10
"""What it costs to go there at all, in msat."""
DELTA, SOURCE, TARGET, HALF, NUMBER = 11, 12, 13, 14, 15
"""int32: cltv_expiry_delta, both nodes, the half in the map's arrays, and the step's number: its place among those by target."""

RATE, FLAT, OTHER, PLACE = range(4)
"""Of a brief: fee_ppm and fee_base_msat as uint32, the node at the step's other end, and the place of its row."""

EXTRA_NODES = 128
"""Places behind the map's nodes for those that only route hints know, and one for ourselves."""

AMOUNT, MAX_AMOUNT, FINAL_DELTA, MAX_DELTA, MAX_HOPS = range(5)
"""Of a question's numbers: msat at the payee and at most with fees, blocks at the payee and at most, channels at most."""
PER_FEE, PER_PENALTY, PER_BLOCK, PER_HOP = range(5, 9)
"""What is minimised: so much for each msat of fee and of penalty, each block and each channel of others."""
PENALTY_PPM, LIQUIDITY, LIQUIDITY_PPM, IMPOSSIBLE = range(9, 13)
"""Prices in msat, or for a million msat of the amount: of any step, of a tenfold smaller chance (two), of what is held for impossible."""
SATURATION_POWER, PAYER, PAYEE, BUDGET, IS_CROWDED, USES_ALL, IS_BETWEEN, OUR_CHANNELS, HINTS, BARRED = range(13, 23)
SATURATION, LEAST_PENALTY = 23, 24
"""
How full a channel may be; nodes; how far to look ahead; whether something is taken, dead ends count, the payer is a node of the map; how
many; and how full a channel may be as the rows count it, and what any step costs in penalties at least.
"""
QUESTION_SIZE = 25
SATURATED = 1 << 20
"""A full channel, as `SATURATION` counts."""

COST, BEFORE_LIMIT, GENERATION = range(3)
"""Of an answer's numbers: what the way costs, the least cost at which a limit turned the search back, how many searches there were."""
JOINT, IS_JOINED, CHANNEL = 3, 4, 5
"""From which node on the way is as found from the payee, whether what was seen ahead leads there, and which channel of ours begins it."""
IS_SURE = 6
"""Whether no limit stood before the way that was found, or before that there is none."""
FIRST_STEP, ONWARD = 7, 8
"""The payer's own step to that node, where it is on the map, and the step by which the way leads on from there; or NONE."""
MEETS_MINIMUM = 9
"""Whether some step would have carried more, and not as little as it was asked to."""
ANSWER_SIZE = 10

NONE = -1
"""No step, no node."""
OUR_CHANNEL = -2
"""In place of a step: a channel of ours leads here."""
STEP, STAMP, HOPS, BLOCKS = range(4, 8)
"""Of a label, seen as int32; before them are its cost and its amount."""


class Grid(NamedTuple):
    """Steps by place: their rows, the same seen as int32, and the number of the first."""

    rows: Rows
    ints: Places
    first: int


class Chart(NamedTuple):
    """
    What is the same for every question: all steps by the node they lead to, and by the node they lead away from.

    Node i's are at `start[i]` to `start[i + 1]`; those before `core[i]` are to or from nodes that lead on to others.

    brief    [steps, 4] int32: what decides about most steps, four to a line of the cache, in the same groups; in each the cheapest first
    """

    into: Grid
    into_start: Places
    into_core: Places
    into_brief: Places
    out: Grid
    out_start: Places
    out_core: Places
    out_brief: Places


class Ahead(NamedTuple):
    """
    What lies before the payer: at least how much it costs to get to a node.

    mark     [n, 2]: the step by which, among those by source; and twice the generation, one more once it is settled
    state    generation, radius: every node that is not settled costs at least the radius
    """

    cost: Reals
    mark: Places
    state: Reals


class Back(NamedTuple):
    """
    The search from the payee: what it costs to get there from a node.

    label    [n, 4], also seen as int32: cost, amount, then STEP, STAMP, HOPS, BLOCKS
    near     [n, 2]: where the payer's steps to this node begin, and the generation in which that was written
    found    the steps of the way from the payer on; the payer's own is among them only where it is on the map
    """

    label: Reals
    label_int: Places
    near: Places
    found: Places
    answer: Reals


class Heap(NamedTuple):
    """A heap with four children a node: half as deep as with two, and siblings lie side by side."""

    key: Reals
    node: Places


class Beside(NamedTuple):
    """
    What a question adds to the map, or takes from it.

    peer     whom our channels lead to, the same side by side, the smallest channel first
    range    [k, 2]: the least and the most that each of them adds, in msat
    stamp    [steps]: the generation in which something was taken of a step
    taken    [steps]: how much, in msat
    barred   nodes that must not be on the way
    """

    question: Reals
    peer: Places
    range: Reals
    hints: Grid
    stamp: Places
    taken: Reals
    barred: Places


class Desk(NamedTuple):
    """All that one search has before it."""

    chart: Chart
    ahead: Ahead
    back: Back
    heap: Heap
    beside: Beside
