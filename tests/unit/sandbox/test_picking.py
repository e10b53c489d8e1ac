"""A part of a map that hangs together and looks like the whole."""

from __future__ import annotations

from math import isqrt

import networkx as nx
import pytest

from payments.lightning.graph.arrays import USABLE
from payments.lightning.graph.finding import best_connected
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.sandbox.dice import Dice
from payments.sandbox.picking import MOST_CHANNELS, Picked, pick
from tests.drawn_maps import drawn_map
from tests.graphs import channel, network, node


def graph_of(snapshot: GraphSnapshot, picked: Picked) -> nx.Graph:
    graph = nx.Graph((int(snapshot.node1[place]), int(snapshot.node2[place])) for place in picked.channels)
    graph.add_nodes_from(picked.nodes)
    return graph


@pytest.mark.parametrize("count", [2, 15, 60, 150])
def test_the_part_hangs_together_over_channels_that_can_be_used_both_ways(count: int) -> None:
    snapshot = drawn_map(200)
    picked = pick(snapshot, count=count, dice=Dice(b"seed"))

    assert count == len(set(picked.nodes))
    assert set(picked.nodes) == set(graph_of(snapshot, picked))
    assert nx.is_connected(graph_of(snapshot, picked))
    assert all(USABLE == snapshot.flags[half] for place in picked.channels for half in (2 * place, 2 * place + 1))


def test_it_begins_with_the_best_connected_node() -> None:
    snapshot = drawn_map(200)

    assert best_connected(snapshot) == pick(snapshot, count=60, dice=Dice(b"seed")).nodes[0]


def test_the_same_seed_picks_the_same() -> None:
    snapshot = drawn_map(200)
    first, again, other = (pick(snapshot, count=60, dice=Dice(seed)) for seed in (b"a", b"a", b"b"))

    assert first == again
    assert first != other


def test_there_are_hubs_and_leaves() -> None:
    snapshot = drawn_map(400)
    degrees = sorted(dict(graph_of(snapshot, pick(snapshot, count=100, dice=Dice(b"seed"))).degree).values())

    assert 1 == degrees[0]
    assert degrees[-1] >= 3 * degrees[50]


def test_nobody_has_more_channels_than_one_engine_should_carry() -> None:
    star = GraphSnapshot.of(network(*[channel("hub", f"leaf {number}") for number in range(2 * MOST_CHANNELS)]))
    picked = pick(star, count=2 * MOST_CHANNELS, dice=Dice(b"seed"))

    assert MOST_CHANNELS == len(picked.channels) == len(picked.nodes) - 1


def test_two_nodes_share_one_channel_the_largest() -> None:
    lines = [channel("alice", "bob", capacity_sat=capacity_sat) for capacity_sat in (1_000_000, 5_000_000, 2_000_000)]
    snapshot = GraphSnapshot.of(network(*lines))

    (place,) = pick(snapshot, count=2, dice=Dice(b"seed")).channels
    assert 5_000_000 == snapshot.capacity_sat[place]


def test_what_does_not_hang_together_is_not_there() -> None:
    snapshot = GraphSnapshot.of(network(channel("alice", "bob"), channel("bob", "carol"), channel("dave", "erin")))
    picked = pick(snapshot, count=5, dice=Dice(b"seed"))

    assert {node(name) for name in ("alice", "bob", "carol")} == {snapshot.node_id_at(place) for place in picked.nodes}


def test_nothing_is_picked_where_nothing_can_be_used() -> None:
    snapshot = GraphSnapshot.of(network(channel("alice", "bob", is_disabled=True)))

    assert Picked(nodes=(), channels=()) == pick(snapshot, count=2, dice=Dice(b"seed"))


def test_about_the_root_of_its_channels_is_kept() -> None:
    snapshot = drawn_map(400)
    degrees = dict(graph_of(snapshot, pick(snapshot, count=350, dice=Dice(b"seed"))).degree)
    on_map = nx.Graph((int(first), int(second)) for first, second in zip(snapshot.node1, snapshot.node2, strict=True)).degree

    ranked = sorted(degrees, key=lambda place: -on_map[place])[:10]
    assert all(isqrt(on_map[place]) - 2 <= degrees[place] <= 2 * isqrt(on_map[place]) for place in ranked)
