"""The engine's process dies, or its database refuses, at the writes of every story: afterwards no law is broken."""

from __future__ import annotations

import pytest

from tests.crash.points import Crash
from tests.crash.scenarios import SCENARIOS
from tests.crash.trial import count_points, spread, try_point

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = 6
"""Points of each story in every run, evenly over it; `-m heavy` tries them all, as `python -m tests.crash` does."""
GAP = 5
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@each_scenario
def test_a_story_ends_well_wherever_the_process_dies(scenario):
    for number, at in enumerate(spread(count_points(scenario), SAMPLE)):
        assert 1 == try_point(scenario, at=at, kind=Crash.KILL if number % 2 else Crash.REFUSE).hits, at


@pytest.mark.heavy
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(("kind", "gap"), [(Crash.KILL, None), (Crash.REFUSE, None), (Crash.KILL, GAP)])
@each_scenario
def test_a_story_ends_well_at_every_single_point(scenario, kind, gap):
    for at in spread(count_points(scenario), None):
        assert 1 <= try_point(scenario, at=at, kind=kind, gap=gap).hits, at
