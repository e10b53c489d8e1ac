from __future__ import annotations

import pytest

from payments.lightning.graph.finding import NodeFinder, best_connected, channels_by_node
from payments.lightning.graph.network import NetworkGraph, NodeInfo
from payments.lightning.graph.snapshot import GraphSnapshot
from tests.graphs import channel, network, node

NAMES = {"alice": "Alice", "bob": "alicebob", "carol": "Malice", "dave": "Alice", "erin": "\u202eecilA"}


@pytest.fixture
def snapshot() -> GraphSnapshot:
    drawn = network(
        channel("alice", "bob"), channel("alice", "carol"), channel("carol", "dave"), channel("carol", "erin", is_disabled=True)
    )
    for who, alias in NAMES.items():
        drawn.set_node(NodeInfo(node_id=node(who), alias=alias))
    return GraphSnapshot.of(drawn)


def found(snapshot: GraphSnapshot, text: str, *, limit: int = 9) -> list[str]:
    names = {node(name): name for name in NAMES}
    return [names[snapshot.node_id_at(place)] for place in NodeFinder(snapshot).find(text, limit=limit)]


def test_a_whole_name_comes_before_a_beginning_before_a_part_and_the_best_connected_of_equals_first(snapshot: GraphSnapshot) -> None:
    assert ["alice", "dave", "bob", "carol"] == found(snapshot, " ALICE ")


def test_only_so_many_are_given(snapshot: GraphSnapshot) -> None:
    assert ["alice", "dave"] == found(snapshot, "alice", limit=2)


@pytest.mark.parametrize("length", [8, 9, 33, 66])
def test_a_key_is_found_by_how_it_begins(snapshot: GraphSnapshot, length: int) -> None:
    assert ["bob"] == found(snapshot, node("bob").hex()[:length].upper())


def test_an_address_is_its_key(snapshot: GraphSnapshot) -> None:
    assert ["bob"] == found(snapshot, f"{node('bob').hex()}@127.0.0.1:9735")


def test_every_key_begins_like_a_key(snapshot: GraphSnapshot) -> None:
    assert set(NAMES) == {*found(snapshot, "02"), *found(snapshot, "03")}


@pytest.mark.parametrize("text", ["", "  ", "nobody", "02" + "ff" * 32, "zz" * 5_000, "\u202e\u202e"])
def test_what_nobody_is_called_finds_nobody(snapshot: GraphSnapshot, text: str) -> None:
    assert [] == found(snapshot, text)


def test_nobody_is_on_an_empty_map() -> None:
    assert [] == NodeFinder(GraphSnapshot.of(NetworkGraph())).find("02", limit=5)


def test_channels_are_counted_at_both_ends_and_ways_out_only_where_they_are_open(snapshot: GraphSnapshot) -> None:
    counts = dict(zip(map(snapshot.node_id_at, range(5)), channels_by_node(snapshot).tolist(), strict=True))

    assert {node("alice"): 2, node("bob"): 1, node("carol"): 3, node("dave"): 1, node("erin"): 1} == counts
    assert snapshot.node_id_at(best_connected(snapshot)) in {node("alice"), node("carol")}
