"""
Whether chances come true: of all channels that were given eight chances in ten, do eight in ten carry?

Each attempt tried some channels one after the other, until one failed. What would have been said of each just before is compared with what
it did. The Brier score is the mean of (chance - outcome)^2: 0 for a prophet, and for whoever knows only how often channels carry on the
whole, the base rate's: less than that is knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from payments.lightning.scoring.chance import Chance, success_chance
from payments.lightning.scoring.knowledge import Knowledge
from payments.lightning.scoring.lessons import Evidence, Lesson, Outcome
from payments.lightning.scoring.parameters import ScoringParameters

BANDS = 10
"""Chances are compared in bands of a tenth."""
_CARRIED = frozenset({Outcome.CARRIED, Outcome.PAID})


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of a channel, or of a whole path, and whether it carried."""

    chance: Chance
    carried: bool


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Forecasts of about the same chance: from `lowest` on, less than a tenth more, and how many of them came true."""

    lowest: Chance
    count: int
    mean_chance: Chance
    carried: int

    @property
    def observed(self) -> Chance:
        """The share that carried."""
        return self.carried / self.count


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What became of forecasts. No bands: there were none."""

    count: int
    carried: int
    brier_score: Chance
    base_rate_brier_score: Chance
    bands: tuple[Band, ...]

    @classmethod
    def of(cls, forecasts: Sequence[Forecast]) -> Calibration:
        """All of them together and by bands."""
        count, carried = len(forecasts), sum(forecast.carried for forecast in forecasts)
        rate = carried / max(count, 1)
        return cls(
            count=count,
            carried=carried,
            brier_score=sum((forecast.chance - forecast.carried) ** 2 for forecast in forecasts) / max(count, 1),
            base_rate_brier_score=rate * (1 - rate),
            bands=tuple(_bands(forecasts)),
        )


def forecasts_of(evidence: Iterable[Evidence], parameters: ScoringParameters) -> Iterable[list[Forecast]]:
    """What a scorer that learnt only this, and in this order, said of each channel just before it was tried; a list an attempt."""
    knowledge = Knowledge(half_life_s=parameters.liquidity_half_life_s, reserve_ppm=parameters.reserve_ppm)
    for one in evidence:
        knowledge.pass_time(one.learnt_at_s)
        yield [Forecast(chance=_chance(knowledge, lesson), carried=lesson.outcome in _CARRIED) for lesson in one.lessons]
        knowledge.learn(one)


def _chance(knowledge: Knowledge, lesson: Lesson) -> Chance:
    floor_msat, lack_msat = knowledge.known(lesson.short_channel_id, lesson.direction_bit)
    capacity_msat = lesson.capacity_msat
    return success_chance(lesson.amount_msat, min_msat=floor_msat, max_msat=capacity_msat - lack_msat, capacity_msat=capacity_msat)


def _bands(forecasts: Sequence[Forecast]) -> Iterable[Band]:
    by_band: dict[int, list[Forecast]] = {}
    for forecast in forecasts:
        by_band.setdefault(min(int(forecast.chance * BANDS), BANDS - 1), []).append(forecast)
    for band, members in sorted(by_band.items()):
        yield Band(
            lowest=band / BANDS,
            count=len(members),
            mean_chance=sum(member.chance for member in members) / len(members),
            carried=sum(member.carried for member in members),
        )
