"""What is in flight of ours, kept up to date."""

from __future__ import annotations

from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.inflight import InFlightHtlcs, UsedRoom
from payments.lightning.routing.route import Path, RouteHop

ALICE, BOB, CAROL = (NodeId(bytes([2]) + bytes([number]) * 32) for number in (1, 2, 3))
FIRST, SECOND = ShortChannelId(7), ShortChannelId(8)


def two_hops(amount_msat: int) -> Path:
    """From alice over bob, who takes 10 msat, to carol."""
    first = RouteHop(node_id=BOB, short_channel_id=FIRST, fee_msat=10, cltv_expiry_delta=40)
    return Path(hops=(first, RouteHop(node_id=CAROL, short_channel_id=SECOND, fee_msat=amount_msat, cltv_expiry_delta=18)))


def test_each_channel_is_taken_up_by_the_amount_on_it() -> None:
    room = UsedRoom(ALICE)
    room.put(b"one", (two_hops(1_000), two_hops(500)))
    room.put(b"other", (two_hops(3_000),))
    assert InFlightHtlcs(used_msat={(FIRST, ALICE): 4_530, (SECOND, BOB): 4_500}) == room.now()


def test_paths_take_the_place_of_those_before_them() -> None:
    room = UsedRoom(ALICE)
    room.put(b"one", (two_hops(1_000), two_hops(500)))
    room.put(b"one", (two_hops(500),))
    assert {(FIRST, ALICE): 510, (SECOND, BOB): 500} == room.now().used_msat


def test_nothing_is_left_of_what_is_not_in_flight_any_more() -> None:
    room = UsedRoom(ALICE)
    room.put(b"one", (two_hops(1_000),))
    room.put(b"one", ())
    room.put(b"one", ())
    assert {} == room.now().used_msat


def test_an_answer_stays_as_it_was_given() -> None:
    room = UsedRoom(ALICE)
    room.put(b"one", (two_hops(1_000),))
    then = room.now()
    room.put(b"one", ())
    assert 1_000 == then.used_liquidity_msat(SECOND, source=BOB)
