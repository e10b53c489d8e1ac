"""A map on which everybody repeats what holds, and that changes by what is said and by nothing else."""

from __future__ import annotations

import msgspec

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.pruning import STALE_AFTER_S
from payments.lightning.ids import ShortChannelId
from payments.lightning.manager.freshness import LOOK_EVERY_S, REFRESH_AFTER_S
from tests.network.nodes import Nodes, channel, network


def last_said_s(nodes: Nodes, name: str, peer: str) -> int:
    policy = nodes[name].graph.policy(nodes.scid(name, peer), source=nodes.ids[name])
    assert policy is not None
    return policy.last_update_s


def ticks(nodes: Nodes, *names: str) -> None:
    for name in names:
        nodes[name].timer_tick_occurred()
    nodes.run()


def test_what_was_said_a_week_ago_is_said_again():
    nodes = network(channel("alice", "bob"))
    ticks(nodes, "alice", "bob")
    first_s = last_said_s(nodes, "alice", "bob")
    nodes.wait(REFRESH_AFTER_S * 1_000 - 1_000)
    ticks(nodes, "alice")
    assert first_s == last_said_s(nodes, "alice", "bob")

    nodes.wait(LOOK_EVERY_S * 1_000)
    ticks(nodes, "alice")
    assert first_s + REFRESH_AFTER_S <= last_said_s(nodes, "alice", "bob")


def test_after_two_weeks_of_silence_the_map_changes_by_what_both_ends_say_and_by_nothing_else():
    nodes = network(channel("alice", "bob"), channel("bob", "carol"))
    graph, far = nodes["alice"].graph, nodes.scid("bob", "carol")
    set_back(graph, far, by_s=STALE_AFTER_S)
    version = graph.version
    ticks(nodes, "alice")
    nodes.wait(LOOK_EVERY_S * 1_000)
    ticks(nodes, "alice")

    assert graph.channel(far) is not None
    assert version + len(("bob", "carol")) == graph.version


def set_back(graph: NetworkGraph, short_channel_id: ShortChannelId, *, by_s: int) -> None:
    """As if both ends had last spoken so long ago."""
    known = graph.channel(short_channel_id)
    assert known is not None
    for end in (known.node_one, known.node_two):
        policy = graph.policy(short_channel_id, source=end)
        assert policy is not None
        graph.set_policy(short_channel_id, source=end, policy=msgspec.structs.replace(policy, last_update_s=policy.last_update_s - by_s))
