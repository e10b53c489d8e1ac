from __future__ import annotations

import pytest

from payments.lightning.graph.assembly import LeftOut
from payments.lightning.graph.errors import MapHasNoChannels, MapTruncated, MapUnreadable
from payments.lightning.graph.formats.describegraph import read_describegraph
from payments.lightning.graph.formats.recognise import draw_said
from payments.lightning.graph.network import DirectedPolicy, NodeInfo
from payments.lightning.units import MAX_MSAT
from payments.lightning.wire.features import Features
from tests.graphs import node
from tests.unit.lightning.graph.formats.samples import ALICE_BOB, FIRST, NEWEST_S, SECOND, describegraph, lnd_edge, lnd_node, lnd_policy


def drawn(*edges, nodes=()):
    return draw_said(read_describegraph(describegraph(*edges, nodes=nodes)))


def test_a_channel_with_both_policies_is_read() -> None:
    snapshot = drawn(lnd_edge()).snapshot

    assert 1_000_000 == snapshot.channel(ALICE_BOB).capacity_sat
    assert DirectedPolicy(
        fee_base_msat=1,
        fee_proportional_millionths=250,
        cltv_expiry_delta=40,
        htlc_minimum_msat=1_000,
        htlc_maximum_msat=990_000_000,
        last_update_s=NEWEST_S,
    ) == snapshot.policy(ALICE_BOB, source=node(FIRST))
    assert snapshot.policy(ALICE_BOB, source=node(SECOND)).is_disabled


def test_numbers_may_stand_as_text_or_as_numbers() -> None:
    as_numbers = lnd_edge(channel_id=ALICE_BOB, capacity=1_000_000, node1_policy=lnd_policy(min_htlc=1_000, fee_base_msat=1))

    assert drawn(lnd_edge()).snapshot.half(ALICE_BOB, source=node(FIRST)) == drawn(as_numbers).snapshot.half(ALICE_BOB, source=node(FIRST))


def test_what_a_node_says_about_itself_is_kept() -> None:
    features = {"9": {"name": "tlv-onion", "is_required": False, "is_known": True}, "14": {}, "x": {}, "99999999": {}}
    snapshot = drawn(lnd_edge(), nodes=[lnd_node("bob", alias="bob \u202e<b>", features=features), lnd_node("nobody")]).snapshot

    assert NodeInfo(
        node_id=node("bob"), alias="bob \u202e<b>", color="#0a0b0c", features=Features(1 << 9 | 1 << 14), last_update_s=NEWEST_S
    ) == snapshot.node(node("bob"))
    assert snapshot.node(node("nobody")) is None


def test_a_missing_policy_is_none() -> None:
    assert drawn(lnd_edge(node1_policy=None)).snapshot.policy(ALICE_BOB, source=node(FIRST)) is None


def test_a_maximum_that_is_not_said_is_all_there_is() -> None:
    silent = lnd_policy()
    del silent["max_htlc_msat"]

    assert MAX_MSAT == drawn(lnd_edge(node1_policy=silent)).snapshot.policy(ALICE_BOB, source=node(FIRST)).htlc_maximum_msat


def test_keys_in_the_wrong_order_are_put_right() -> None:
    turned = lnd_edge(node1_pub=node(SECOND).hex(), node2_pub=node(FIRST).hex(), node1_policy=lnd_policy(fee_base_msat=77))
    snapshot = drawn(turned).snapshot

    assert (node(FIRST), node(SECOND)) == (snapshot.channel(ALICE_BOB).node_one, snapshot.channel(ALICE_BOB).node_two)
    assert 77 == snapshot.policy(ALICE_BOB, source=node(SECOND)).fee_base_msat


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({"node2_pub": node(FIRST).hex()}, LeftOut(same_node=1)),
        ({"node2_pub": "zz" * 33}, LeftOut(broken_channel=1)),
        ({"node2_pub": "02"}, LeftOut(broken_channel=1)),
        ({"node2_pub": " " * 66}, LeftOut(broken_channel=1)),
        ({"node2_pub": "02" + "ff" * 32}, LeftOut(broken_channel=1)),
        ({"channel_id": str(ALICE_BOB)}, LeftOut(same_id=1)),
        ({"channel_id": -5}, LeftOut(broken_channel=1)),
        ({"channel_id": str(1 << 70)}, LeftOut()),
        ({"node1_policy": lnd_policy(fee_base_msat=-1)}, LeftOut(broken_policy=1)),
        ({"node1_policy": lnd_policy(fee_base_msat=1 << 32)}, LeftOut(broken_policy=1)),
        ({"node1_policy": lnd_policy(fee_rate_milli_msat=str(1 << 90))}, LeftOut(broken_policy=1)),
        ({"node1_policy": lnd_policy(time_lock_delta=1 << 16)}, LeftOut(broken_policy=1)),
        ({"node1_policy": lnd_policy(min_htlc=-(1 << 80))}, LeftOut(broken_policy=1)),
        ({"node1_policy": lnd_policy(max_htlc_msat=str(1 << 64))}, LeftOut()),
    ],
)
def test_what_no_map_can_hold_is_left_out_and_counted(changes, left_out) -> None:
    other = lnd_edge(**({"channel_id": "99"} | changes))

    assert left_out == drawn(lnd_edge(), other).left_out


@pytest.mark.parametrize("capacity", [0, -1, str(1 << 70), MAX_MSAT])
def test_a_capacity_that_cannot_be_is_unknown(capacity) -> None:
    assert drawn(lnd_edge(capacity=capacity)).snapshot.channel(ALICE_BOB).capacity_sat is None


def test_more_than_all_money_is_all_money() -> None:
    policy = lnd_policy(max_htlc_msat=str((1 << 64) - 1))

    assert MAX_MSAT == drawn(lnd_edge(node1_policy=policy)).snapshot.policy(ALICE_BOB, source=node(FIRST)).htlc_maximum_msat


def test_a_truncated_file_is_refused() -> None:
    data = describegraph(lnd_edge())

    for length in range(2, len(data)):
        with pytest.raises(MapTruncated):
            read_describegraph(data[:length])


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b'{"edges": 1}', "$.edges"),
        (b'{"edges": [{"channel_id": "x"}]}', "$.edges[0].channel_id"),
        (b'{"edges": [{"channel_id": 1.5}]}', "$.edges[0].channel_id"),
        (b'{"edges": [\xff]}', "$"),
        (b'{"edges": []} and more', "$"),
        (b'{"edges": ' + b"[" * 5_000, "$"),
    ],
)
def test_another_shape_is_refused_with_its_place(data, place) -> None:
    with pytest.raises((MapUnreadable, MapTruncated)) as refused:
        read_describegraph(data)

    assert getattr(refused.value, "place", "$").startswith(place)


def test_a_map_without_channels_is_none() -> None:
    with pytest.raises(MapHasNoChannels):
        drawn(nodes=[lnd_node("alice")])
