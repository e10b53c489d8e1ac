"""The bookkeeping of one HTLC: since which transaction of each side it is there, or gone."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.channel.htlc import Failed, Forwarded, Fulfilled, Htlc, Malformed, OwnPayment, Side, holds, span_with

HTLC = Htlc(
    owner=Side.LOCAL,
    id=3,
    amount_msat=1_000,
    payment_hash=bytes(32),
    cltv_expiry=800_100,
    onion_routing_packet=bytes(1366),
    added=(5, 4),
)


def test_it_works():
    gone = HTLC.remove(Fulfilled(payment_preimage=bytes(32)), side=Side.LOCAL, number=7)

    assert [False, True, True] == [HTLC.stands_in(Side.LOCAL, number) for number in (4, 5, 900)]
    assert [True, False] == [gone.stands_in(Side.LOCAL, number) for number in (6, 7)]
    assert gone.stands_in(Side.REMOTE, 900)
    assert (7, None) == gone.removed


def test_what_was_not_promised_holds_nowhere():
    assert not any(holds((None, None), side, 1 << 40) for side in Side)


@pytest.mark.parametrize(("side", "expected"), [(Side.LOCAL, (9, 2)), (Side.REMOTE, (1, 9))])
def test_a_span_changes_on_one_side_alone(side, expected):
    assert expected == span_with((1, 2), side, 9)


def test_sides_are_each_others_other():
    assert (Side.REMOTE, Side.LOCAL) == (Side.LOCAL.other, Side.REMOTE.other)


def test_only_a_preimage_is_payment():
    outcomes = [None, Fulfilled(payment_preimage=bytes(32)), Failed(reason=b""), Malformed(sha256_of_onion=bytes(32), failure_code=0xC005)]

    assert [False, True, False, False] == [msgspec.structs.replace(HTLC, outcome=outcome).is_fulfilled for outcome in outcomes]


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": OwnPayment(payment_id=bytes(32), attempt_number=2)},
        {"origin": Forwarded(channel_id=bytes(32), htlc_id=1, incoming_amount_msat=1_001, incoming_shared_secret=bytes(32))},
        {"outcome": Fulfilled(payment_preimage=bytes(32), attribution_data=bytes(920)), "removed": (1, None)},
        {"outcome": Failed(reason=b"x"), "owner": Side.REMOTE, "handled": True, "received_at_ms": 5},
        {"outcome": Malformed(sha256_of_onion=bytes(32), failure_code=0xC005)},
    ],
)
def test_every_kind_is_stored_as_it_is(changes):
    htlc = msgspec.structs.replace(HTLC, **changes)

    assert htlc == msgspec.msgpack.decode(msgspec.msgpack.encode(htlc), type=Htlc)
