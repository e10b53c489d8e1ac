"""
Deliberate bugs, each in a copy of the tree: `python -m tests.sabotage [words of a bug's name]`.

Prints which were caught by the tests that should catch them; status 1 when one was not.
"""

from __future__ import annotations

import sys
import time

from tests.sabotage.bugs import BUGS
from tests.sabotage.tree import Verdict, control, try_bugs


def main() -> int:
    """Without any bug first, then each bug."""
    bugs = [bug for bug in BUGS if all(word in bug.name for word in sys.argv[1:])]
    began_s = time.monotonic()
    passed, output = control(bugs)
    if not passed:
        say(output)
        say("The tests do not pass without a bug: nothing was tried.")
        return 1
    caught = 0
    for bug, verdict, output in try_bugs(bugs):
        caught += verdict is Verdict.CAUGHT
        say(f"{verdict:<10} {bug.name}")
        if verdict is Verdict.NOT_TRIED:
            say(output)
    say(f"caught {caught} of {len(bugs)}, {time.monotonic() - began_s:.0f} s")
    return 0 if bugs and caught == len(bugs) else 1


def say(line: str) -> None:
    """At once: a whole run takes minutes."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
