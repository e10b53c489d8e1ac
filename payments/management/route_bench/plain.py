"""
The price of every direction as libraries for graphs want it: one fixed number each, for one amount.

It is the price that our search minimises, at the amount that the payee gets: fees on fees are left out, because a weight that is fixed
beforehand cannot know them. So these searches do less than ours, and what they find may break a limit or be a little dearer.
"""

from __future__ import annotations

from math import log10

import numpy as np
import numpy.typing as npt

from payments.lightning.graph.arrays import UNKNOWN, USABLE, GraphArrays, sources
from payments.lightning.scoring.parameters import ScoringParameters
from payments.lightning.units import MAX_MSAT

Reals = npt.NDArray[np.float64]
_NO_SUCCESS_YET = 78 / 64
_NEVER = 0.01


class PlainPrices:
    """Directions that may be used, by the node they lead to, and what each costs. Names of columns as in GraphArrays."""

    def __init__(self, graph: GraphArrays, parameters: ScoringParameters | None = None) -> None:
        self._parameters = parameters or ScoringParameters()
        half = np.flatnonzero((graph.flags == USABLE) & (graph.htlc_maximum_msat != 0))
        half = half[np.argsort(sources(graph.node2, graph.node1)[half], kind="stable")]
        self.half = half
        self.node_count = graph.node_count
        self.source, self.target = sources(graph.node1, graph.node2)[half], sources(graph.node2, graph.node1)[half]
        self.base, self.ppm = graph.fee_base_msat[half].astype(float), graph.fee_ppm[half].astype(float)
        said_msat = np.where(graph.htlc_maximum_msat[half] == UNKNOWN, MAX_MSAT, graph.htlc_maximum_msat[half])
        capacity_sat = graph.capacity_sat[half // 2]
        is_known = capacity_sat != UNKNOWN
        self.room = np.where(is_known, capacity_sat * 1_000, said_msat).astype(float)
        self.least = graph.htlc_minimum_msat[half].astype(float)
        self.most = np.minimum(said_msat, self.room)
        tempts = is_known & (2 * said_msat >= self.room)
        self.step = self._parameters.base_penalty_msat + tempts * float(self._parameters.anti_probing_penalty_msat)

    def prices(self, amount_msat: int, *, payer: int) -> Reals:
        """All at once; infinite where the amount does not go. The payer's own channels cost nothing."""
        knobs, amount = self._parameters, float(amount_msat)
        z = amount / self.room - 0.5
        whole = 2 * (0.5**9 + 0.5 / 256) * _NO_SUCCESS_YET
        chance = (0.5**9 + 0.5 / 256 - (z**9 + z / 256)) / whole
        fear = -np.log10(np.clip(chance, _NEVER, 1))
        weight = knobs.liquidity_penalty_multiplier_msat + amount * knobs.liquidity_penalty_amount_ppm / 1e6
        price: Reals = self.base + amount * self.ppm / 1e6 + self.step + amount * knobs.base_penalty_amount_ppm / 1e6 + fear * weight
        price[self.source == payer] = 0
        price[(amount < self.least) | (amount > self.most)] = np.inf
        return price

    def columns(self) -> list[tuple[float, ...]]:
        """For `price_of`, a row each."""
        return list(zip(*(column.tolist() for column in (self.base, self.ppm, self.step, self.room, self.least, self.most)), strict=True))

    def price_of(self, row: tuple[float, ...], amount: float) -> float | None:
        """One alone, in plain Python; None where the amount does not go."""
        base, ppm, step, room, least, most = row
        if not least <= amount <= most:
            return None
        knobs = self._parameters
        z = amount / room - 0.5
        chance = (0.5**9 + 0.5 / 256 - (z**9 + z / 256)) / (2 * (0.5**9 + 0.5 / 256) * _NO_SUCCESS_YET)
        fear = 2.0 if chance <= _NEVER else -log10(min(chance, 1.0))
        weight = knobs.liquidity_penalty_multiplier_msat + amount * knobs.liquidity_penalty_amount_ppm / 1e6
        return base + amount * ppm / 1e6 + step + amount * knobs.base_penalty_amount_ppm / 1e6 + fear * weight
