from __future__ import annotations

import numpy as np
import pytest

from payments.lightning.graph.errors import MapDamaged, MapFormatUnknown, MapTruncated, MapVersionUnknown
from payments.lightning.graph.network import NetworkGraph, NodeInfo
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.snapshot_file import MAGIC, MapOrigin, decode_snapshot, encode_snapshot
from payments.lightning.wire.features import Features
from tests.graphs import channel, network, node

ORIGIN = MapOrigin(
    name="graph.json",
    source_format="describegraph",
    chain_hash=bytes(32),
    imported_at_s=1_700_000_000,
    newest_update_s=1_699_999_999,
    viewpoint=node("bob"),
)


@pytest.fixture
def snapshot() -> GraphSnapshot:
    graph = network(channel("alice", "bob", features=Features(8)), channel("bob", "carol", one_way=True), channel("carol", "dave"))
    graph.set_node(NodeInfo(node_id=node("bob"), alias="Bob's ⚡", color="#010203", features=Features(1 << 14), last_update_s=9))
    return GraphSnapshot.of(graph)


@pytest.fixture
def data(snapshot: GraphSnapshot) -> bytes:
    return b"".join(encode_snapshot(snapshot, origin=ORIGIN))


def test_what_is_written_is_read(snapshot: GraphSnapshot, data: bytes) -> None:
    stored = decode_snapshot(data)

    assert ORIGIN == stored.origin
    assert (snapshot.nodes(), snapshot.channels()) == (stored.snapshot.nodes(), stored.snapshot.channels())
    assert list(snapshot.incoming(node("bob"))) == list(stored.snapshot.incoming(node("bob")))
    assert list(snapshot.outgoing(node("carol"))) == list(stored.snapshot.outgoing(node("carol")))


def test_the_arrays_are_views_that_nobody_can_write_into(data: bytes) -> None:
    stored = decode_snapshot(bytearray(data))

    assert not stored.snapshot.fee_ppm.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        stored.snapshot.fee_ppm[0] = 1


def test_the_arrays_begin_where_processors_like_it(data: bytes) -> None:
    start = np.frombuffer(data, np.uint8).__array_interface__["data"][0]
    stored = decode_snapshot(data)

    assert {0} == {
        (getattr(stored.snapshot, name).__array_interface__["data"][0] - start) % 64 for name in ("node1", "fee_base_msat", "out_halves")
    }


def test_the_same_map_has_the_same_name(snapshot: GraphSnapshot, data: bytes) -> None:
    again = b"".join(encode_snapshot(snapshot, origin=ORIGIN))

    assert decode_snapshot(data).digest == decode_snapshot(again).digest


def test_an_empty_map_can_be_stored() -> None:
    data = b"".join(encode_snapshot(GraphSnapshot.of(NetworkGraph()), origin=ORIGIN))

    assert 0 == decode_snapshot(data).snapshot.channel_count


def test_no_part_of_it_is_taken_for_the_whole(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises((MapFormatUnknown, MapTruncated, MapDamaged)):
            decode_snapshot(data[:length])


def test_a_changed_byte_is_noticed(data: bytes) -> None:
    for place in range(16, len(data)):
        with pytest.raises((MapDamaged, MapTruncated)):
            decode_snapshot(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


def test_another_version_is_refused(data: bytes) -> None:
    with pytest.raises(MapVersionUnknown):
        decode_snapshot(MAGIC + b"\x02" + data[len(MAGIC) + 1 :])


def test_something_else_is_refused() -> None:
    with pytest.raises(MapFormatUnknown):
        decode_snapshot(b"{}")
