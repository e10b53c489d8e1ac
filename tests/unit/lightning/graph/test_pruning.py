"""What two weeks of silence do to a map."""

from __future__ import annotations

import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.pruning import (
    STALE_AFTER_S,
    Forgotten,
    ForgottenChannel,
    ForgottenNode,
    ForgottenPolicy,
    forget,
    forgetting,
    stale_policies,
)
from tests.graphs import channel, network, node, scid
from tests.unit.lightning.graph.test_gossip import FIRST, NOW_S, SECOND, channel_announcement, channel_update, node_announcement

STALE_S = NOW_S - STALE_AFTER_S - 1
FRESH_S = NOW_S - STALE_AFTER_S


def graph_with(*said_at_s: int | None) -> NetworkGraph:
    """A channel whose two ends spoke at these times."""
    graph = NetworkGraph()
    graph.apply(channel_announcement())
    for flags, timestamp_s in enumerate(said_at_s):
        if timestamp_s is not None:
            graph.apply(channel_update(channel_flags=flags, timestamp=timestamp_s))
    return graph


def forgotten(graph: NetworkGraph, **keep: frozenset[int]) -> list[Forgotten]:
    """What is stale, forgotten: each is one change of the map."""
    what = list(forgetting(graph, stale_policies(graph, now_s=NOW_S, **keep)))
    for one in what:
        version = graph.version
        assert forget(graph, one)
        assert version + 1 == graph.version
    assert [] == list(forgetting(graph, stale_policies(graph, now_s=NOW_S, **keep)))
    return what


def policy(direction: int) -> ForgottenPolicy:
    return ForgottenPolicy(short_channel_id=scid(1), direction=direction)


CHANNEL = ForgottenChannel(short_channel_id=scid(1))


def test_two_weeks_are_bolt_7s() -> None:
    assert 14 * 24 * 3_600 == STALE_AFTER_S


@pytest.mark.parametrize("said_at_s", [(FRESH_S, FRESH_S), (FRESH_S, None), (None, None)])
def test_what_is_fresh_or_was_never_said_stays(said_at_s) -> None:
    graph = graph_with(*said_at_s)

    assert [] == forgotten(graph)
    assert 1 == graph.channel_count


@pytest.mark.parametrize(("said_at_s", "directions"), [((STALE_S, STALE_S), (0, 1)), ((STALE_S, None), (0,)), ((None, STALE_S), (1,))])
def test_a_channel_goes_with_the_last_of_its_directions_and_its_nodes_go_with_it(said_at_s, directions) -> None:
    graph = graph_with(*said_at_s)

    assert [*map(policy, directions), CHANNEL] == forgotten(graph)
    assert (0, 0) == (graph.channel_count, graph.node_count)


@pytest.mark.parametrize(
    ("said_at_s", "direction", "silent", "heard"), [((STALE_S, FRESH_S), 0, FIRST, SECOND), ((FRESH_S, STALE_S), 1, SECOND, FIRST)]
)
def test_a_silent_direction_goes_alone(said_at_s, direction: int, silent: str, heard: str) -> None:
    graph = graph_with(*said_at_s)

    assert [policy(direction)] == forgotten(graph)
    assert graph.half(scid(1), source=node(silent)) is None
    assert [] == list(graph.outgoing(node(silent)))
    assert graph.half(scid(1), source=node(heard)) is not None


def test_the_other_direction_takes_the_channel_with_it_later() -> None:
    graph = graph_with(STALE_S, FRESH_S)
    forgotten(graph)
    later = stale_policies(graph, now_s=NOW_S + 1)

    assert [policy(1), CHANNEL] == list(forgetting(graph, later))


def test_what_a_node_said_of_itself_goes_with_the_last_of_its_channels() -> None:
    graph = graph_with(STALE_S, STALE_S)
    graph.apply(node_announcement())
    spoke = next(known.node_id for known in graph.nodes() if known.last_update_s is not None)

    assert [policy(0), policy(1), ForgottenNode(node_id=spoke), CHANNEL] == forgotten(graph)


def test_a_node_with_another_channel_keeps_its_name() -> None:
    graph = graph_with(STALE_S, STALE_S)
    graph.apply(node_announcement())
    (spoke,) = (known for known in graph.nodes() if known.last_update_s is not None)
    others = network(channel(FIRST, "somebody", number=7), channel(SECOND, "somebody", number=8))
    for other in others.channels():
        graph.add_channel(other)

    assert [policy(0), policy(1), CHANNEL] == forgotten(graph)
    assert spoke == graph.node(spoke.node_id)


def test_it_comes_back_with_a_new_update() -> None:
    graph = graph_with(STALE_S, FRESH_S)
    forgotten(graph)

    assert graph.apply(channel_update(channel_flags=0, timestamp=NOW_S))
    assert graph.half(scid(1), source=node(FIRST)) is not None


def test_our_own_channels_are_kept() -> None:
    graph = graph_with(STALE_S, STALE_S)

    assert [] == forgotten(graph, keep=frozenset({scid(1)}))
    assert 1 == graph.channel_count


def test_nothing_is_forgotten_twice_nor_while_more_depends_on_it() -> None:
    graph = graph_with(STALE_S, FRESH_S)
    version = graph.version

    assert not forget(graph, CHANNEL)
    assert not forget(graph, ForgottenNode(node_id=node(FIRST))), "it has said nothing"
    assert forget(graph, policy(0))
    assert not forget(graph, policy(0))
    for unknown in (
        ForgottenPolicy(short_channel_id=scid(2), direction=0),
        ForgottenChannel(short_channel_id=scid(2)),
        ForgottenNode(node_id=node("nobody")),
    ):
        assert not forget(graph, unknown)
    assert version + 1 == graph.version
