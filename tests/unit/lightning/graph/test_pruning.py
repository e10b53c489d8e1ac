"""What two weeks of silence do to a map."""

from __future__ import annotations

import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.pruning import STALE_AFTER_S, Pruned, prune_stale
from tests.graphs import node, scid
from tests.unit.lightning.graph.test_gossip import FIRST, NOW_S, SECOND, channel_announcement, channel_update

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


def test_two_weeks_are_bolt_7s() -> None:
    assert 14 * 24 * 3_600 == STALE_AFTER_S


@pytest.mark.parametrize("said_at_s", [(FRESH_S, FRESH_S), (FRESH_S, None), (None, None)])
def test_what_is_fresh_or_was_never_said_stays(said_at_s) -> None:
    graph = graph_with(*said_at_s)
    version = graph.version

    assert Pruned() == prune_stale(graph, now_s=NOW_S)
    assert (1, version) == (graph.channel_count, graph.version)


@pytest.mark.parametrize("said_at_s", [(STALE_S, STALE_S), (STALE_S, None), (None, STALE_S)])
def test_a_channel_goes_with_the_last_of_its_directions_and_its_nodes_go_with_it(said_at_s) -> None:
    graph = graph_with(*said_at_s)

    assert Pruned(channels=(scid(1),)) == prune_stale(graph, now_s=NOW_S)
    assert (0, 0) == (graph.channel_count, graph.node_count)


@pytest.mark.parametrize(("said_at_s", "silent", "heard"), [((STALE_S, FRESH_S), FIRST, SECOND), ((FRESH_S, STALE_S), SECOND, FIRST)])
def test_a_silent_direction_goes_alone(said_at_s, silent: str, heard: str) -> None:
    graph = graph_with(*said_at_s)
    version = graph.version

    assert Pruned(directions=((scid(1), node(silent)),)) == prune_stale(graph, now_s=NOW_S)
    assert graph.half(scid(1), source=node(silent)) is None
    assert [] == list(graph.outgoing(node(silent)))
    assert graph.half(scid(1), source=node(heard)) is not None
    assert graph.version > version


def test_it_comes_back_with_a_new_update() -> None:
    graph = graph_with(STALE_S, FRESH_S)
    prune_stale(graph, now_s=NOW_S)

    assert graph.apply(channel_update(channel_flags=0, timestamp=NOW_S))
    assert graph.half(scid(1), source=node(FIRST)) is not None


def test_our_own_channels_are_kept() -> None:
    graph = graph_with(STALE_S, STALE_S)

    assert Pruned() == prune_stale(graph, now_s=NOW_S, keep=frozenset({scid(1)}))
    assert 1 == graph.channel_count


def test_nothing_is_forgotten_twice() -> None:
    graph = graph_with(STALE_S, FRESH_S)

    assert graph.forget_policy(scid(1), source=node(FIRST))
    assert not graph.forget_policy(scid(1), source=node(FIRST))
    assert not graph.forget_policy(scid(2), source=node(FIRST))
