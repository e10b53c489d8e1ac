"""
What a step costs: the price that the search minimises, for one direction of a channel and one amount.

Fees are whole msat in the search too, as long as no product exceeds 2^53; penalties and chances are floating point. Nothing of what is
computed here is ever paid: it only says which way, and what goes over that way is then computed in whole numbers.
"""

from __future__ import annotations

from math import floor, log2

import numpy as np

from payments.lightning.routing.compiled.jit import inlined
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BASE,
    F_MOST,
    IMPOSSIBLE,
    INVERSE_CAPACITY,
    INVERSE_ROOM,
    INVERSE_SPREAD,
    LEAST_LIQUIDITY,
    LEAST_PENALTY,
    LIQUIDITY,
    LIQUIDITY_PPM,
    MOST_LIQUIDITY,
    PENALTY,
    PENALTY_PPM,
    PER_BLOCK,
    PER_FEE,
    PER_HOP,
    PER_PENALTY,
    PPM,
    SATURATION,
    Places,
    Reals,
    Rows,
)

_LOG10_OF_2 = 0.30102999566398120
_HAIR = 1.0
"""Of SATURATED: so little more is let through, so that rounding bars nothing. Whole numbers judge last."""
_NEVER = 0.01
"""Chances below this are all alike."""


@inlined
def has_room(rows: Rows, step: int, amount: float, used: float, question: Reals) -> bool:
    """Whether a step that takes HTLCs of this amount has room for one beside what was taken of it."""
    return bool((amount + used) * rows[step, INVERSE_ROOM] <= question[SATURATION] + _HAIR)


@inlined
def fee_of(ints: Places, step: int, amount: float) -> float:
    """What its node takes, in msat, rounded down."""
    # The half keeps a product that is whole millions from falling just below itself; a true fraction is never so small.
    return float(np.uint32(ints[step, BASE])) + floor((amount * np.uint32(ints[step, PPM]) + 0.5) * 1e-6)


@inlined
def least_of(question: Reals) -> float:
    """At least what any step costs beside its node's fee, for any amount that the question can lead to. See `rate_of`."""
    # Fees are rounded down to whole msat.
    penalty = question[LEAST_PENALTY] + question[PENALTY_PPM] * question[AMOUNT] * 1e-6
    return float(penalty * question[PER_PENALTY] + question[PER_HOP] - question[PER_FEE])


@inlined
def rate_of(question: Reals) -> float:
    """At least what each millionth costs that a node asks. With `least_of`, and PER_FEE for its base, a bound from a step's brief alone."""
    return float(question[AMOUNT] * 1e-6 * question[PER_FEE])


@inlined
def certain_cost(rows: Rows, step: int, amount: float, fee: float, delta: float, question: Reals) -> float:
    """The price of a step less that of its chance: quickly said, and often too much already."""
    penalty = rows[step, PENALTY] + question[PENALTY_PPM] * amount * 1e-6
    return float(fee * question[PER_FEE] + penalty * question[PER_PENALTY] + delta * question[PER_BLOCK] + question[PER_HOP])


@inlined
def chance_cost(rows: Rows, step: int, amount: float, used: float, question: Reals) -> float:
    """And that of its chance."""
    cost = 0.0
    total = amount + used
    if total > rows[step, LEAST_LIQUIDITY] and question[PER_PENALTY] > 0.0:
        z = total * rows[step, INVERSE_CAPACITY] - 0.5
        squared = z * z
        fourth = squared * squared
        chance = (rows[step, F_MOST] - (z * fourth * fourth + z * 0.00390625)) * rows[step, INVERSE_SPREAD]
        fear = 2.0
        if chance > _NEVER:
            fear = 0.0 if chance >= 1.0 else -_LOG10_OF_2 * log2(chance)
        cost = fear * (question[LIQUIDITY] + question[LIQUIDITY_PPM] * amount * 1e-6)
        if total > rows[step, MOST_LIQUIDITY]:
            cost += question[IMPOSSIBLE]
        cost *= question[PER_PENALTY]
    return cost
