"""One scenario, told once with a process that dies at one point, and judged."""

from __future__ import annotations

from tests.crash.checks import check_world
from tests.crash.points import Crash, CrashPoints
from tests.crash.scenarios import Scenario
from tests.crash.world import World, in_world


def try_point(scenario: Scenario, *, at: int | None, kind: Crash = Crash.KILL, gap: int | None = None) -> CrashPoints:
    """Tell it, and judge what is left. The points that were passed."""
    points = CrashPoints(at=at, kind=kind, gap=gap)
    with in_world(scenario.topology, points) as world:
        with points.watching():
            scenario.tell(world)
        judge(scenario, world)
    return points


def judge(scenario: Scenario, world: World) -> None:
    """What is in memory, and then what is on the disk."""
    scenario.ends(world)
    check_world(world)
    world.restart()
    world.run(lambda: True)
    check_world(world)
    scenario.ends(world)


def count_points(scenario: Scenario) -> int:
    """How many points a story has when nothing breaks."""
    return try_point(scenario, at=None).seen


def spread(total: int, sample: int | None) -> list[int]:
    """
    Points to try: all of them, or so many evenly over the story.

    >>> spread(10, 3)
    [1, 4, 7]
    """
    if sample is None or sample >= total:
        return list(range(1, total + 1))
    return [1 + number * total // sample for number in range(sample)]
