from __future__ import annotations

import pytest

from payments.lightning.graph.assembly import LeftOut
from payments.lightning.graph.errors import MapTruncated, MapUnreadable
from payments.lightning.graph.formats.listchannels import read_listchannels
from payments.lightning.graph.formats.recognise import draw_said
from payments.lightning.ids import parse_scid
from payments.lightning.units import MAX_MSAT
from tests.graphs import node
from tests.unit.lightning.graph.formats.samples import cln_half, listchannels

SCID = parse_scid("700000x1x0")


def drawn(*halves):
    return draw_said(read_listchannels(listchannels(*halves)))


def test_two_directions_make_one_channel() -> None:
    snapshot = drawn(cln_half("bob", "alice"), cln_half("alice", "bob", base_fee_millisatoshi=9, active=False)).snapshot

    assert (1, 1_000_000) == (snapshot.channel_count, snapshot.channel(SCID).capacity_sat)
    assert 1 == snapshot.policy(SCID, source=node("bob")).fee_base_msat
    assert (9, True) == (
        snapshot.policy(SCID, source=node("alice")).fee_base_msat,
        snapshot.policy(SCID, source=node("alice")).is_disabled,
    )


def test_the_unit_may_stand_behind_amounts() -> None:
    texts = cln_half("alice", "bob", amount_msat="1000000000msat", htlc_minimum_msat="1000msat", htlc_maximum_msat="990000000msat")

    half, plain = (drawn(each).snapshot.half(SCID, source=node("alice")) for each in (texts, cln_half("alice", "bob")))
    assert plain == half


def test_old_files_give_capacities_in_satoshi() -> None:
    old = cln_half("alice", "bob", satoshis=77)
    del old["amount_msat"], old["htlc_maximum_msat"]
    snapshot = drawn(old).snapshot

    assert 77 == snapshot.channel(SCID).capacity_sat
    assert MAX_MSAT == snapshot.policy(SCID, source=node("alice")).htlc_maximum_msat


def test_private_channels_are_left_aside() -> None:
    assert 1 == drawn(cln_half("alice", "bob"), cln_half("alice", "carol", short_channel_id="1x1x1", public=False)).snapshot.channel_count


def test_a_direction_between_other_nodes_is_a_stray() -> None:
    read = drawn(cln_half("alice", "bob"), cln_half("alice", "carol"))

    assert (1, 1) == (read.snapshot.channel_count, read.stray_policies)


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({"short_channel_id": "1:2:3"}, LeftOut(broken_channel=1)),
        ({"short_channel_id": "99999999x1x1"}, LeftOut(broken_channel=1)),
        ({"htlc_minimum_msat": "12 sat"}, LeftOut(broken_policy=1)),
        ({"htlc_minimum_msat": "9" * 1_000 + "msat"}, LeftOut(broken_policy=1)),
        ({"htlc_maximum_msat": "-5msat"}, LeftOut(broken_policy=1)),
        ({"features": "xyz"}, LeftOut()),
    ],
)
def test_what_no_map_can_hold_is_left_out_and_counted(changes, left_out) -> None:
    other = cln_half("alice", "carol", **({"short_channel_id": "1x1x1"} | changes))

    assert left_out == drawn(cln_half("alice", "bob"), other).left_out


def test_a_truncated_file_is_refused() -> None:
    with pytest.raises(MapTruncated):
        read_listchannels(listchannels(cln_half("alice", "bob"))[:-20])


def test_the_channels_of_another_program_are_refused() -> None:
    with pytest.raises(MapUnreadable):
        read_listchannels(b'{"channels": [{"active": true, "remote_pubkey": "02", "capacity": "100"}]}')
