"""Wires: what is sent arrives in order after its time, and what is on a line that is cut does not."""

from __future__ import annotations

import pytest

from payments.lightning.channel.channel import Connection
from payments.lightning.events import PaymentClaimed, PaymentFailed, PaymentSent
from payments.sandbox.clock import TurnClock
from tests.network.nodes import line


def test_it_works():
    nodes = line("alice", "bob")

    assert nodes.network.is_idle
    assert {Connection.ONLINE} == {nodes.channel("alice", "bob").connection, nodes.channel("bob", "alice").connection}


@pytest.mark.parametrize(("latency_ms", "took_ms"), [(0, 0), (40, 10 * 40)])
def test_a_message_takes_its_time(latency_ms, took_ms):
    nodes = line("alice", "bob", latency_ms=latency_ms)
    invoice = nodes.invoice("bob", 1_000_000)
    start_ms = nodes.now_ms
    nodes.begin("alice", invoice)
    turns = 0
    while not nodes.network.is_idle:
        nodes.turn(after_ms=latency_ms)
        turns += 1

    assert nodes.expect("alice", PaymentSent)
    assert (nodes.now_ms - start_ms) <= took_ms
    assert turns == (1 if latency_ms == 0 else turns)


def test_what_is_not_yet_due_stays_on_the_wire():
    nodes = line("alice", "bob", latency_ms=40)
    nodes.begin("alice", nodes.invoice("bob", 1_000_000))
    nodes.turn()
    nodes.turn(after_ms=39)

    assert () == nodes.channel("bob", "alice").htlcs
    nodes.turn(after_ms=1)
    assert 1 == len(nodes.channel("bob", "alice").htlcs)


def test_what_is_on_a_line_that_is_cut_is_lost_and_said_again_later():
    nodes = line("alice", "bob", latency_ms=40)
    nodes.begin("alice", nodes.invoice("bob", 1_000_000))
    nodes.turn()
    nodes.break_line("alice", "bob")
    nodes.run()

    assert [] == nodes.heard("bob", PaymentClaimed) + nodes.heard("alice", PaymentFailed)
    nodes.mend_line("alice", "bob")
    nodes.run()
    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_a_line_that_is_made_again_begins_anew():
    nodes = line("alice", "bob", latency_ms=40)
    nodes.begin("alice", nodes.invoice("bob", 1_000_000))
    nodes.turn()
    nodes.mend_line("alice", "bob")
    nodes.run()

    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_the_next_thing_to_do_is_known():
    nodes = line("alice", "bob", latency_ms=40)
    idle_until_ms = nodes.network.next_due_ms
    nodes.begin("alice", nodes.invoice("bob", 1_000_000))
    nodes.turn()

    assert nodes.now_ms + 40 == nodes.network.next_due_ms < idle_until_ms


def test_equal_networks_do_equal_things():
    stories = []
    for _ in range(2):
        nodes = line("alice", "bob", "carol", latency_ms=13)
        nodes.pay("alice", to="carol", amount_msat=1_000_000)
        stories.append((nodes.log, nodes.store))

    assert stories[0] == stories[1]


def test_time_never_runs_backwards():
    clock = TurnClock(100)
    clock.set(50)
    assert 100 == clock.now_ms()
    clock.set(150)

    assert 150 == clock.now_ms()
