"""
What to do where a limit stopped the search: a closer look, prepared as far as it is needed.

As in the readable search the labels of dearer but faster or shorter ways are kept only once the search has turned back at such a limit.
"""

from __future__ import annotations

import numpy as np

from payments.lightning.routing.compiled.ahead import look_ahead
from payments.lightning.routing.compiled.back import search
from payments.lightning.routing.compiled.closer import KEEPS_FASTER, KEEPS_SHORTER, STEPS_LEFT, Closer, look_closer, read_labels
from payments.lightning.routing.compiled.tables import (
    AMOUNT,
    BEFORE_LIMIT,
    BUDGET,
    CHANNEL,
    COST,
    MAX_AMOUNT,
    NONE,
    PAYEE,
    PER_BLOCK,
    PER_FEE,
    PER_HOP,
    PER_PENALTY,
    USES_ALL,
    Ahead,
    Desk,
)
from payments.lightning.routing.search import MAX_STEPS

_FEW = 12
"""Nodes to look at ahead."""
_WEIGHTS = slice(PER_FEE, PER_HOP + 1)
assert tuple(range(PER_FEE, PER_HOP + 1)) == (PER_FEE, PER_PENALTY, PER_BLOCK, PER_HOP)


def cheaper(desk: Desk, closer: Closer) -> int | None:
    """
    How many steps a cheaper way has than the one that was just found, past limits that stopped that search; None when there is none.

    What was seen ahead is enough here: the price of the known way bounds where to look.
    """
    for ahead in (closer.fee, closer.delay, closer.length):
        ahead.state[:] = ahead.state[0] + 1, 0
    return _cheapest(desk, closer)


def is_hopeless(desk: Desk) -> bool:
    """Whether even the way with the least fees is over the limit on fees, whatever it costs in penalties. A search like any other."""
    question = desk.beside.question
    asked = question.copy()
    question[_WEIGHTS], question[MAX_AMOUNT], question[BUDGET] = (1, 0, 0, 0), np.inf, _FEW
    search(desk)
    answer = desk.back.answer
    question[:] = asked
    # What was turned back at another limit would have cost no less than the price at which that happened.
    return bool(min(answer[COST], answer[BEFORE_LIMIT]) >= asked[MAX_AMOUNT] - asked[AMOUNT] + 1)


def cheapest_within_limits(desk: Desk, closer: Closer) -> int | None:
    """How many steps the cheapest way has, which are then in `desk.back.found`; None when there is none. After a search."""
    desk.back.answer[COST] = np.inf
    _look_everywhere_ahead(desk, closer)
    return _cheapest(desk, closer)


def _cheapest(desk: Desk, closer: Closer) -> int | None:
    label = _look(desk, closer, keeps_more=False)
    spent = closer.cost[label] if label != NONE else desk.back.answer[COST]
    count = read_labels(desk, closer, label) if label != NONE else None
    if desk.back.answer[BEFORE_LIMIT] >= spent:
        return count
    found, channel = desk.back.found[: count or 0].copy(), desk.back.answer[CHANNEL]
    label = _look(desk, closer, keeps_more=True)
    if label != NONE:
        return read_labels(desk, closer, label)
    desk.back.found[: count or 0], desk.back.answer[CHANNEL] = found, channel
    return count


def _look(desk: Desk, closer: Closer, *, keeps_more: bool) -> int:
    closer.tally[KEEPS_FASTER] = closer.tally[KEEPS_SHORTER] = keeps_more
    closer.tally[STEPS_LEFT] = MAX_STEPS
    desk.back.answer[BEFORE_LIMIT] = np.inf
    return int(look_closer(desk, closer))


def _look_everywhere_ahead(desk: Desk, closer: Closer) -> None:
    """By price, fee, delay and length, for every node and without regard to dead ends."""
    question = desk.beside.question
    payee, weights = question[PAYEE], question[_WEIGHTS].copy()
    question[PAYEE], question[BUDGET], question[USES_ALL] = -1, np.inf, True
    look_ahead(desk)
    _look_ahead(desk, closer.fee, (1, 0, 0, 0))
    _look_ahead(desk, closer.delay, (0, 0, 1, 0))
    _look_ahead(desk, closer.length, (0, 0, 0, 1))
    question[PAYEE], question[_WEIGHTS] = payee, weights


def _look_ahead(desk: Desk, ahead: Ahead, weights: tuple[int, int, int, int]) -> None:
    desk.beside.question[_WEIGHTS] = weights
    look_ahead(desk._replace(ahead=ahead))
