"""
What one lesson says about the balance of one channel, in whole msat.

A channel's money is on either side, so what is known of one direction is known of the other: what failed here is there, up to the reserves
that both sides must keep; what was carried here is not there; what was paid has moved. Where a lesson contradicts what was believed, money
has moved since: the lesson stands, and the belief it contradicts is dropped whole.
"""

from __future__ import annotations

from payments.lightning.scoring.lessons import Outcome

Known = tuple[int, int]
"""
Of one direction: (floor_msat, lack_msat). It can send floor_msat at least, and falls short of the capacity by lack_msat at least.

Both zero: nothing is known. Their sum is never more than the capacity. A bare tuple, because each attempt makes a dozen of them.
"""

NOTHING_KNOWN: Known = (0, 0)

_FAILURES = frozenset({Outcome.FAILED, Outcome.REFUSED})


def learn(here: Known, there: Known, *, outcome: Outcome, amount_msat: int, capacity_msat: int, reserve_msat: int) -> tuple[Known, Known]:
    """
    What is known of a direction (here) and of its reverse (there) after an amount was tried here.

    capacity_msat    positive; amounts beyond it teach nothing but that it could be filled
    reserve_msat     what the two sides keep back together
    """
    here, there = _within(here, capacity_msat), _within(there, capacity_msat)
    if amount_msat <= 0:
        return here, there
    if outcome in _FAILURES:
        if amount_msat > capacity_msat:
            return here, there
        at_most_msat = amount_msat - 1
        here = _with_lack(here, capacity_msat - at_most_msat, capacity_msat)
        if outcome is Outcome.REFUSED:
            return here, there
        return here, _with_floor(there, capacity_msat - at_most_msat - reserve_msat, capacity_msat)
    carried_msat = min(amount_msat, capacity_msat)
    here, there = _with_floor(here, carried_msat, capacity_msat), _with_lack(there, carried_msat, capacity_msat)
    if outcome is Outcome.CARRIED:
        return here, there
    return (here[0] - carried_msat, here[1] + carried_msat), (there[0] + carried_msat, there[1] - carried_msat)


def _within(known: Known, capacity_msat: int) -> Known:
    return known if known[0] + known[1] <= capacity_msat else NOTHING_KNOWN


def _with_floor(known: Known, floor_msat: int, capacity_msat: int) -> Known:
    known_floor_msat, lack_msat = known
    if floor_msat <= known_floor_msat:
        return known
    return floor_msat, lack_msat if floor_msat + lack_msat <= capacity_msat else 0


def _with_lack(known: Known, lack_msat: int, capacity_msat: int) -> Known:
    floor_msat, known_lack_msat = known
    if lack_msat <= known_lack_msat:
        return known
    return floor_msat if floor_msat + lack_msat <= capacity_msat else 0, lack_msat
