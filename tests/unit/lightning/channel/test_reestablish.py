"""The line is cut at every message, with and without a restart of either side: nothing is lost, nothing happens twice."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.channel.actions import BroadcastTransaction, ChannelFailed, IncomingHtlc, OutgoingRemoved, SendMessage
from payments.lightning.channel.channel import Connection, Phase
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.reestablish import CLOSED, connect
from payments.lightning.channel.types import ChannelType
from payments.lightning.channel.updates import send_fee_update
from payments.lightning.wire.messages import ChannelReady, ChannelReestablish, ErrorMessage, decode_message
from tests.unit.lightning.channel.channel_pair import OTHER, Pair

RESTARTED = pytest.mark.parametrize("restarted", [None, "alice", "bob"])
MOST_MESSAGES = 24


def settle_one(pair: Pair, *, payer: str, how: str, cut_after: int, restarted: str | None) -> int:
    """One HTLC from its offer to its end, with the line cut once, after so many messages. Returns how many messages there were."""
    payee = OTHER[payer]
    delivered, answered = 0, False
    pair.offer(payer, 10_000_000)
    while True:
        if delivered == cut_after:
            pair.reload(restarted) if restarted else pair.cut()
            pair.reconnect()
            delivered += 1
            continue
        speaking = [name for name in OTHER if pair.wire[name]]
        if speaking:
            pair.deliver(speaking[0])
            delivered += 1
        elif pair.commit_both():
            continue
        elif not answered and pair.done(payee, IncomingHtlc):
            answered = True
            getattr(pair, how)(payee, 0)
        else:
            return delivered


@pytest.mark.parametrize("channel_type", list(ChannelType))
@pytest.mark.parametrize("how", ["fulfill", "fail"])
@pytest.mark.parametrize("payer", ["alice", "bob"])
@RESTARTED
def test_a_cut_after_any_message_changes_nothing(channel_type, how, payer, restarted):
    before = {"alice": 600_000_000, "bob": 400_000_000}
    moved = 10_000_000 if how == "fulfill" else 0
    expected = {payer: before[payer] - moved, OTHER[payer]: before[OTHER[payer]] + moved}
    for cut_after in range(MOST_MESSAGES):
        pair = Pair(channel_type)
        messages = settle_one(pair, payer=payer, how=how, cut_after=cut_after, restarted=restarted)

        assert (expected["alice"], expected["bob"]) == pair.balances_msat, cut_after
        assert len(pair.done(OTHER[payer], IncomingHtlc)) == 1
        assert len(pair.done(payer, OutgoingRemoved)) == 1
        pair.check_agreement()
        if messages < cut_after:
            break
    else:
        pytest.fail("the conversation is longer than was thought: not every cut was tried")


@RESTARTED
def test_a_second_cut_during_recovery_changes_nothing(restarted):
    for cut_after in range(MOST_MESSAGES):
        pair = Pair()
        pair.offer("alice", 10_000_000)
        pair.offer("bob", 20_000_000, number=1)
        pair.commit("alice")
        pair.commit("bob")
        for step in range(cut_after):
            speaking = [name for name in OTHER if pair.wire[name]]
            if not speaking:
                break
            pair.deliver(speaking[step % len(speaking)])
            pair.commit(OTHER[speaking[0]])
        for _ in range(3):
            pair.reload(restarted) if restarted else pair.cut()
            pair.reconnect()
            if pair.wire["bob"]:
                pair.deliver("bob")
        pair.exchange()

        assert {2} == {len(end.htlcs) for end in pair.ends.values()}
        pair.check_agreement()


def sent_again(pair: Pair, name: str) -> list[str]:
    """What waits on the line but the words of a new connection."""
    said = [decode_message(data) for data in pair.wire[name]]
    return [type(message).__name__ for message in said if not isinstance(message, ChannelReestablish | ChannelReady)]


def test_a_lost_revocation_that_went_out_before_the_commitment_is_sent_again_before_it():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.commit("alice")
    pair.deliver("alice")
    pair.offer("bob", 20_000_000, number=1)
    pair.deliver("alice")
    pair.commit("bob")
    pair.cut()
    pair.reconnect()

    assert ["RevokeAndAck", "UpdateAddHtlc", "CommitmentSigned"] == sent_again(pair, "bob")
    pair.exchange()
    pair.check_agreement()


def test_a_lost_commitment_that_went_out_before_the_revocation_is_sent_again_before_it():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.commit("alice")
    pair.offer("bob", 20_000_000, number=1)
    pair.commit("bob")
    pair.deliver("alice")
    pair.deliver("alice")
    pair.cut()
    pair.reconnect()

    assert ["UpdateAddHtlc", "CommitmentSigned", "RevokeAndAck"] == sent_again(pair, "bob")
    pair.exchange()
    pair.check_agreement()


def test_the_very_same_bytes_are_sent_again():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.commit("alice")
    lost = list(pair.wire["alice"])
    pair.reload("alice")
    pair.reconnect()

    assert ["UpdateAddHtlc", "CommitmentSigned"] == sent_again(pair, "alice")
    assert lost == list(pair.wire["alice"])[1:]


def test_channel_ready_is_said_again_as_long_as_nothing_was_committed():
    pair = Pair(connected=False)
    pair.reconnect()

    assert {"ChannelReady"} == {type(decode_message(data)).__name__ for name in OTHER for data in pair.wire[name]}
    pair.exchange()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.cut()
    pair.reconnect()
    assert pair.is_at_rest()


def test_what_was_said_and_not_signed_is_said_again_by_us_and_forgotten_from_the_peer():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.offer("alice", 11_000_000, number=1)
    pair.act("alice", send_fee_update, 3_000)
    for _ in range(3):
        pair.deliver("alice")

    assert len(pair["bob"].htlcs) == 2
    pair.cut()
    assert ((), (), 0) == (pair["bob"].htlcs, pair["bob"].fee_updates, pair["bob"].next_htlc_id[Side.REMOTE])
    pair.reconnect()
    assert ["UpdateAddHtlc", "UpdateAddHtlc", "UpdateFee"] == sent_again(pair, "alice")
    pair.exchange()
    pair.check_agreement()


def test_a_preimage_that_was_shown_before_the_cut_stays_known():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.fulfill("bob", 0)
    pair.deliver("bob")
    pair.cut()

    assert pair["alice"].htlcs[0].is_fulfilled
    assert (None, None) == pair["alice"].htlcs[0].removed
    pair.reconnect()
    pair.exchange()
    pair.check_agreement()
    assert (590_000_000, 410_000_000) == pair.balances_msat


def test_a_refusal_that_was_not_signed_before_the_cut_never_happened():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.fail("bob", 0)
    pair.deliver("bob")
    pair.cut()

    assert (None, (None, None)) == (pair["alice"].htlcs[0].outcome, pair["alice"].htlcs[0].removed)


def test_updates_decided_while_the_line_is_down_are_said_when_it_is_up():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.cut()
    pair.fulfill("bob", 0)

    assert not pair.wire["bob"]
    pair.reconnect()
    pair.exchange()
    assert (590_000_000, 410_000_000) == pair.balances_msat
    pair.check_agreement()


def aged(pair: Pair) -> dict:
    """Both ends as they are now, before some more commitments are made."""
    old = dict(pair.ends)
    for number in range(3):
        pair.offer("alice", 10_000_000, number=number)
        pair.exchange()
    return old


def restored(pair: Pair, name: str, old: dict) -> None:
    """One side comes back with a state from long ago."""
    pair.cut()
    pair.ends[name] = msgspec.structs.replace(old[name], connection=Connection.OFFLINE)
    pair.actions = {end: [] for end in OTHER}
    pair.reconnect()


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_who_remembers_less_than_the_peer_never_publishes(name):
    pair = Pair()
    restored(pair, name, aged(pair))
    while pair.wire["alice"] or pair.wire["bob"]:
        pair.deliver("alice" if pair.wire["alice"] else "bob")

    assert pair[name].phase is Phase.DATA_LOSS
    assert [] == pair.done(name, BroadcastTransaction)
    assert [ChannelFailed(code="we_lost_state")] == pair.done(name, ChannelFailed)
    assert pair[OTHER[name]].phase is Phase.FORCE_CLOSING
    assert len(pair.done(OTHER[name], BroadcastTransaction)) == 1


def test_who_lost_state_is_not_moved_to_publish_by_an_error_or_a_deadline():
    pair = Pair()
    restored(pair, "bob", aged(pair))
    pair.exchange()
    pair.actions["bob"].clear()
    pair.cut()
    pair.reconnect()
    pair.exchange()

    assert pair["bob"].phase is Phase.DATA_LOSS
    assert [] == pair.done("bob", BroadcastTransaction)


def reestablish_of(pair: Pair, name: str, **lies: object) -> ChannelReestablish:
    """What one side would truly say, with lies."""
    step = connect(pair[name], pair.surroundings(name))
    assert isinstance(step.actions[0], SendMessage)
    return msgspec.structs.replace(decode_message(step.actions[0].data), **lies)


@pytest.mark.parametrize(
    ("code", "lies"),
    [
        ("secret_not_ours", {"your_last_per_commitment_secret": b"\x01" * 32}),
        ("secret_not_ours", {"next_revocation_number": 900}),
        ("secret_not_ours", {"next_revocation_number": (1 << 64) - 1}),
        ("secret_not_ours", {"next_revocation_number": 1 << 48}),
        ("secret_not_ours", {"next_revocation_number": 0}),
        ("peer_lost_state", {"next_commitment_number": 2}),
        ("peer_lost_state", {"next_commitment_number": 0}),
        ("peer_lost_state", {"next_commitment_number": (1 << 64) - 1}),
        ("peer_lost_state", {"next_revocation_number": 0, "your_last_per_commitment_secret": bytes(32)}),
    ],
)
def test_a_peer_that_lies_about_where_it_stands_closes_the_channel(code, lies):
    pair = Pair()
    aged(pair)
    pair.cut()
    pair.act("alice", connect, pair.surroundings("alice"))
    pair.hand("alice", reestablish_of(pair, "bob", **lies))

    assert pair["alice"].phase is Phase.FORCE_CLOSING
    assert [ChannelFailed(code=code)] == pair.done("alice", ChannelFailed)
    assert len(pair.done("alice", BroadcastTransaction)) == 1


def test_a_peer_that_says_where_it_stands_without_need_closes_the_channel():
    pair = Pair()
    pair.hand("alice", reestablish_of(pair, "bob"))

    assert [ChannelFailed(code="unexpected_reestablish")] == pair.done("alice", ChannelFailed)


def test_a_closed_channel_says_so_at_every_new_connection_and_nothing_else():
    pair = Pair()
    pair.offer("alice", 10_000_000)
    pair.exchange()
    pair.cut()
    pair.ends["bob"] = msgspec.structs.replace(pair["bob"], phase=Phase.FORCE_CLOSING)
    pair.act("bob", connect, pair.surroundings("bob"))
    said = [decode_message(data) for data in pair.wire["bob"]]

    assert [ErrorMessage(channel_id=pair["bob"].id, data=CLOSED)] == said
    pair.fulfill("bob", 0)
    assert len(pair.wire["bob"]) == 1
    assert pair["bob"].htlcs[0].is_fulfilled
