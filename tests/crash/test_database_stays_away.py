"""A commit fails and the database cannot be read either: no turn is taken, and nothing said, from a memory that is ahead of the disk."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from payments.nodes.store import read_state
from tests.crash.points import Crash, CrashPoints, StatementRefused
from tests.crash.scenarios import SCENARIOS
from tests.crash.trial import count_points, judge, spread
from tests.crash.world import in_world

pytestmark = pytest.mark.django_db(transaction=True)
SAMPLE = 6


def test_the_engine_waits_until_it_can_read_its_state():
    scenario = SCENARIOS[0]
    for at in spread(count_points(scenario), SAMPLE):
        points = CrashPoints(at=at, kind=Crash.REFUSE)
        refused = []

        def read(namespaces, points=points, refused=refused):
            if points.hits and len(refused) < 2:
                refused.append(points.seen)
                raise StatementRefused("still away")
            return read_state(namespaces)

        with in_world(scenario.topology, points, scenario.begin) as world, patch("payments.nodes.engine.read_state", read):
            with points.watching():
                scenario.tell(world)
            judge(scenario, world)
