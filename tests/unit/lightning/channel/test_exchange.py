"""Commit and revoke: two logs become one truth, in whatever order the two sides speak."""

from __future__ import annotations

import pytest

from payments.lightning.channel.actions import IncomingHtlc, OutgoingFulfilled, OutgoingRemoved
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.types import ChannelType
from payments.lightning.channel.updates import is_locked_in, send_fee_update
from tests.unit.lightning.channel.channel_pair import Pair

TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))


@TYPES
def test_it_works(channel_type):
    pair = Pair(channel_type)
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.fulfill("bob", 0)
    pair.exchange()

    assert pair.balances_msat == (590_000_000, 410_000_000)
    assert pair["alice"].htlcs == pair["bob"].htlcs == ()
    pair.check_agreement()


def test_one_payment_takes_ten_messages():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    first = pair.exchange()
    pair.fulfill("bob", 0)
    second = pair.exchange()

    there = ["alice UpdateAddHtlc", "alice CommitmentSigned", "bob RevokeAndAck", "bob CommitmentSigned", "alice RevokeAndAck"]
    back = ["bob UpdateFulfillHtlc", "bob CommitmentSigned", "alice RevokeAndAck", "alice CommitmentSigned", "bob RevokeAndAck"]
    assert there == first
    assert back == second


def test_a_failed_htlc_leaves_the_balances_as_they_were():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.fail("bob", 0)
    pair.exchange()

    assert pair.balances_msat == (600_000_000, 400_000_000)
    assert len(pair.done("alice", OutgoingRemoved)) == 1
    assert pair.done("alice", OutgoingFulfilled) == []
    pair.check_agreement()


def test_an_incoming_htlc_is_handed_out_once_and_only_when_it_is_in_both_transactions():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.commit("alice")
    while pair.wire["alice"] or pair.wire["bob"] or pair.commit("bob"):
        early = pair.done("bob", IncomingHtlc)
        assert early == [] or is_locked_in(pair["bob"], pair["bob"].htlcs[0])
        for name in ("alice", "bob"):
            if pair.wire[name]:
                pair.deliver(name)
    pair.exchange()

    assert len(pair.done("bob", IncomingHtlc)) == 1
    assert pair["bob"].htlcs[0].received_at_ms == pair.now_ms


def test_a_preimage_counts_at_once_but_the_htlc_goes_only_when_its_removal_is_irrevocable():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.fulfill("bob", 0)
    pair.deliver("bob")

    assert len(pair.done("alice", OutgoingFulfilled)) == 1
    assert pair.done("alice", OutgoingRemoved) == []
    pair.commit("bob")
    pair.deliver("bob")
    pair.deliver("alice")
    assert pair.done("alice", OutgoingRemoved) == []
    pair.commit("alice")
    pair.deliver("alice")
    pair.deliver("bob")
    assert len(pair.done("alice", OutgoingRemoved)) == 1


@TYPES
def test_both_sides_may_speak_at_once(channel_type):
    pair = Pair(channel_type)
    for number in range(5):
        pair.offer("alice", 3_000_000 + number, number=number)
        pair.offer("bob", 5_000_000 + number, number=number)
        pair.commit("alice")
        pair.commit("bob")
    pair.exchange()
    for number in range(5):
        pair.fulfill("alice", number, number=number)
        pair.commit("alice")
        pair.fail("bob", number)
        pair.commit("bob")
    pair.exchange()

    assert pair.balances_msat == (625_000_010, 374_999_990)
    pair.check_agreement()


def test_updates_made_while_a_revocation_is_awaited_go_into_the_next_commitment():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.commit("alice")
    pair.offer("alice", 20_000_000, number=1)

    assert not pair.commit("alice")
    assert len(pair["alice"].unsigned_updates) == 1
    pair.exchange()
    assert [10_000_000, 20_000_000] == [htlc.amount_msat for htlc in pair["bob"].htlcs]
    assert pair["bob"].local_number == 2
    pair.check_agreement()


def test_the_same_htlc_twice_is_two_htlcs():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.fulfill("bob", 1)
    pair.fail("bob", 0)
    pair.exchange()

    assert pair.balances_msat == (590_000_000, 410_000_000)
    pair.check_agreement()


@TYPES
def test_a_new_feerate_holds_for_both_once_it_is_irrevocable(channel_type):
    pair = Pair(channel_type)
    pair.offer("bob", 7_000_000)
    pair.act("alice", send_fee_update, 3_000)
    pair.exchange()

    assert {3_000} == {end.feerate_per_kw for end in pair.ends.values()}
    assert {()} == {end.fee_updates for end in pair.ends.values()}
    pair.check_agreement()


def test_of_two_feerates_the_later_one_stays():
    pair = Pair()
    pair.act("alice", send_fee_update, 3_000)
    pair.commit("alice")
    pair.act("alice", send_fee_update, 2_000)

    assert [2_500, 3_000] == [pair["alice"].feerate(Side.REMOTE, number) for number in (0, 1)]
    pair.exchange()
    assert {2_000} == {end.feerate_per_kw for end in pair.ends.values()}
    pair.check_agreement()
