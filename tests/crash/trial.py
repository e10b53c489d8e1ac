"""One scenario, told once with a process that dies at one point, or with our node set back to an older copy, and judged."""

from __future__ import annotations

from tests.crash.aging import age, check_aged
from tests.crash.checks import check_again, check_world
from tests.crash.points import Crash, CrashPoints
from tests.crash.scenario import Scenario
from tests.crash.world import World, in_world


def try_point(scenario: Scenario, *, at: int | None, kind: Crash = Crash.KILL, gap: int | None = None) -> CrashPoints:
    """Tell it, and judge what is left. The points that were passed."""
    points = CrashPoints(at=at, kind=kind, gap=gap)
    with in_world(scenario.topology, points, scenario.begin) as world:
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
    check_again()
    scenario.ends(world)


def try_age(scenario: Scenario, *, at: int | None) -> int:
    """Tell it to its end, go on with the copy that commit number `at` left of our node, and judge. How many copies there were."""
    points = CrashPoints()
    with in_world(scenario.topology, points, scenario.begin) as world:
        world.copies = []
        with points.watching():
            scenario.tell(world)
            copies, world.copies = world.copies, None
            if at is not None:
                check_aged(world, age(world, copies[at - 1]))
    return len(copies)


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
