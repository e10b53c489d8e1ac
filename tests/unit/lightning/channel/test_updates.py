"""Adding, settling and failing: what counts from when, and what the peer may not do."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.channel.actions import OutgoingFulfilled, OutgoingRemoved
from payments.lightning.channel.channel import Phase
from payments.lightning.channel.htlc import Failed, Fulfilled, Malformed, Side
from payments.lightning.channel.limits import can_afford_feerate
from payments.lightning.channel.reestablish import disconnect
from payments.lightning.channel.updates import fail_malformed_htlc, fulfill_htlc, is_locked_in, send_fee_update
from payments.lightning.wire.messages import UpdateFailHtlc, UpdateFulfillHtlc, decode_message
from tests.unit.lightning.channel.channel_pair import Pair, preimage


def with_htlc(name: str = "alice") -> Pair:
    """A pair with one HTLC of this side in both transactions."""
    pair = Pair()
    pair.offer(name, 10_000_000)
    pair.exchange()
    return pair


def test_it_works():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    (htlc,) = pair["alice"].htlcs

    assert (None, 1) == htlc.added
    assert 1 == pair["alice"].next_htlc_id[Side.LOCAL]
    assert pair["alice"].has_pending_updates(Side.REMOTE)
    assert not pair["alice"].has_pending_updates(Side.LOCAL)
    assert not is_locked_in(pair["alice"], htlc)


def test_the_peers_htlc_stands_in_our_next_transaction_first():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.deliver("alice")

    assert [(1, None)] == [htlc.added for htlc in pair["bob"].htlcs]


def test_an_htlc_is_settled_once():
    pair = with_htlc()
    pair.fulfill("bob", 0)
    said = len(pair.wire["bob"])

    assert [] == pair.fulfill("bob", 0)
    assert [] == pair.fail("bob", 0)
    assert said == len(pair.wire["bob"])
    assert pair["bob"].htlcs[0].outcome == Fulfilled(payment_preimage=preimage(0))


def test_nothing_happens_to_an_htlc_that_is_not_there():
    pair = with_htlc()

    assert [] == pair.fulfill("bob", 7)
    assert [] == pair.fail("alice", 0)


def test_an_htlc_that_can_still_disappear_is_not_acted_on():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.deliver("alice")

    with pytest.raises(AssertionError):
        pair.fulfill("bob", 0)


def test_a_malformed_onion_comes_back_in_clear():
    pair = with_htlc()
    outcome = Malformed(sha256_of_onion=bytes(32), failure_code=0xC005)
    pair.act("bob", fail_malformed_htlc, 0, outcome)
    pair.exchange()

    assert [outcome] == [action.htlc.outcome for action in pair.done("alice", OutgoingRemoved)]
    assert (600_000_000, 400_000_000) == pair.balances_msat


def test_attribution_data_travels_with_either_answer():
    pair = Pair()
    for number in range(2):
        pair.offer("alice", 10_000_000, number=number)
    pair.exchange()
    data = bytes(range(230)) * 4
    pair.act("bob", fulfill_htlc, 0, Fulfilled(payment_preimage=preimage(0), attribution_data=data))
    pair.exchange()

    assert [data] == [action.htlc.outcome.attribution_data for action in pair.done("alice", OutgoingFulfilled)]


def test_a_peer_that_fails_what_it_has_claimed_before_the_cut_has_told_us_the_preimage_all_the_same():
    pair = with_htlc()
    pair.fulfill("bob", 0)
    claim = pair.wire["bob"].popleft()
    pair.hand("alice", decode_message(claim))
    before = dict(pair.ends)
    pair.cut()
    pair.ends["bob"] = forgetful(before["bob"])
    pair.reconnect()
    pair.fail("bob", 0)
    pair.exchange()

    assert 1 == len(pair.done("alice", OutgoingFulfilled))
    assert isinstance(pair.done("alice", OutgoingRemoved)[0].htlc.outcome, Failed)
    assert (600_000_000, 400_000_000) == pair.balances_msat


def forgetful(channel):
    """The peer as if it had never decided to claim."""
    (htlc,) = channel.htlcs
    undecided = msgspec.structs.replace(htlc, outcome=None, removed=(None, None))
    return disconnect(msgspec.structs.replace(channel, htlcs=(undecided,), unsigned_updates=()))


def test_only_the_opener_sets_the_feerate():
    pair = Pair()

    with pytest.raises(ValueError, match="opener"):
        pair.act("bob", send_fee_update, 3_000)


def test_a_feerate_that_we_cannot_pay_is_not_set():
    pair = Pair(capacity_sat=100_000, push_msat=90_000_000)

    with pytest.raises(ValueError, match="pay"):
        pair.act("alice", send_fee_update, 20_000)


def test_the_highest_feerate_that_we_can_pay_is_accepted():
    pair = Pair(capacity_sat=100_000, push_msat=90_000_000)
    highest = max(rate for rate in range(253, 20_000) if can_afford_feerate(pair["alice"], rate))
    pair.act("alice", send_fee_update, highest)
    pair.exchange()

    assert pair["bob"].phase is Phase.NORMAL
    assert highest == pair["bob"].feerate_per_kw


@pytest.mark.parametrize("message_class", [UpdateFulfillHtlc, UpdateFailHtlc])
def test_an_update_of_an_unknown_htlc_changes_nothing_but_the_phase(message_class):
    pair = with_htlc()
    fields = {"payment_preimage": preimage(0)} if message_class is UpdateFulfillHtlc else {"reason": b""}
    before = pair["alice"]
    pair.hand("alice", message_class(channel_id=pair["alice"].id, id=5, **fields))

    assert before.htlcs == pair["alice"].htlcs
    assert pair["alice"].phase is Phase.FORCE_CLOSING
