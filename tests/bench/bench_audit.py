"""
What a row of the audit log costs whoever acts, and how long it takes to read the whole log again.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_audit`. On SQLite in a folder of its own.
"""

from __future__ import annotations

import sys
from time import perf_counter

from tests.bench.bench_persistence import prepare

ROWS = 100_000
AT_ONCE = 5_000
ALONE = 1_000


def say(line: str) -> None:
    """At once, so that what takes long is seen coming."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write(count: int, *, commits: int) -> float:
    """Microseconds for each row, `count` of them in so many commits."""
    from django.db import transaction

    from payments.services.note_audit import note_audits
    from payments.services.payment_ends import success_note

    notes = [success_note("a1" * 32, before="sending", amount_msat=1_000_000, fee_paid_msat=1_100)] * (count // commits)
    begun_s = perf_counter()
    for _ in range(commits):
        with transaction.atomic():
            note_audits(notes)
    return (perf_counter() - begun_s) / count * 1e6


def main() -> None:
    """Writing alone and in batches, then reading."""
    prepare()
    from payments.queries.audit_chain import verify_chain

    write(1, commits=1)
    say(f"a row with a commit of its own: {write(ALONE, commits=ALONE):,.0f} us")
    say(f"a row of a batch of 100, with its share of the commit: {write(ALONE, commits=ALONE // 100):,.0f} us")
    write(ROWS, commits=ROWS // AT_ONCE)
    begun_s = perf_counter()
    report = verify_chain()
    assert report.damage is None
    say(f"reading {report.rows:,} rows again, every hash of them: {perf_counter() - begun_s:.2f} s")


if __name__ == "__main__":
    main()
