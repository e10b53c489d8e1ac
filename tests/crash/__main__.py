"""
Every story, with a process that dies at every point: `python -m tests.crash`.

    --sample 20      only so many points of each story
    --only pay       only this story

Prints how many points were tried in each story and how many of them broke a law; status 1 when any did.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

KINDS_OF_TRIAL = ("kill", "refuse", "kill twice")
GAP = 5
"""How many points the second process lives that dies too."""


def main() -> int:
    """Set up a database as the tests have it, try, print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.crash", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, help="only so many points of each story")
    parser.add_argument("--only", help="only this story")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    from tests.flush import allow_flush

    allow_flush()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        return try_all(options.only, options.sample)
    finally:
        teardown_databases(databases, verbosity=0)


def try_all(only: str | None, sample: int | None) -> int:
    """The table. Status 1 when a law was broken."""
    from tests.crash.scenarios import SCENARIOS
    from tests.crash.trial import count_points, spread

    tried = violations = 0
    say(f"{'story':<20}{'how':<12}{'points':>7}{'tried':>7}{'violations':>12}{'s':>7}")
    for scenario in SCENARIOS:
        if only not in {None, scenario.name}:
            continue
        total = count_points(scenario)
        for how in KINDS_OF_TRIAL:
            began_s = time.monotonic()
            points = spread(total, sample)
            broken = [str(at) for at in points if not _holds(scenario, at=at, how=how)]
            tried, violations = tried + len(points), violations + len(broken)
            say(f"{scenario.name:<20}{how:<12}{total:>7}{len(points):>7}{len(broken):>12}{time.monotonic() - began_s:>7.1f}")
            if broken:
                say(f"    at {', '.join(broken)}")
    say(f"{tried} points tried, {violations} violations")
    return 1 if violations or not tried else 0


def say(line: str) -> None:
    """At once: a whole run takes minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _holds(scenario, *, at: int, how: str) -> bool:
    """Whether every law holds afterwards; what was wrong goes to standard error."""
    import traceback

    from tests.crash.points import Crash
    from tests.crash.trial import try_point

    try:
        try_point(scenario, at=at, kind=Crash.REFUSE if how == "refuse" else Crash.KILL, gap=GAP if how == "kill twice" else None)
    except Exception:  # noqa: BLE001 (whatever it is, it is a violation, and the next point is tried)
        traceback.print_exc()
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
