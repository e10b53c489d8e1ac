"""
Every story, with a process that dies at every point: `python -m tests.crash`.

    --sample 20      only so many points of each story
    --only pay       only this story
    --laws           only say by which laws a trial is judged, and where

Prints how many points were tried in each story and how many of them broke a law; status 1 when any did.

    kill         the process dies at every point of the story, and comes back
    refuse       the database fails at every point, and the process lives on
    kill twice   the new process dies as well, a few points later: tried at every other point
    old copy     our node comes back on each copy that the story's commits left, and everybody else remembers more
"""

from __future__ import annotations

import argparse
import os
import sys
import time

EVERY = {"kill": 1, "refuse": 1, "kill twice": 2, "old copy": 1}
"""How each trial is made, and at which of the points: at every one, at every other one."""
GAP = 5
"""How many points the second process lives that dies too."""


def main() -> int:
    """Set up a database as the tests have it, try, print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, help="only so many points of each story")
    parser.add_argument("--only", help="only this story")
    parser.add_argument("--laws", action="store_true", help="only say by which laws a trial is judged, and where")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    from tests.crash.laws import table
    from tests.flush import allow_flush

    if options.laws:
        say("\n".join(table()))
        return 0
    allow_flush()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        return try_all(options.only, options.sample)
    finally:
        teardown_databases(databases, verbosity=0)


def try_all(only: str | None, sample: int | None) -> int:
    """The table. Status 1 when a law was broken."""
    from tests.crash.scenarios import SCENARIOS

    tried = violations = 0
    began_s = time.monotonic()
    say(f"{'story':<20}{'how':<12}{'points':>7}{'tried':>7}{'violations':>12}{'s':>7}")
    for scenario in SCENARIOS:
        if only in {None, scenario.name}:
            for how in EVERY:
                points, broken = _try(scenario, how, sample)
                tried, violations = tried + points, violations + broken
    say(f"{tried} points tried, {violations} violations, {time.monotonic() - began_s:.0f} s")
    return 1 if violations or not tried else 0


def _try(scenario, how: str, sample: int | None) -> tuple[int, int]:
    """One line of the table: how many points were tried, how many of them broke a law."""
    from tests.crash.trial import count_points, spread, try_age

    if how == "old copy" and not scenario.is_aged:
        return 0, 0
    began_s = time.monotonic()
    total = try_age(scenario, at=None) if how == "old copy" else count_points(scenario)
    points = spread(total, sample)[:: EVERY[how]]
    broken = [str(at) for at in points if not _holds(scenario, at=at, how=how)]
    say(f"{scenario.name:<20}{how:<12}{total:>7}{len(points):>7}{len(broken):>12}{time.monotonic() - began_s:>7.1f}")
    if broken:
        say(f"    at {', '.join(broken)}")
    return len(points), len(broken)


def say(line: str) -> None:
    """At once: a whole run takes minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _holds(scenario, *, at: int, how: str) -> bool:
    """Whether every law holds afterwards; what was wrong goes to standard error."""
    import traceback

    from tests.crash.points import Crash
    from tests.crash.trial import try_age, try_point

    try:
        if how == "old copy":
            try_age(scenario, at=at)
            return True
        try_point(scenario, at=at, kind=Crash.REFUSE if how == "refuse" else Crash.KILL, gap=GAP if how == "kill twice" else None)
    except Exception:  # noqa: BLE001 (whatever it is, it is a violation, and the next point is tried)
        sys.stderr.write(f"{scenario.name}, {how} at {at}\n")
        traceback.print_exc()
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
