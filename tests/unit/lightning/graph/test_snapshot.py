from __future__ import annotations

import msgspec
import numpy as np
import pytest

from payments.lightning.graph.arrays import ASKS_UNKNOWN, USABLE
from payments.lightning.graph.network import DirectedPolicy, NetworkGraph, NodeInfo
from payments.lightning.graph.snapshot import GraphSnapshot, PolicyPatch
from payments.lightning.graph.view import GraphView
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.wire.features import Features
from tests.graphs import channel, network, node, scid

POLICY = DirectedPolicy(
    fee_base_msat=7, fee_proportional_millionths=8, cltv_expiry_delta=9, htlc_minimum_msat=10, htlc_maximum_msat=11, last_update_s=12
)


def by_place(item):
    return msgspec.to_builtins(item, str_keys=True).__repr__()


@pytest.fixture
def graph() -> NetworkGraph:
    drawn = network(
        channel("alice", "bob", number=9, fee_base_msat=1, features=Features(1 << 100)),
        channel("bob", "carol", number=3, fee_proportional_millionths=5, is_disabled=True),
        channel("carol", "alice", number=5, one_way=True, htlc_minimum_msat=20),
        channel("alice", "bob", number=2, capacity_sat=77),
    )
    drawn.set_node(NodeInfo(node_id=node("bob"), alias="bob \u202e", color="#0a0b0c", features=Features(1 << 102), last_update_s=44))
    return drawn


@pytest.fixture
def snapshot(graph: NetworkGraph) -> GraphSnapshot:
    return GraphSnapshot.of(graph)


def test_it_answers_as_the_drawn_map_does(graph: NetworkGraph, snapshot: GraphSnapshot) -> None:
    drawn: GraphView = graph
    arrays: GraphView = snapshot
    everybody = [*(known.node_id for known in drawn.nodes()), node("nobody")]

    assert (3, 4) == (arrays.node_count, arrays.channel_count)
    assert sorted(drawn.nodes(), key=by_place) == sorted(arrays.nodes(), key=by_place)
    assert sorted(drawn.channels(), key=by_place) == sorted(arrays.channels(), key=by_place)
    for who in everybody:
        assert drawn.node(who) == arrays.node(who)
        for ask in ("channels_of", "incoming", "outgoing"):
            assert sorted(getattr(drawn, ask)(who), key=by_place) == sorted(getattr(arrays, ask)(who), key=by_place)
        for number in (2, 3, 5, 9, 10):
            assert drawn.half(scid(number), source=who) == arrays.half(scid(number), source=who)
            assert drawn.policy(scid(number), source=who) == arrays.policy(scid(number), source=who)


def test_places_rise_with_keys_and_ids(snapshot: GraphSnapshot) -> None:
    keys = [key.tobytes() for key in snapshot.node_ids]

    assert sorted(node(name) for name in ("alice", "bob", "carol")) == keys
    assert [scid(2), scid(3), scid(5), scid(9)] == snapshot.short_channel_ids.tolist()
    assert (snapshot.node1 < snapshot.node2).all()


def test_a_map_goes_into_arrays_and_back(graph: NetworkGraph, snapshot: GraphSnapshot) -> None:
    again = snapshot.drawn()

    assert set(graph.nodes()) == set(again.nodes())
    assert set(graph.channels()) == set(again.channels())
    assert set(graph.incoming(node("alice"))) == set(again.incoming(node("alice")))
    assert set(graph.incoming(node("bob"))) == set(again.incoming(node("bob")))


def test_a_direction_may_be_used_where_all_is_known_and_nothing_unknown_asked(snapshot: GraphSnapshot) -> None:
    usable = {
        (snapshot.half_at(half).source, snapshot.half_at(half).channel.short_channel_id)
        for half in np.flatnonzero(snapshot.flags == USABLE)
    }

    assert {(node("alice"), scid(2)), (node("carol"), scid(5))} == usable
    assert snapshot.flags[snapshot.half_place(scid(9), source=node("alice"))] & ASKS_UNKNOWN
    assert [node("bob")] == [snapshot.node_id_at(place) for place in np.flatnonzero(snapshot.asks_unknown)]


def test_a_new_policy_makes_a_new_map(snapshot: GraphSnapshot) -> None:
    patched = snapshot.patched([PolicyPatch(short_channel_id=scid(2), source=node("bob"), policy=POLICY)])

    assert POLICY == patched.policy(scid(2), source=node("bob"))
    assert POLICY != snapshot.policy(scid(2), source=node("bob"))
    assert patched.into_halves is snapshot.into_halves


def test_a_policy_that_is_no_newer_changes_nothing(snapshot: GraphSnapshot) -> None:
    old = msgspec.structs.replace(POLICY, last_update_s=0)
    patched = snapshot.patched([PolicyPatch(short_channel_id=scid(2), source=node("bob"), policy=old)])

    assert snapshot.policy(scid(2), source=node("bob")) == patched.policy(scid(2), source=node("bob"))


def test_a_first_policy_is_found_from_both_ends(snapshot: GraphSnapshot) -> None:
    patched = snapshot.patched([PolicyPatch(short_channel_id=scid(5), source=node("alice"), policy=POLICY)])

    assert POLICY in [half.policy for half in patched.incoming(node("carol"))]
    assert POLICY in [half.policy for half in patched.outgoing(node("alice"))]


def test_a_policy_for_a_channel_that_is_not_there_changes_nothing(snapshot: GraphSnapshot) -> None:
    strangers = [(ShortChannelId(1), node("bob")), (scid(2), node("carol")), (ShortChannelId(1 << 63), node("bob"))]
    patched = snapshot.patched(PolicyPatch(short_channel_id=number, source=who, policy=POLICY) for number, who in strangers)

    assert (snapshot.fee_base_msat == patched.fee_base_msat).all()


def test_a_direction_without_a_policy_has_no_figures(snapshot: GraphSnapshot) -> None:
    with pytest.raises(ValueError):
        snapshot.half_at(snapshot.half_place(scid(5), source=node("alice")))


def test_an_empty_map_answers_too() -> None:
    empty = GraphSnapshot.of(NetworkGraph())

    assert ((), ()) == (empty.nodes(), empty.channels())
    assert empty.node(NodeId(bytes(33))) is None
    assert [] == list(empty.incoming(node("bob")))
