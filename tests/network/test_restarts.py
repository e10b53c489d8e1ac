"""Everything or somebody dies in the middle of a payment, at any moment, and it ends all the same: once."""

from __future__ import annotations

import pytest

from payments.lightning.events import PaymentClaimed, PaymentFailed, PaymentForwarded, PaymentPathSuccessful, PaymentSent
from tests.network.nodes import Nodes, line

LATENCY_MS = 50
MOMENTS = range(1, 32)
NEXT_IN_LINE = {"carol", "dave", "the line"}
"""When these are away as the HTLC is about to be passed on to them, it is given back instead."""


def interrupted(moment: int, who: str) -> Nodes:
    """A payment over three hops, and at one moment of it somebody dies."""
    nodes = line("alice", "bob", "carol", "dave", latency_ms=LATENCY_MS)
    nodes.begin("alice", nodes.invoice("dave", 5_000_000))
    for _ in range(moment):
        nodes.turn(after_ms=LATENCY_MS)
    if who == "everybody":
        nodes.restart_all()
    elif who == "the line":
        nodes.break_line("bob", "carol")
        nodes.turn(after_ms=1_000)
        nodes.mend_line("bob", "carol")
    else:
        nodes.restart(who)
    nodes.run()
    return nodes


@pytest.mark.parametrize("who", ["everybody", "alice", "bob", "carol", "dave", "the line"])
def test_it_works(who):
    ends = []
    for moment in MOMENTS:
        nodes = interrupted(moment, who)
        sent, failed = nodes.heard("alice", PaymentSent), nodes.heard("alice", PaymentFailed)
        ends.append(bool(sent))

        assert 1 == len(sent + failed), moment
        assert len(sent) == len(nodes.heard("alice", PaymentPathSuccessful)) == len(nodes.heard("dave", PaymentClaimed))
        assert [len(sent)] * 2 == [len(nodes.heard(name, PaymentForwarded)) for name in ("bob", "carol")]
        nodes.check_rest()
    assert all(ends) or who in NEXT_IN_LINE
    assert all(ends[10:])


def test_the_last_moment_is_after_the_end():
    nodes = line("alice", "bob", "carol", "dave", latency_ms=LATENCY_MS)
    nodes.begin("alice", nodes.invoice("dave", 5_000_000))
    for _ in range(max(MOMENTS)):
        nodes.turn(after_ms=LATENCY_MS)

    assert nodes.network.is_idle


def test_a_restart_at_rest_changes_nothing():
    nodes = line("alice", "bob", "carol")
    nodes.pay("alice", to="carol", amount_msat=5_000_000)
    before = {name: nodes.balance_msat(name) for name in nodes.ids}
    nodes.restart_all()
    nodes.run()

    assert before == {name: nodes.balance_msat(name) for name in nodes.ids}
    nodes.pay("alice", to="carol", amount_msat=5_000_000)
    nodes.check_rest()
