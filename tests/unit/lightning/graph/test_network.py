"""The map: what changes it, what does not, and what can be asked."""

from __future__ import annotations

import msgspec
import networkx as nx
import pytest

from payments.lightning.graph.network import ChannelInfo, NetworkGraph, NodeInfo, policy_of
from payments.lightning.wire.features import Features
from tests.graphs import channel, network, node, scid
from tests.unit.lightning.graph.test_gossip import FIRST, NOW_S, SECOND, channel_announcement, channel_update, node_announcement


@pytest.fixture
def graph() -> NetworkGraph:
    graph = NetworkGraph()
    graph.apply(channel_announcement(), capacity_sat=1_000_000)
    return graph


def test_an_announced_channel_is_on_the_map(graph: NetworkGraph) -> None:
    expected = ChannelInfo(short_channel_id=scid(1), node_one=node(FIRST), node_two=node(SECOND), capacity_sat=1_000_000)
    assert expected == graph.channel(scid(1))
    assert (expected,) == graph.channels_of(node(SECOND)) == graph.channels()
    assert (2, 1, 1) == (graph.node_count, graph.channel_count, graph.version)


def test_the_same_announcement_again_changes_nothing(graph: NetworkGraph) -> None:
    assert not graph.apply(channel_announcement(), capacity_sat=1_000_000)
    assert not graph.apply(channel_announcement())
    assert 1 == graph.version


def test_a_capacity_that_the_chain_tells_later_is_added_and_reaches_the_directions() -> None:
    graph = NetworkGraph()
    graph.apply(channel_announcement())
    graph.apply(channel_update())
    assert graph.channel(scid(1)).capacity_msat is None
    assert graph.apply(channel_announcement(), capacity_sat=5_000)
    assert 5_000_000 == graph.half(scid(1), source=node(FIRST)).channel.capacity_msat


def test_the_id_of_a_channel_cannot_be_taken_by_other_nodes(graph: NetworkGraph) -> None:
    thief = ChannelInfo(short_channel_id=scid(1), node_one=node("mallory"), node_two=node("oscar"), capacity_sat=9)
    assert not graph.add_channel(thief)
    assert graph.node(node("mallory")) is None


@pytest.mark.parametrize(
    ("flags", "source", "target", "is_disabled"), [(0, FIRST, SECOND, False), (1, SECOND, FIRST, False), (2, FIRST, SECOND, True)]
)
def test_flags_say_whose_update_it_is_and_whether_it_is_off(
    graph: NetworkGraph, flags: int, source: str, target: str, is_disabled: bool
) -> None:
    update = channel_update(channel_flags=flags)
    assert node(source) == graph.signer_of(update)
    assert graph.apply(update)
    (half,) = graph.incoming(node(target))
    assert (node(source), node(target), is_disabled) == (half.source, half.target, half.policy.is_disabled)
    assert policy_of(update) == graph.policy(scid(1), source=node(source))
    assert [] == list(graph.incoming(node(source)))


@pytest.mark.parametrize(("later_s", "is_news"), [(1, True), (0, False), (-1, False)])
def test_only_a_later_update_replaces_the_one_we_have(graph: NetworkGraph, later_s: int, is_news: bool) -> None:
    graph.apply(channel_update())
    version = graph.version
    assert is_news == graph.apply(channel_update(timestamp=NOW_S + later_s, fee_base_msat=5))
    assert (5 if is_news else 1_000) == graph.policy(scid(1), source=node(FIRST)).fee_base_msat
    assert version + is_news == graph.version


def test_an_update_of_an_unknown_channel_is_nothing(graph: NetworkGraph) -> None:
    update = channel_update(short_channel_id=scid(9))
    assert graph.signer_of(update) is None
    assert not graph.apply(update)


def test_a_node_is_heard_once_it_has_a_channel() -> None:
    graph = NetworkGraph()
    assert not graph.apply(node_announcement())
    graph.apply(channel_announcement())
    assert graph.apply(node_announcement(features=b"\x02"))
    expected = NodeInfo(node_id=node("alice"), alias="alice", color="#ff8000", features=Features(2), last_update_s=NOW_S)
    assert expected == graph.node(node("alice"))
    assert not graph.apply(node_announcement(timestamp=NOW_S - 1))
    assert not graph.apply(node_announcement(features=b"\x03"))


def test_what_we_know_ourselves_needs_an_existing_channel_or_node(graph: NetworkGraph) -> None:
    policy = policy_of(channel_update())
    with pytest.raises(KeyError):
        graph.set_policy(scid(9), source=node(FIRST), policy=policy)
    with pytest.raises(KeyError):
        graph.set_node(NodeInfo(node_id=node("mallory")))


def test_a_closed_channel_leaves_with_the_nodes_that_have_no_other() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol"))
    assert graph.remove_channel(scid(1))
    assert (None, 2) == (graph.node(node("alice")), graph.node_count)
    assert [scid(2)] == [info.short_channel_id for info in graph.channels_of(node("bob"))]
    assert 2 == graph.graph.number_of_edges()
    assert not graph.remove_channel(scid(1))


def test_two_channels_between_the_same_nodes_are_two_edges() -> None:
    graph = network(channel("alice", "bob"), channel("alice", "bob", fee_base_msat=7))
    assert [scid(1), scid(2)] == [half.channel.short_channel_id for half in graph.incoming(node("bob"))]
    assert [1_000, 7] == [half.policy.fee_base_msat for half in graph.incoming(node("bob"))]


def test_other_peoples_algorithms_work_on_it() -> None:
    graph = network(channel("alice", "bob"), channel("bob", "carol"), channel("dave", "erin"))
    assert 2 == nx.number_strongly_connected_components(graph.graph)
    assert [node("alice"), node("bob"), node("carol")] == nx.shortest_path(graph.graph, node("alice"), node("carol"))


def test_a_policy_takes_its_base_and_its_share_rounded_down() -> None:
    policy = msgspec.structs.replace(policy_of(channel_update()), fee_base_msat=1_000, fee_proportional_millionths=100)
    assert 1_000 + 199 == policy.fee_msat(1_999_999)
