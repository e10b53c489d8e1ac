"""A map on which everybody repeats what holds and one forgets what nobody repeats."""

from __future__ import annotations

from payments.lightning.graph.network import ChannelInfo, DirectedPolicy, NetworkGraph
from payments.lightning.graph.pruning import STALE_AFTER_S, ForgottenChannel, ForgottenPolicy, forget
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.manager.announcing import GossipItem
from payments.lightning.manager.freshness import LOOK_EVERY_S, REFRESH_AFTER_S
from tests.graphs import node, scid
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


def test_nothing_is_forgotten_that_somebody_still_says():
    nodes = network(channel("alice", "bob"), channel("bob", "carol"))
    nodes["alice"].keep_map()
    for _ in range(3):
        nodes.wait(3 * STALE_AFTER_S * 1_000)  # nobody was awake all that time
        ticks(nodes, "alice", "bob", "carol")
        nodes.wait(LOOK_EVERY_S * 1_000)
        ticks(nodes, "alice", "bob", "carol")
    assert 2 == nodes.graph.channel_count
    assert all(nodes.graph.policy(scid, source=end) for scid, end in directions(nodes))


def test_who_is_silent_for_two_weeks_is_forgotten_at_the_second_look():
    nodes = network(channel("alice", "bob"), channel("bob", "carol"))
    nodes["alice"].keep_map()
    stranger(nodes.graph, said_at_s=nodes.now_ms // 1_000)
    nodes.wait(STALE_AFTER_S * 1_000 + 1_000)
    ticks(nodes, "alice", "bob", "carol")
    assert nodes.graph.channel(scid(9)) is not None

    version = nodes.graph.version
    nodes.wait(LOOK_EVERY_S * 1_000)
    ticks(nodes, "alice", "bob", "carol")
    assert nodes.graph.channel(scid(9)) is None
    assert nodes.graph.node(node("stranger")) is None
    assert version + len(("policy", "policy", "channel")) == nodes.graph.version
    assert 2 == nodes.graph.channel_count


def test_only_who_keeps_the_map_forgets():
    nodes = network(channel("alice", "bob"), channel("bob", "carol"))
    stranger(nodes.graph, said_at_s=nodes.now_ms // 1_000)
    nodes.wait(2 * STALE_AFTER_S * 1_000)
    for _ in range(3):
        ticks(nodes, "alice", "bob", "carol")
        nodes.wait(LOOK_EVERY_S * 1_000)
    assert nodes.graph.channel(scid(9)) is not None


def test_what_is_older_than_everybody_remembers_is_no_news():
    nodes = network(channel("alice", "bob"))
    told = nodes["alice"].announcer.channel_update(nodes.channel("alice", "bob"), after_s=nodes.now_ms // 1_000)
    nodes.wait(STALE_AFTER_S * 1_000 + 2_000)
    assert not nodes["bob"].hear(GossipItem(message=told))
    nodes.clock.set(nodes.now_ms)
    assert told.timestamp != last_said_s(nodes, "alice", "bob")


def test_a_channel_of_ours_that_the_map_has_forgotten_is_told_of_anew():
    nodes = network(channel("alice", "bob"))
    scid_of_ours, graph = nodes.scid("alice", "bob"), nodes.graph
    for direction in (0, 1):
        assert forget(graph, ForgottenPolicy(short_channel_id=scid_of_ours, direction=direction))
    assert forget(graph, ForgottenChannel(short_channel_id=scid_of_ours))
    nodes.wait(LOOK_EVERY_S * 1_000)
    ticks(nodes, "alice", "bob")

    assert graph.channel(scid_of_ours) is not None
    assert all(graph.policy(scid_of_ours, source=nodes.ids[name]) is not None for name in ("alice", "bob"))


def directions(nodes: Nodes) -> list[tuple[ShortChannelId, NodeId]]:
    return [(known.short_channel_id, end) for known in nodes.graph.channels() for end in (known.node_one, known.node_two)]


def stranger(graph: NetworkGraph, *, said_at_s: int) -> None:
    """A channel of two nodes that are not here to repeat anything."""
    one, two = sorted((node("stranger"), node("strangest")))
    graph.add_channel(ChannelInfo(short_channel_id=scid(9), node_one=one, node_two=two, capacity_sat=1_000_000))
    policy = DirectedPolicy(
        fee_base_msat=0, fee_proportional_millionths=0, cltv_expiry_delta=40, htlc_maximum_msat=1_000_000, last_update_s=said_at_s
    )
    for end in (one, two):
        graph.set_policy(scid(9), source=end, policy=policy)
