"""
What the scorer believes, written into the rows of a map's steps and kept up with it.

Prices that are the same for every step go into the question; what differs from step to step is in its row. After a lesson only the rows of
its channels are written again, after time has passed those of every channel of which anything was learnt.
"""

from __future__ import annotations

from threading import Lock

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from payments.lightning.graph.arrays import UNKNOWN, GraphArrays, Numbers
from payments.lightning.routing.compiled.rows import Steps, rounded_out
from payments.lightning.routing.compiled.tables import (
    F_MOST,
    INVERSE_CAPACITY,
    INVERSE_SPREAD,
    LEAST_LIQUIDITY,
    MOST_LIQUIDITY,
    PENALTY,
)
from payments.lightning.scoring.parameters import ScoringParameters
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer, ScoreLookUp
from payments.lightning.units import MAX_MSAT

_NO_SUCCESS_YET = 78 / 64
"""By how much a chance is divided where nothing is known to have been carried. See `scoring.chance`."""
_SMALLEST_SPREAD = 1e-12
"""Bounds that touch leave no spread to divide by."""


class Prices(Struct, frozen=True, kw_only=True):
    """What a scorer asks, as far as it is the same for all steps; the prices of LDK's probabilistic scorer."""

    base_penalty_msat: int
    base_penalty_amount_ppm: int
    liquidity_penalty_multiplier_msat: int = 0
    liquidity_penalty_amount_ppm: int = 0
    anti_probing_penalty_msat: int = 0
    considered_impossible_penalty_msat: int = 0

    @classmethod
    def of(cls, scorer: ScoreLookUp) -> Prices | None:
        """A scorer's prices; None for a scorer of a kind that cannot be written into rows."""
        match scorer:
            case FixedPenaltyScorer():
                return cls(base_penalty_msat=scorer.base_penalty_msat, base_penalty_amount_ppm=scorer.base_penalty_amount_ppm)
            case ProbabilisticScorer():
                return cls.of_parameters(scorer.parameters)
            case _:
                return None

    @classmethod
    def of_parameters(cls, parameters: ScoringParameters) -> Prices:
        """The same from a learning scorer's knobs."""
        return cls(
            base_penalty_msat=parameters.base_penalty_msat,
            base_penalty_amount_ppm=parameters.base_penalty_amount_ppm,
            liquidity_penalty_multiplier_msat=parameters.liquidity_penalty_multiplier_msat,
            liquidity_penalty_amount_ppm=parameters.liquidity_penalty_amount_ppm,
            anti_probing_penalty_msat=parameters.anti_probing_penalty_msat,
            considered_impossible_penalty_msat=parameters.considered_impossible_penalty_msat,
        )


def write_ignorance(steps: Steps, graph: GraphArrays, prices: Prices) -> None:
    """Write into every row what is believed of a channel that nobody has tried."""
    penalty_msat = np.full(len(steps.half), prices.base_penalty_msat, np.int64)
    maximum_msat = graph.htlc_maximum_msat[steps.half]
    tempts = (graph.capacity_sat[steps.half // 2] != UNKNOWN) & (2 * maximum_msat >= steps.room_msat)
    penalty_msat[tempts] += prices.anti_probing_penalty_msat
    into, out = steps.chart.into.rows, steps.chart.out.rows
    into[:, PENALTY] = penalty_msat
    into[:, INVERSE_CAPACITY] = 1 / steps.room_msat
    every = np.arange(len(steps.half))
    nothing = np.zeros(len(steps.half), np.int64)
    write_bounds(steps, every, floor_msat=nothing, lack_msat=nothing)
    if not prices.liquidity_penalty_multiplier_msat and not prices.liquidity_penalty_amount_ppm:
        into[:, LEAST_LIQUIDITY] = np.inf
    out[steps.twin, PENALTY] = into[:, PENALTY]
    out[steps.twin, INVERSE_CAPACITY] = into[:, INVERSE_CAPACITY]
    out[steps.twin, LEAST_LIQUIDITY] = into[:, LEAST_LIQUIDITY]


def write_bounds(steps: Steps, at: npt.NDArray[np.intp | np.int32], *, floor_msat: Numbers, lack_msat: Numbers) -> None:
    """Write what is known of some steps: what they send at least, and what they fall short of their capacity at least."""
    room_msat = steps.room_msat[at]
    most_msat = np.maximum(room_msat - lack_msat, 0)
    least_msat = np.minimum(floor_msat, most_msat)
    f_most, f_least = _mass_below(most_msat / room_msat), _mass_below(least_msat / room_msat)
    spread = (f_most - f_least) * np.where(least_msat <= 0, _NO_SUCCESS_YET, 1)
    # A hair too low where something was learnt: what failed must not look possible. Too high elsewhere: all of a channel is possible.
    down, up = rounded_out(most_msat, most_msat)
    most = np.where(lack_msat > 0, down, up)
    for rows, places in ((steps.chart.into.rows, at), (steps.chart.out.rows, steps.twin[at])):
        rows[places, F_MOST] = f_most
        rows[places, INVERSE_SPREAD] = 1 / np.maximum(spread, _SMALLEST_SPREAD)
        rows[places, LEAST_LIQUIDITY] = np.where(room_msat >= MAX_MSAT, np.inf, least_msat)
        rows[places, MOST_LIQUIDITY] = most


class Beliefs:
    """What one scorer believes, as of the last time that it was asked."""

    def __init__(self, steps: Steps, graph: GraphArrays, scorer: ScoreLookUp, prices: Prices) -> None:
        self.prices = prices
        self.falls = 0
        """Counts the times at which something may have become cheaper."""
        self._steps = steps
        self._graph = graph
        self._scorer = scorer if isinstance(scorer, ProbabilisticScorer) else None
        self._epoch = -1
        self._writing = Lock()
        write_ignorance(steps, graph, prices)

    def keep_up(self) -> None:
        """Write what has changed since. One thread writes; another one meanwhile searches by rows of which some are a lesson older."""
        scorer = self._scorer
        if scorer is None or scorer.epoch == self._epoch:
            return
        with self._writing:
            self._catch_up(scorer)

    def _catch_up(self, scorer: ProbabilisticScorer) -> None:
        known = scorer.knowledge.arrays(since=self._epoch)
        self._epoch = scorer.epoch
        scids = known.short_channel_ids.astype(np.int64)
        if not len(scids) or not self._graph.channel_count:
            return
        channel = np.minimum(np.searchsorted(self._graph.short_channel_ids, scids), self._graph.channel_count - 1)
        is_here = self._graph.short_channel_ids[channel] == scids
        self._write(channel[is_here], known.floors_msat[is_here], known.lacks_msat[is_here])
        self.falls += 1

    def _write(self, channel: npt.NDArray[np.intp], floors_msat: Numbers, lacks_msat: Numbers) -> None:
        for direction in (0, 1):
            step = self._steps.step_of[2 * channel + direction]
            used = step >= 0
            write_bounds(self._steps, step[used], floor_msat=floors_msat[used, direction], lack_msat=lacks_msat[used, direction])


def _mass_below(share: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """F of the density of balances, at this share of the capacity. See `scoring.chance`."""
    z = share - 0.5
    return z**9 + z / 256
