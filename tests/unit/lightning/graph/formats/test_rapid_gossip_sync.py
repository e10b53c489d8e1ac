from __future__ import annotations

import struct

import pytest

from payments.lightning.graph.errors import MapHoldsChangesOnly, MapTruncated, MapUnreadable, MapVersionUnknown
from payments.lightning.graph.formats.rapid_gossip_sync import read_rapid_gossip_sync
from payments.lightning.graph.formats.recognise import draw_said
from payments.lightning.graph.network import DirectedPolicy
from payments.lightning.units import MAX_MSAT
from payments.lightning.wire.features import Features
from tests.graphs import node
from tests.unit.lightning.graph.formats.samples import (
    ALICE_BOB,
    BOB_CAROL,
    CHAIN_HASH,
    FIRST,
    NEWEST_S,
    SECOND,
    rgs,
    rgs_channel,
)

NODES = [node(FIRST), node(SECOND), node("carol")]
CHANNELS = [rgs_channel(ALICE_BOB, 0, 1), rgs_channel(BOB_CAROL - ALICE_BOB, 1, 2, features=b"\x02")]
A_WEEK_S = 7 * 86_400
DEFAULT = DirectedPolicy(
    fee_base_msat=1,
    fee_proportional_millionths=250,
    cltv_expiry_delta=40,
    htlc_minimum_msat=1_000,
    htlc_maximum_msat=990_000_000,
    last_update_s=NEWEST_S - A_WEEK_S,
)


def drawn(*updates):
    return draw_said(read_rapid_gossip_sync(rgs(NODES, CHANNELS, updates)))


def policy_after(*updates, source=FIRST):
    return drawn(*updates).snapshot.policy(ALICE_BOB, source=node(source))


def test_channels_and_the_chain_are_read() -> None:
    read = drawn((ALICE_BOB, 0, b""))

    assert (CHAIN_HASH, 2, 3) == (read.chain_hash, read.snapshot.channel_count, read.snapshot.node_count)
    assert read.snapshot.channel(BOB_CAROL).capacity_sat is None
    assert Features(2) == read.snapshot.channel(BOB_CAROL).features


def test_an_update_without_figures_has_the_defaults() -> None:
    assert DEFAULT == policy_after((ALICE_BOB, 0, b""))


def test_flags_say_whose_direction_it_is_and_that_it_is_off() -> None:
    assert policy_after((ALICE_BOB, 0x03, b""), source=FIRST) is None
    assert policy_after((ALICE_BOB, 0x03, b""), source=SECOND).is_disabled


def test_what_differs_follows_in_the_order_of_the_fields() -> None:
    every = struct.pack(">HQIIQ", 9, 8, 7, 6, 5)

    assert DirectedPolicy(
        fee_base_msat=7,
        fee_proportional_millionths=6,
        cltv_expiry_delta=9,
        htlc_minimum_msat=8,
        htlc_maximum_msat=5,
        last_update_s=NEWEST_S - A_WEEK_S,
    ) == policy_after((ALICE_BOB, 0x7C, every))


def test_an_incremental_update_keeps_what_was_said_before() -> None:
    policy = policy_after((ALICE_BOB, 0x10, struct.pack(">I", 7)), (0, 0x88, struct.pack(">I", 6)))

    assert (7, 6, 40) == (policy.fee_base_msat, policy.fee_proportional_millionths, policy.cltv_expiry_delta)


def test_no_maximum_is_all_there_is() -> None:
    assert MAX_MSAT == policy_after((ALICE_BOB, 0x04, b"\xff" * 8)).htlc_maximum_msat


def test_a_file_of_changes_alone_is_no_map() -> None:
    with pytest.raises(MapHoldsChangesOnly):
        drawn((ALICE_BOB, 0x80, b""))


def test_an_update_of_a_channel_that_is_not_in_the_file_is_a_stray() -> None:
    read = drawn((5, 0x10, struct.pack(">I", 7)), (ALICE_BOB - 5, 0, b""))

    assert 1 == read.stray_policies
    assert DEFAULT == read.snapshot.policy(ALICE_BOB, source=node(FIRST))


def test_channels_may_have_no_updates_at_all() -> None:
    assert 2 == drawn().snapshot.channel_count


def test_wherever_it_breaks_off_it_is_refused() -> None:
    data = rgs(NODES, CHANNELS, [(ALICE_BOB, 0x7C, bytes(26)), (1 << 40, 0x01, b"")])

    for length in range(len(data)):
        with pytest.raises(MapTruncated):
            read_rapid_gossip_sync(data[:length])


def test_another_version_is_refused() -> None:
    with pytest.raises(MapVersionUnknown) as refused:
        read_rapid_gossip_sync(rgs(NODES, CHANNELS, [], version=2))

    assert 2 == refused.value.version


def test_a_node_that_is_not_in_the_list_is_refused() -> None:
    with pytest.raises(MapUnreadable):
        read_rapid_gossip_sync(rgs(NODES, [rgs_channel(ALICE_BOB, 0, 3)], []))


def test_a_number_in_more_bytes_than_it_needs_is_refused() -> None:
    with pytest.raises(MapUnreadable):
        read_rapid_gossip_sync(rgs(NODES, [b"\x00\x00\xfd\x00\x01\x00\x01"], []))


def test_anything_behind_the_end_is_refused() -> None:
    with pytest.raises(MapUnreadable):
        read_rapid_gossip_sync(rgs(NODES, CHANNELS, []) + b"\x00")


def test_a_count_that_cannot_be_true_costs_nothing() -> None:
    with pytest.raises(MapTruncated):
        read_rapid_gossip_sync(rgs(NODES, CHANNELS, [])[:44] + b"\xff\xff\xff\xff" + bytes(64))
