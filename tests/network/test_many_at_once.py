"""A hundred payments at once: none is lost, none is paid twice, and one commitment carries many."""

from __future__ import annotations

import pytest

from payments.lightning.events import PaymentClaimed, PaymentPathFailed, PaymentSent
from tests.network.nodes import line, square


@pytest.mark.parametrize("latency_ms", [0, 30])
def test_it_works(latency_ms):
    nodes = line("alice", "bob", "carol", "dave", latency_ms=latency_ms)
    before = nodes.channel("bob", "carol").local_number
    for invoice in [nodes.invoice("dave", 1_000_000 + number) for number in range(100)]:
        nodes.begin("alice", invoice)
    nodes.run()

    assert 100 == len(nodes.heard("alice", PaymentSent)) == len(nodes.heard("dave", PaymentClaimed))
    assert sum(range(100)) + 100_000_000 == sum(event.amount_msat for event in nodes.heard("dave", PaymentClaimed))
    assert nodes.channel("bob", "carol").local_number - before < 20
    nodes.check_rest()


def test_both_ways_at_once():
    nodes = line("alice", "bob", "carol", latency_ms=20)
    for number in range(40):
        nodes.begin("alice", nodes.invoice("carol", 2_000_000 + number))
        nodes.begin("carol", nodes.invoice("alice", 3_000_000 + number))
        nodes.turn(after_ms=7)
    nodes.run()

    assert (40, 40) == tuple(len(nodes.heard(name, PaymentSent)) for name in ("alice", "carol"))
    nodes.check_rest()


def test_more_than_a_channel_holds_goes_partly_another_way():
    nodes = square(cheap="bob")
    begun = [nodes.begin("alice", nodes.invoice("dave", 80_000_000)) for _ in range(11)]
    nodes.run()

    assert 11 == len([one for one in begun if isinstance(one, bytes)])
    assert 11 == len(nodes.heard("alice", PaymentSent))
    assert nodes.channel("carol", "dave").settled_msat[0] < 500_000_000
    nodes.check_rest()
    assert nodes.heard("alice", PaymentPathFailed) == []
