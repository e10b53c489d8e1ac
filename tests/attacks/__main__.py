"""
Attacks on the money, by several processes at once, on PostgreSQL: `python -m tests.attacks`.

    --times 20       how often each is tried
    --only C4        only those whose number begins so
    --processes 2    attackers, each with its own connections
    --threads 4      of each of them

Needs DATABASE_URL of a PostgreSQL: what holds there under row locks is what is asked here. A database of its own is made beside the
named one and dropped afterwards. Prints what came of each attack; status 1 when anything was not exactly as it must be.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from urllib.parse import urlsplit, urlunsplit


def main() -> int:
    """Make the database, let the attackers wait in it, try, print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.attacks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=20, help="how often each is tried")
    parser.add_argument("--only", default="", help="only those whose number begins so")
    parser.add_argument("--processes", type=int, default=2, help="attackers")
    parser.add_argument("--threads", type=int, default=4, help="of each attacker")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from tests.attacks.arena import Arena
    from tests.flush import allow_flush

    if connection.vendor != "postgresql":
        say("These attacks are on PostgreSQL: set DATABASE_URL, such as postgres://lnweb@127.0.0.1:5432/postgres.")
        return 1
    allow_flush()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with Arena(processes=options.processes, threads=options.threads, database_url=_beside()) as arena:
            return try_all(arena, options)
    finally:
        teardown_databases(databases, verbosity=0)


def try_all(arena: object, options: argparse.Namespace) -> int:
    """The table. Status 1 when an attack had any other outcome than the one."""
    from tests.attacks.attacks import ATTACKS

    say(f"{options.processes} processes of {options.threads} threads, each attack {options.times} times")
    broken = 0
    for number, (what, attack) in ATTACKS.items():
        if not number.startswith(options.only):
            continue
        begin, seen, held = time.monotonic(), "", 0
        for _ in range(options.times):
            try:
                seen = attack(arena)
                held += 1
            except AssertionError as error:
                seen = f"BROKEN: {str(error).splitlines()[0] if str(error) else 'not as it must be'}"
                import traceback

                traceback.print_exc()
                break
        broken += held < options.times
        say(f"{number:<6}{what:<48}{held:>3} of {options.times:<3}{time.monotonic() - begin:>7.1f} s  {seen}")
    say("every outcome as it must be" if not broken else f"{broken} attacks had another outcome")
    return 1 if broken else 0


def say(words: str) -> None:
    """A line for whoever runs this."""
    print(words, flush=True)  # noqa: T201  (a command that speaks to a terminal)


def _beside() -> str:
    from django.db import connection

    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))


if __name__ == "__main__":
    sys.exit(main())
