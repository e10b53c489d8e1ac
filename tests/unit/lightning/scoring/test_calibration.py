"""Forecasts are of the moment before, and scores are what they are called."""

from __future__ import annotations

import pytest

from payments.lightning.scoring.calibration import Calibration, Forecast, forecasts_of
from payments.lightning.scoring.lessons import Evidence, Lesson, Outcome
from payments.lightning.scoring.parameters import ScoringParameters
from tests.graphs import scid

CAPACITY_MSAT = 1_000_000_000
NOW_S = 1_700_000_000


def told(*certain: tuple[float, bool]) -> Calibration:
    return Calibration.of([Forecast(chance=chance, carried=carried) for chance, carried in certain])


def test_it_works():
    found = told((1.0, True), (0.8, True), (0.8, False), (0.0, False))
    assert (4, 2, 0.25) == (found.count, found.carried, found.base_rate_brier_score)
    assert (0 + 0.04 + 0.64 + 0) / 4 == pytest.approx(found.brier_score)
    assert [(0.0, 1, 0), (0.8, 2, 1), (0.9, 1, 1)] == [(band.lowest, band.count, band.carried) for band in found.bands]
    assert 0.5 == found.bands[1].observed


def test_a_prophet_scores_nothing_and_nobody_scores_nothing_of_nothing():
    assert 0 == told((1.0, True), (0.0, False)).brier_score
    assert (0, 0, ()) == (told().count, told().brier_score, told().bands)


def test_a_forecast_knows_only_what_came_before():
    tried = [
        Evidence(NOW_S + n, (Lesson(scid(1), 0, outcome, 400_000_000, CAPACITY_MSAT),)) for n, outcome in enumerate((Outcome.CARRIED,) * 2)
    ]
    (first,), (second,) = forecasts_of(tried, ScoringParameters())
    assert 0.3 < first.chance < 0.5
    assert (1.0, True) == (second.chance, second.carried)
