"""Our node comes back on a copy that is too old: it publishes nothing that it gave away, and says of no payment that it failed."""

from __future__ import annotations

import pytest

from payments.lightning.channel.channel import Phase
from tests.crash.aging import age
from tests.crash.points import CrashPoints
from tests.crash.scenarios import SCENARIOS
from tests.crash.trial import spread, try_age
from tests.crash.world import in_world

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = 5
"""Copies of each story in every run; `-m heavy` tries them all, as `python -m tests.crash` does."""
each_scenario = pytest.mark.parametrize(
    "scenario", [scenario for scenario in SCENARIOS if scenario.is_aged], ids=lambda scenario: scenario.name
)


@each_scenario
def test_an_old_copy_loses_nothing(scenario):
    for at in spread(try_age(scenario, at=None), SAMPLE):
        try_age(scenario, at=at)


@pytest.mark.heavy
@pytest.mark.timeout(3_600)
@each_scenario
def test_no_copy_loses_anything(scenario):
    for at in spread(try_age(scenario, at=None), None):
        try_age(scenario, at=at)


def test_the_first_copy_is_noticed_to_be_too_old():
    points, scenario = CrashPoints(), SCENARIOS[0]
    with in_world(scenario.topology, points, scenario.begin) as world:
        world.copies = []
        with points.watching():
            scenario.tell(world)
            (first, *_), world.copies = world.copies, None
            age(world, first)
        assert b"we_lost_state" in {text[36:] for text in world.complaints}
        assert Phase.CLOSED is world.channel("own", "harbour").phase
