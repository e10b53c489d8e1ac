"""A channel comes to be by messages, or is refused for a reason that is named; nothing is at stake before both have signed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.channel import opening_errors as refusals
from payments.lightning.channel.channel import Phase
from payments.lightning.channel.errors import FeerateOutOfRange, InvalidCommitmentSignature
from payments.lightning.channel.offers import decode_channel_type, encode_channel_type
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.channel.types import ChannelType
from payments.lightning.events import ChannelClosed, ChannelPending, ChannelReady, DiscardFunding, FundingGenerationReady
from payments.lightning.ids import make_scid
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.wire.messages import (
    AcceptChannel,
    ErrorMessage,
    FundingCreated,
    FundingSigned,
    OpenChannel,
)
from tests.graphs import node
from tests.unit.lightning.channel.two_nodes import HEIGHT, WISH, TwoNodes, changed

TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))


def signed(**world) -> TwoNodes:
    """Both have signed, the transaction is broadcast and in no block."""
    nodes = TwoNodes(**world)
    nodes.ask()
    nodes.run()
    return nodes


def errors(nodes, sender):
    return [message.data.decode() for name, message in nodes.wire if name == sender and isinstance(message, ErrorMessage)]


@TYPES
def test_it_works(channel_type):
    nodes = TwoNodes()
    nodes.ask(replace(WISH, channel_type=channel_type))
    said = nodes.run()

    assert ["alice OpenChannel", "bob AcceptChannel", "alice FundingCreated", "bob FundingSigned"] == said
    (funding,) = nodes.broadcasts
    nodes.mine(3, parse_transaction(funding))
    for name, balance_msat in (("alice", 700_000_000), ("bob", 300_000_000)):
        (channel,) = nodes[name].list_usable_channels()
        assert (channel_type, balance_msat) == (nodes[name].channel(channel.channel_id).terms.channel_type, channel.balance_msat)
        assert make_scid(HEIGHT + 1, 1, 0) == channel.short_channel_id
        (pending,), (ready,) = nodes.heard(name, ChannelPending), nodes.heard(name, ChannelReady)
        assert pending.channel_id == ready.channel_id == channel.channel_id
        assert ready.balance_msat == balance_msat


def test_nothing_is_broadcast_before_the_peer_has_signed():
    nodes = TwoNodes()
    nodes.ask()
    nodes.run_until(FundingSigned)

    assert [] == nodes.broadcasts
    assert () == nodes["alice"].list_channels()
    assert 1 == len(nodes["bob"].list_channels())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"chain_hash": bytes(32)}, refusals.OpeningOnAnotherChain),
        ({"funding_satoshis": 19_999}, refusals.CapacityOutOfRange),
        ({"funding_satoshis": 1_000_000_001}, refusals.CapacityOutOfRange),
        ({"push_msat": 1_000_000_001}, refusals.PushAboveCapacity),
        ({"push_msat": 999_999_999}, refusals.OpenerCannotPayFee),
        ({"push_msat": 10_000_000, "channel_reserve_satoshis": 200_000, "feerate_per_kw": 200_000}, None),
        ({"to_self_delay": 2_017}, refusals.DelayTooLong),
        ({"max_accepted_htlcs": 0}, refusals.HtlcLimitOutOfRange),
        ({"max_accepted_htlcs": 484}, refusals.HtlcLimitOutOfRange),
        ({"htlc_minimum_msat": 1_000_000_000}, refusals.HtlcMinimumTooHigh),
        ({"max_htlc_value_in_flight_msat": 0}, refusals.InFlightLimitTooLow),
        ({"dust_limit_satoshis": 353}, refusals.DustLimitOutOfRange),
        ({"dust_limit_satoshis": 547}, refusals.DustLimitOutOfRange),
        ({"channel_reserve_satoshis": 353}, refusals.ReserveBelowDustLimit),
        ({"channel_reserve_satoshis": 200_001}, refusals.ReserveTooHigh),
        ({"feerate_per_kw": 252}, FeerateOutOfRange),
        ({"feerate_per_kw": 250_001}, FeerateOutOfRange),
        ({"funding_pubkey": node("carol"), "payment_basepoint": node("carol")}, refusals.PointReused),
        ({"channel_type": b""}, refusals.UnknownChannelType),
        ({"channel_type": bytes.fromhex("8000401000")}, refusals.UnknownChannelType),
    ],
)
def test_a_request_is_refused_with_its_reason(fields, reason):
    nodes = TwoNodes()
    nodes.ask()
    request = nodes.run_until(OpenChannel)
    nodes.hand(changed(request, **fields), sender="alice")
    nodes.collect()

    assert errors(nodes, "bob") == ([reason.code] if reason else [])


def test_nobody_opens_a_channel_in_which_nobody_has_anything_to_lose():
    nodes = TwoNodes()
    nodes.ask(ChannelWish(capacity_sat=20_000, channel_type=ChannelType.STATIC_REMOTEKEY))
    request = nodes.run_until(OpenChannel)
    nodes.hand(changed(request, feerate_per_kw=26_000, push_msat=500_000), sender="alice")
    nodes.collect()

    assert [refusals.NobodyAboveReserve.code] == errors(nodes, "bob")


def test_a_peer_that_begins_too_often_is_refused():
    nodes = TwoNodes()
    nodes.funds = False
    for _ in range(4):
        nodes.ask()
        nodes.run()
    nodes.ask()
    nodes.step()
    nodes.collect()

    assert [refusals.TooManyOpenings.code] == errors(nodes, "bob")


def test_a_peer_that_signs_and_pays_for_nothing_is_refused():
    nodes = TwoNodes()
    for _ in range(4):
        nodes.ask()
        nodes.run()
    nodes.ask()
    nodes.step()
    nodes.collect()

    assert 4 == len(nodes["bob"].list_channels())
    assert [refusals.TooManyOpenings.code] == errors(nodes, "bob")


def test_one_temporary_id_is_one_opening():
    nodes = TwoNodes()
    nodes.ask()
    request = nodes.run_until(OpenChannel)
    nodes.hand(request, sender="alice")
    nodes.hand(request, sender="alice")
    nodes.collect()

    assert [refusals.TemporaryChannelIdInUse.code] == errors(nodes, "bob")
    assert AcceptChannel in {type(message) for _, message in nodes.wire}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"minimum_depth": 145}, refusals.DepthTooGreat),
        ({"channel_type": encode_channel_type(ChannelType.STATIC_REMOTEKEY)}, refusals.ChannelTypeChanged),
        ({"to_self_delay": 2_017}, refusals.DelayTooLong),
        ({"channel_reserve_satoshis": 353}, refusals.ReserveBelowDustLimit),
        ({"dust_limit_satoshis": 100_000}, refusals.DustLimitOutOfRange),
        ({"funding_pubkey": node("carol"), "htlc_basepoint": node("carol")}, refusals.PointReused),
    ],
)
def test_an_answer_is_refused_with_its_reason(fields, reason):
    nodes = TwoNodes()
    temporary = nodes.ask()
    answer = nodes.run_until(AcceptChannel)
    nodes.hand(changed(answer, **fields), sender="bob")
    nodes.collect()

    assert [reason.code] == errors(nodes, "alice")
    (closed,) = nodes.heard("alice", ChannelClosed)
    assert (temporary, reason.code) == (closed.channel_id, closed.reason)
    assert [] == nodes.heard("alice", FundingGenerationReady)


def test_a_depth_of_nothing_still_waits_for_a_block():
    nodes = TwoNodes()
    nodes.ask()
    nodes.hand(changed(nodes.run_until(AcceptChannel), minimum_depth=0), sender="bob")
    nodes.run()

    (channel,) = nodes["alice"].list_channels()
    assert Phase.OPENING is channel.phase


def test_a_wrong_signature_on_the_first_commitment_ends_it_on_either_side():
    nodes = TwoNodes()
    nodes.ask()
    created = nodes.run_until(FundingCreated)
    nodes.hand(changed(created, signature=bytes([1] * 64)), sender="alice")
    nodes.collect()
    assert [InvalidCommitmentSignature.code] == errors(nodes, "bob")
    assert () == nodes["bob"].list_channels()

    nodes = TwoNodes()
    nodes.ask()
    answer = nodes.run_until(FundingSigned)
    nodes.hand(changed(answer, signature=bytes([1] * 64)), sender="bob")
    nodes.run()
    assert "alice" not in nodes.broadcasters
    assert () == nodes["alice"].list_channels()
    assert 1 == len(nodes.heard("alice", DiscardFunding))


def test_messages_out_of_turn_are_refused():
    nodes = TwoNodes()
    nodes.ask()
    answer = nodes.run_until(AcceptChannel)
    nodes.hand(changed(answer, temporary_channel_id=bytes(32)), sender="bob")
    nodes.collect()
    assert [refusals.UnexpectedOpeningMessage.code] == errors(nodes, "alice")

    nodes.funds = False
    nodes.hand(answer, sender="bob")
    nodes.hand(answer, sender="bob")
    nodes.collect()
    assert 2 == errors(nodes, "alice").count(refusals.UnexpectedOpeningMessage.code)
    assert 1 == len(nodes.heard("alice", ChannelClosed))


def test_a_peer_that_refuses_anchors_is_asked_for_the_older_kind():
    nodes = TwoNodes()
    temporary = nodes.ask()
    first = nodes.run_until(OpenChannel)
    nodes.hand(ErrorMessage(channel_id=temporary, data=b"not this kind"), sender="bob")
    second = nodes.run_until(OpenChannel)

    assert [ChannelType.ANCHORS, ChannelType.STATIC_REMOTEKEY] == [decode_channel_type(one.channel_type) for one in (first, second)]
    nodes.hand(ErrorMessage(channel_id=temporary, data=b"nor this"), sender="bob")
    nodes.run()
    (closed,) = nodes.heard("alice", ChannelClosed)
    assert refusals.OpeningRefused.code == closed.reason


def test_who_chose_a_kind_gets_that_kind_or_none():
    nodes = TwoNodes()
    temporary = nodes.ask(replace(WISH, channel_type=ChannelType.ANCHORS))
    nodes.run_until(OpenChannel)
    nodes.hand(ErrorMessage(channel_id=temporary, data=b"not this kind"), sender="bob")

    assert [] == nodes.run()
    assert 1 == len(nodes.heard("alice", ChannelClosed))


@pytest.mark.parametrize("wish", [ChannelWish(capacity_sat=1), ChannelWish(capacity_sat=50_000, push_msat=50_000_001)])
def test_a_wish_that_cannot_be_is_refused_before_anything_is_said(wish):
    nodes = TwoNodes()
    with pytest.raises(refusals.OpeningError):
        nodes.ask(wish)
    nodes.collect()

    assert [] == nodes.wire


def test_there_is_no_opening_without_a_connection():
    nodes = TwoNodes()
    nodes.cut()
    with pytest.raises(refusals.PeerNotConnected):
        nodes.ask()


def test_a_transaction_that_does_not_pay_the_channel_is_refused_and_may_be_made_again():
    nodes = TwoNodes()
    nodes.funds = False
    nodes.ask()
    nodes.run()
    (wanted,) = nodes.heard("alice", FundingGenerationReady)
    fund = nodes["alice"].funding_transaction_generated
    with pytest.raises(refusals.WrongFundingOutput):
        fund(nodes.ids["bob"], wanted.temporary_channel_id, nodes.transaction(replace(wanted, capacity_sat=999_999)))
    fund(nodes.ids["bob"], wanted.temporary_channel_id, nodes.transaction(wanted))

    assert ["alice FundingCreated", "bob FundingSigned"] == nodes.run()


def test_an_accepter_that_is_paid_less_on_chain_gives_the_channel_up():
    nodes = signed()
    honest = parse_transaction(nodes.broadcasts[0])
    (channel,) = nodes["bob"].list_channels()
    short = replace(honest, outputs=(replace(honest.outputs[0], amount_sat=1),))
    cheated = replace(nodes["bob"].channel(channel.channel_id).terms, funding_txid=short.txid)
    nodes["bob"]._state.channels.put(channel.channel_id, replace(nodes["bob"].channel(channel.channel_id), terms=cheated))
    nodes["bob"].transactions_confirmed([(1, short)], HEIGHT + 1)
    nodes.collect()

    (closed,) = nodes.heard("bob", ChannelClosed)
    assert refusals.WrongFundingOutput.code == closed.reason


STEPS = range(9)


@pytest.mark.parametrize("who", ["alice", "bob", "the line"])
@pytest.mark.parametrize("step", STEPS)
def test_an_end_at_any_message_leaves_either_nothing_or_a_channel_that_works(step, who):
    nodes = TwoNodes()
    nodes.ask()
    for _ in range(step):
        nodes.step()
    if who == "the line":
        nodes.collect()
        nodes.cut()
        nodes.connect()
    else:
        nodes.restart(who)
    remembered = {name: len(nodes[name].list_channels()) for name in nodes.nodes}
    assert remembered["alice"] <= remembered["bob"]
    assert ("alice" in nodes.broadcasters) == bool(remembered["alice"])
    assert remembered["alice"] == 1 or len(nodes.heard("alice", ChannelClosed)) == 1
    assert remembered["alice"] == remembered["bob"] or len(nodes.heard("bob", ChannelClosed)) == 1
    if remembered["alice"]:
        nodes.mine(6, parse_transaction(nodes.broadcasts[0]))
        assert [1, 1] == [len(nodes[name].list_usable_channels()) for name in nodes.nodes]
