"""
How much processor time a payment takes, and a hop of it: sandbox nodes, real messages and signatures, no database.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_engine`. With `profile` as its argument it shows where
the time goes instead.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable

from payments.lightning.events import PaymentSent
from tests.bench.bench_onion import builds_per_second, peels_per_second
from tests.network.nodes import Nodes, line

HOPS = 3
AMOUNT_MSAT = 1_000_000


def one_after_another(nodes: Nodes, payments: int) -> None:
    """Each payment begins when the one before it is done."""
    for invoice in [nodes.invoice("dave", AMOUNT_MSAT) for _ in range(payments)]:
        nodes.begin("alice", invoice)
        nodes.run()


def all_at_once(nodes: Nodes, payments: int) -> None:
    """All begin in the same turn, so that one commitment carries many."""
    for invoice in [nodes.invoice("dave", AMOUNT_MSAT) for _ in range(payments)]:
        nodes.begin("alice", invoice)
    nodes.run()


def cpu_ms_per_payment(work: Callable[[Nodes, int], None], *, payments: int = 100) -> float:
    """Processor time of one payment over three hops, invoice and route included."""
    nodes = line("alice", "bob", "carol", "dave", capacity_sat=10_000_000)
    work(nodes, 5)
    start_s = time.process_time()
    work(nodes, payments)
    spent_ms = (time.process_time() - start_s) * 1_000
    assert payments + 5 == len(nodes.heard("alice", PaymentSent))
    return spent_ms / payments


def main() -> None:
    lines = []
    for name, work in (("one after another", one_after_another), ("100 at once", all_at_once)):
        spent_ms = cpu_ms_per_payment(work)
        lines.append(f"{name:18} {1_000 / spent_ms:5.0f} payments/s   {spent_ms:5.2f} ms a payment   {spent_ms / HOPS:5.2f} ms a hop")
    lines.append(
        f"onion, {HOPS} hops      {1_000 / builds_per_second(HOPS):5.2f} ms to build   {1_000 / peels_per_second():5.2f} ms to peel"
    )
    sys.stdout.write("\n".join(lines) + "\n")


def profile() -> None:
    nodes = line("alice", "bob", "carol", "dave", capacity_sat=10_000_000)
    profiler = cProfile.Profile()
    profiler.runcall(one_after_another, nodes, 200)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    profile() if sys.argv[1:] == ["profile"] else main()
