"""
Laws of maps: whatever bytes come, a map or a leaf of LightningError; whatever a map holds, the arrays answer as the drawn one does, routes
included; what is stored is what is read.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.lightning.errors import LightningError
from payments.lightning.graph.formats.recognise import draw_said, read_said
from payments.lightning.graph.network import DirectedPolicy
from payments.lightning.graph.patched import PatchedGraph
from payments.lightning.graph.snapshot import GraphSnapshot, PolicyPatch
from payments.lightning.graph.snapshot_file import MapOrigin, decode_snapshot, encode_snapshot
from payments.lightning.ids import ShortChannelId
from payments.lightning.routing.router import find_route
from payments.lightning.units import MAX_MSAT
from tests.graphs import node, scid
from tests.property.test_routing_laws import NAMES, SCORER, World, worlds
from tests.unit.lightning.graph.formats.samples import (
    ALICE_BOB,
    BOB_CAROL,
    FIRST,
    SECOND,
    cln_half,
    describegraph,
    listchannels,
    lnd_edge,
    lnd_policy,
    rgs,
    rgs_channel,
)

ORIGIN = MapOrigin(name="x", source_format="y", chain_hash=None, imported_at_s=0, newest_update_s=0, viewpoint=bytes(33))
NODES = [node(FIRST), node(SECOND), node("carol")]
CHANNELS = [rgs_channel(ALICE_BOB, 0, 1), rgs_channel(BOB_CAROL - ALICE_BOB, 1, 2)]
WHOLE = [
    describegraph(lnd_edge()),
    listchannels(cln_half("alice", "bob"), cln_half("bob", "alice")),
    rgs(NODES, CHANNELS, [(ALICE_BOB, 0x7C, bytes(26)), (1 << 40, 0x01, b"")]),
]

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 70), 1 << 70) | st.text(max_size=70) | st.sampled_from([key.hex() for key in NODES]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def read(data: bytes) -> GraphSnapshot | None:
    """A map, or None for what is refused as it should be."""
    try:
        snapshot = draw_said(read_said(data)).snapshot
    except LightningError:
        return None
    return decode_snapshot(b"".join(encode_snapshot(snapshot, origin=ORIGIN))).snapshot


def check(snapshot: GraphSnapshot | None) -> None:
    """What a search relies on without looking."""
    if snapshot is None:
        return
    assert snapshot.channel_count > 0
    assert (snapshot.node1 < snapshot.node2).all()
    assert (np.diff(snapshot.short_channel_ids) > 0).all()
    for name in ("fee_base_msat", "fee_ppm", "htlc_minimum_msat", "cltv_expiry_delta"):
        assert (getattr(snapshot, name) >= 0).all()
    assert (snapshot.htlc_maximum_msat <= MAX_MSAT).all()
    assert (snapshot.htlc_maximum_msat >= -1).all()
    assert (snapshot.capacity_sat != 0).all()
    for who in snapshot.nodes():
        assert all(half.target == who.node_id for half in snapshot.incoming(who.node_id))


@given(st.sampled_from([b"", b"LDK\x01", b"{", b'{"edges":', b'{"channels":']), st.binary(max_size=200))
def test_any_bytes_are_a_map_or_refused(start: bytes, rest: bytes) -> None:
    check(read(start + rest))


@given(st.sampled_from(WHOLE), st.data())
def test_a_damaged_file_is_a_map_or_refused(whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 9)))
    check(read(whole[:start] + data.draw(st.binary(max_size=9)) + whole[end:]))


@given(st.dictionaries(st.sampled_from([*lnd_edge()]), anything, max_size=4), st.dictionaries(st.sampled_from([*lnd_policy()]), anything))
def test_any_values_in_an_edge_are_a_map_or_refused(changes: dict[str, Any], policy: dict[str, Any]) -> None:
    check(read(describegraph(lnd_edge(node2_policy=lnd_policy(**policy)) | changes, lnd_edge())))


@given(st.dictionaries(st.sampled_from([*cln_half("alice", "bob"), "satoshis"]), anything, max_size=4))
def test_any_values_in_a_direction_are_a_map_or_refused(changes: dict[str, Any]) -> None:
    check(read(listchannels(cln_half("alice", "bob") | changes, cln_half("alice", "bob", short_channel_id="1x1x1"))))


@given(anything)
def test_any_json_is_a_map_or_refused(value: object) -> None:
    for name in ("edges", "channels", "nodes"):
        check(read(json.dumps({name: value, "edges": value}).encode()))


@given(st.lists(st.tuples(st.integers(0, 1 << 64), st.integers(0, 255), st.binary(max_size=30)), max_size=6))
def test_any_updates_are_a_map_or_refused(updates: list[tuple[int, int, bytes]]) -> None:
    check(read(rgs(NODES, CHANNELS, [(min(delta, (1 << 64) - 1), flags, rest) for delta, flags, rest in updates])))


@settings(max_examples=60)
@given(worlds(minimum_msat=5_000))
def test_arrays_answer_as_the_drawn_map_does_routes_included(world: World) -> None:
    arrays = GraphSnapshot.of(world.graph)

    assert set(world.graph.channels()) == set(arrays.channels())
    for name in NAMES:
        assert set(world.graph.incoming(node(name))) == set(arrays.incoming(node(name)))
        assert set(world.graph.outgoing(node(name))) == set(arrays.outgoing(node(name)))
    assert world.ask() == msgspec.structs.replace(world, graph=arrays).ask()


@settings(max_examples=60)
@given(worlds())
def test_a_map_survives_being_stored_and_drawn_again(world: World) -> None:
    arrays = GraphSnapshot.of(world.graph)
    stored = decode_snapshot(b"".join(encode_snapshot(arrays, origin=ORIGIN))).snapshot
    again = stored.drawn()

    assert set(world.graph.nodes()) == set(again.nodes())
    assert [set(world.graph.incoming(node(name))) for name in NAMES] == [set(again.incoming(node(name))) for name in NAMES]


policies = st.builds(
    DirectedPolicy,
    fee_base_msat=st.integers(0, 5),
    fee_proportional_millionths=st.integers(0, 5),
    cltv_expiry_delta=st.integers(0, 5),
    htlc_maximum_msat=st.integers(1, 1_000),
    is_disabled=st.booleans(),
    last_update_s=st.integers(1, 4),
)
patches = st.builds(
    PolicyPatch,
    short_channel_id=st.integers(0, 13).map(lambda number: ShortChannelId(scid(number))),
    source=st.sampled_from(NAMES).map(node),
    policy=policies,
)


@settings(max_examples=60)
@given(worlds(), st.lists(patches, max_size=12))
def test_patches_do_to_arrays_what_updates_do_to_a_drawn_map(world: World, news: list[PolicyPatch]) -> None:
    arrays = GraphSnapshot.of(world.graph).patched(news)
    for patch in news:
        channel = world.graph.channel(patch.short_channel_id)
        if channel is None or patch.source not in (channel.node_one, channel.node_two):
            continue
        known = world.graph.policy(patch.short_channel_id, source=patch.source)
        if known is None or patch.policy.last_update_s > known.last_update_s:
            world.graph.set_policy(patch.short_channel_id, source=patch.source, policy=patch.policy)

    assert [set(world.graph.incoming(node(name))) for name in NAMES] == [set(arrays.incoming(node(name))) for name in NAMES]


@settings(max_examples=60)
@given(worlds(), st.lists(patches, max_size=12))
def test_prices_put_on_a_drawn_map_do_what_updates_do_to_it(world: World, news: list[PolicyPatch]) -> None:
    known = [patch for patch in news if world.graph.policy(patch.short_channel_id, source=patch.source) is not None]
    before = [list(world.graph.incoming(node(name))) for name in NAMES]
    first = PatchedGraph(world.graph).patched(known[:6])
    assert first is not None
    patched = first.patched(known[6:])
    assert patched is not None
    assert before == [list(world.graph.incoming(node(name))) for name in NAMES], "the map below is as it was"
    unknown = [patch for patch in news if patch not in known]
    assert all(patched.patched([patch]) is None for patch in unknown)

    asked = {"params": world.params, "first_hops": world.first_hops, "scorer": SCORER}
    answer = find_route(node("alice"), graph=patched, **asked)
    for patch in known:
        world.graph.set_policy(patch.short_channel_id, source=patch.source, policy=patch.policy)
    assert find_route(node("alice"), graph=world.graph, **asked) == answer
    for name in NAMES:
        assert list(world.graph.incoming(node(name))) == list(patched.incoming(node(name)))
        assert list(world.graph.outgoing(node(name))) == list(patched.outgoing(node(name)))
