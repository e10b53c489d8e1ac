"""A channel is closed together, whoever wants it, whatever is still under way, and wherever the line is cut."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from payments.lightning.channel import closing_errors as refusals
from payments.lightning.channel.channel import Phase
from payments.lightning.channel.closing import CLOSED_BY_PEER, CLOSED_BY_US, _propose, is_standard
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.channel.scripts import p2wpkh, p2wsh
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ChannelConfig, EngineConfig
from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.events import ChannelClosed, PaymentClaimable, PaymentSent
from payments.lightning.ids import PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.outbound import Retry
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.wire.messages import (
    ClosingSigned,
    ErrorMessage,
    FeeRange,
    Shutdown,
    UpdateAddHtlc,
    UpdateFulfillHtlc,
    decode_message,
)
from tests.unit.lightning.channel.two_nodes import WISH, TwoNodes, changed

TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))
BOTH = pytest.mark.parametrize("who", ["alice", "bob"])


def in_use(wish: ChannelWish = WISH, **world) -> TwoNodes:
    nodes = TwoNodes(**world)
    nodes.ask(wish)
    nodes.run()
    nodes.mine(6, parse_transaction(nodes.broadcasts[0]))
    nodes.broadcasts.clear()
    nodes.broadcasters.clear()
    return nodes


def channel(nodes, name):
    (details,) = nodes[name].list_channels()
    return nodes[name].channel(details.channel_id)


def close(nodes, name):
    nodes[name].close_channel(channel(nodes, name).id)


def begin_payment(nodes, amount_msat):
    """Alice begins to pay bob; he holds the payment until he claims it."""
    text = nodes["bob"].create_bolt11_invoice(InvoiceWish(amount_msat=amount_msat, description="", expiry_s=3_600))
    invoice = decode(text)
    payment_id = PaymentId(sha256(text.encode()).digest())
    params = RouteParameters.from_invoice(invoice)
    retry = Retry(max_attempts=1, until_ms=nodes.clock.now_ms() + 60_000)
    assert nodes["alice"].pay_for_bolt11_invoice(invoice, payment_id, params=params, retry=retry) is None
    return invoice.payment_hash


def claim(nodes, payment_hash):
    nodes["bob"].claim_funds(nodes["bob"].preimage_of(payment_hash))


def destination(nodes, name):
    secrets = nodes[name]._state.secrets(channel(nodes, name).terms.key_index)
    return p2wpkh(public_key(secrets.destination_private_key))


def paid(nodes):
    """What the closing transaction pays: {name: satoshi}, and its fee."""
    transaction = parse_transaction(nodes.broadcasts[-1])
    names = {destination(nodes, name): name for name in nodes.nodes}
    amounts = {names[output.script_pubkey]: output.amount_sat for output in transaction.outputs}
    return amounts, 1_000_000 - sum(amounts.values())


def errors(nodes, sender):
    return [message.data.decode() for name, message in nodes.wire if name == sender and isinstance(message, ErrorMessage)]


@TYPES
@BOTH
def test_it_works(who, channel_type):
    nodes = in_use(replace(WISH, channel_type=channel_type))
    close(nodes, who)
    said = nodes.run()
    other = "bob" if who == "alice" else "alice"

    assert [f"{who} Shutdown", f"{other} Shutdown", "alice ClosingSigned", "bob ClosingSigned"] == said
    assert 1 == len(set(nodes.broadcasts))
    amounts, fee_sat = paid(nodes)
    assert {"alice": 700_000 - fee_sat, "bob": 300_000} == amounts
    assert 1_690 == fee_sat
    for name, reason in ((who, CLOSED_BY_US), (other, CLOSED_BY_PEER)):
        (closed,) = nodes.heard(name, ChannelClosed)
        assert reason == closed.reason
        assert Phase.SHUTTING_DOWN is channel(nodes, name).phase


def test_both_may_want_it_at_once():
    nodes = in_use()
    close(nodes, "alice")
    close(nodes, "bob")
    nodes.run()

    assert 1 == len(set(nodes.broadcasts))
    assert [CLOSED_BY_US] * 2 == [nodes.heard(name, ChannelClosed)[0].reason for name in nodes.nodes]


@BOTH
def test_htlcs_end_first(who):
    nodes = in_use()
    payment_hash = begin_payment(nodes, 50_000_000)
    nodes.run()
    close(nodes, who)
    nodes.run()
    assert [] == nodes.broadcasts
    claim(nodes, payment_hash)
    nodes.run()

    amounts, fee_sat = paid(nodes)
    assert {"alice": 650_000 - fee_sat, "bob": 350_000} == amounts
    assert 1 == len(nodes.heard("alice", PaymentSent))


def test_shutdown_waits_for_what_is_not_signed():
    nodes = in_use()
    begin_payment(nodes, 50_000_000)
    close(nodes, "alice")
    said = nodes.run()

    assert said.index("alice CommitmentSigned") < said.index("alice Shutdown")
    assert 1 == len(nodes.heard("bob", PaymentClaimable))


def test_nothing_new_is_offered_on_a_channel_that_shuts_down():
    nodes = in_use()
    begin_payment(nodes, 50_000_000)
    nodes.run()
    close(nodes, "bob")
    nodes.run()

    assert () == nodes["alice"].list_usable_channels()
    with pytest.raises(refusals.ChannelNotInUse):
        close(nodes, "alice")


def test_a_peer_that_offers_after_its_shutdown_loses_the_channel():
    nodes = in_use()
    begin_payment(nodes, 1_000_000)
    add = nodes.run_until(UpdateAddHtlc)
    nodes.hand(Shutdown(channel_id=add.channel_id, scriptpubkey=p2wpkh(public_key(b"\1" * 32))), sender="alice")
    nodes.hand(add, sender="alice")
    nodes.collect()

    assert [refusals.HtlcAfterShutdown.code] == errors(nodes, "bob")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (p2wpkh(b"\2" * 33), True),
        (p2wsh(b"x"), True),
        (b"\x51\x20" + bytes(32), True),
        (b"\x60\x02" + bytes(2), True),
        (b"", False),
        (b"\x00\x15" + bytes(21), False),
        (b"\x51\x20" + bytes(31), False),
        (b"\x61\x02" + bytes(2), False),
        (b"\x6a\x04" + bytes(4), False),
    ],
)
def test_only_scripts_that_are_relayed_are_taken(script, expected):
    assert expected == is_standard(script)


def test_a_script_that_nobody_relays_ends_it():
    nodes = in_use()
    close(nodes, "alice")
    shutdown = nodes.run_until(Shutdown)
    nodes.hand(changed(shutdown, scriptpubkey=b"\x6a"), sender="alice")
    nodes.collect()

    assert [refusals.ShutdownScriptNotStandard.code] == errors(nodes, "bob")


def test_a_script_stays_what_it_was():
    nodes = in_use()
    close(nodes, "alice")
    shutdown = nodes.run_until(Shutdown)
    nodes.hand(shutdown, sender="alice")
    nodes.hand(changed(shutdown, scriptpubkey=p2wsh(b"another")), sender="alice")
    nodes.collect()

    assert refusals.ShutdownScriptChanged.code in errors(nodes, "bob")


def test_a_proposal_before_shutdown_is_refused():
    nodes = in_use()
    proposal = ClosingSigned(channel_id=channel(nodes, "bob").id, fee_satoshis=1_000, signature=bytes(64))
    nodes.hand(proposal, sender="alice")
    nodes.collect()

    assert [refusals.UnexpectedClosingSigned.code] == errors(nodes, "bob")


def test_a_wrong_signature_is_refused_and_the_latest_commitment_goes_out():
    nodes = in_use()
    close(nodes, "alice")
    proposal = nodes.run_until(ClosingSigned)
    nodes.hand(changed(proposal, signature=bytes([1] * 64)), sender="alice")
    nodes.collect()

    assert [refusals.InvalidClosingSignature.code] == errors(nodes, "bob")
    assert ["bob"] == nodes.broadcasters


def signed_with_fee(nodes, name, fee_sat, **fields):
    """A closing_signed of one side with some fee."""
    node = nodes[name]
    ours = channel(nodes, name)
    data = _propose(ours, fee_sat, node._state.surroundings(ours)).actions[0].data
    return changed(decode_message(data), **fields)


def test_a_fee_outside_our_range_is_answered_with_the_nearest_that_both_take():
    nodes = in_use()
    close(nodes, "alice")
    nodes.run_until(ClosingSigned)
    low = signed_with_fee(nodes, "alice", 10, fee_range=FeeRange(min_fee_satoshis=10, max_fee_satoshis=5_000))
    nodes.hand(low, sender="alice")
    answer = nodes.run_until(ClosingSigned)

    assert ("bob", 172) == (nodes.speaker, answer.fee_satoshis)
    nodes.hand(low, sender="alice")
    nodes.collect()
    assert [refusals.ClosingFeeUnacceptable.code] == errors(nodes, "bob")


def test_ranges_that_do_not_meet_end_it():
    nodes = in_use()
    close(nodes, "alice")
    nodes.run_until(ClosingSigned)
    low = signed_with_fee(nodes, "alice", 10, fee_range=FeeRange(min_fee_satoshis=10, max_fee_satoshis=20))
    nodes.hand(low, sender="alice")
    nodes.collect()

    assert [refusals.ClosingFeeUnacceptable.code] == errors(nodes, "bob")


def test_a_peer_that_names_no_range_is_understood():
    nodes = in_use()
    close(nodes, "bob")
    nodes.hand(changed(nodes.run_until(ClosingSigned), fee_range=None), sender="alice")
    said = nodes.run()

    assert ["bob ClosingSigned"] == said
    assert 1 == len(set(nodes.broadcasts))


def test_the_opener_does_not_pay_more_than_it_has_or_means_to():
    nodes = in_use()
    close(nodes, "alice")
    nodes.run_until(ClosingSigned)
    dear = signed_with_fee(nodes, "bob", 200_000)
    nodes.hand(dear, sender="bob")
    nodes.collect()

    assert [refusals.ClosingFeeUnacceptable.code] == errors(nodes, "alice")


@TYPES
def test_a_share_too_small_for_an_output_goes_to_the_fee(channel_type):
    nodes = in_use(ChannelWish(capacity_sat=1_000_000, push_msat=353_999, channel_type=channel_type))
    close(nodes, "bob")
    nodes.run()
    transaction = parse_transaction(nodes.broadcasts[-1])

    assert [destination(nodes, "alice")] == [output.script_pubkey for output in transaction.outputs]


STEPS = range(12)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("who", ["alice", "bob", "the line"])
def test_an_end_at_any_message_begins_it_anew(step, who):
    nodes = in_use()
    payment_hash = begin_payment(nodes, 50_000_000)
    nodes.run()
    close(nodes, "bob")
    claim(nodes, payment_hash)
    for _ in range(step):
        nodes.step()
    if who == "the line":
        nodes.collect()
        nodes.cut()
        nodes.connect()
    else:
        nodes.restart(who)
    nodes.run()

    amounts, fee_sat = paid(nodes)
    assert {"alice": 650_000 - fee_sat, "bob": 350_000} == amounts
    assert [1, 1] == [len(nodes.heard(name, ChannelClosed)) for name in nodes.nodes]
    assert {"alice", "bob"} == set(nodes.broadcasters)


def test_it_is_broadcast_again_with_every_block():
    nodes = in_use()
    close(nodes, "alice")
    nodes.run()
    nodes.mine(2)

    assert 6 == len(nodes.broadcasts)
    assert 1 == len(set(nodes.broadcasts))


def test_an_error_after_both_have_signed_takes_nothing_back():
    nodes = in_use()
    close(nodes, "alice")
    nodes.run()
    nodes.hand(ErrorMessage(channel_id=channel(nodes, "alice").id, data=b"forgotten"), sender="bob")
    nodes.collect()

    assert 1 == len(set(nodes.broadcasts))
    assert 1 == len(nodes.heard("alice", ChannelClosed))


def test_a_channel_is_closed_by_one_side_alone():
    nodes = in_use()
    nodes["alice"].force_close_broadcasting_latest_txn(channel(nodes, "alice").id)
    nodes["alice"].force_close_broadcasting_latest_txn(channel(nodes, "alice").id)
    nodes.run()

    (closed,) = nodes.heard("alice", ChannelClosed)
    assert refusals.ClosedOnOurOwn.code == closed.reason
    assert 1 == nodes.broadcasters.count("alice")


@TYPES
def test_the_opener_follows_the_feerate(channel_type):
    nodes = in_use(replace(WISH, channel_type=channel_type))
    nodes["alice"].update_feerate(5_000)
    nodes["bob"].update_feerate(7_000)
    said = nodes.run()

    assert said[0] == "alice UpdateFee"
    assert 1 == said.count("alice UpdateFee") + said.count("bob UpdateFee")
    assert [5_000] * 2 == [channel(nodes, name).feerate_per_kw for name in nodes.nodes]


@pytest.mark.parametrize("feerate_per_kw", [252, 250_001, 200_000, 2_500])
def test_a_feerate_that_may_not_be_is_not_proposed(feerate_per_kw):
    """Out of range, not payable (anchors: 1,124 weight units cost 224,800 sat above 600,000), or the one that there is."""
    nodes = in_use(ChannelWish(capacity_sat=1_000_000, push_msat=800_000_000))
    nodes["alice"].update_feerate(feerate_per_kw)

    assert [] == nodes.run()


def test_a_feerate_that_would_make_too_much_dust_is_not_proposed():
    """At 2,530 more the peer may take 3,646 sat to claim 4,000, so that its limit of 354 is left: that is so up to 5,187."""
    config = EngineConfig(channel=ChannelConfig(max_dust_exposure_msat=3_000_000))
    nodes = in_use(ChannelWish(capacity_sat=1_000_000, channel_type=ChannelType.STATIC_REMOTEKEY), config=config)
    begin_payment(nodes, 4_000_000)
    nodes.run()
    nodes["alice"].update_feerate(2_658)
    assert [] == nodes.run()
    nodes["alice"].update_feerate(2_657)

    assert "alice UpdateFee" in nodes.run()


def test_a_fee_update_and_a_fulfilment_may_cross():
    nodes = in_use()
    payment_hash = begin_payment(nodes, 4_000_000)
    nodes.run()
    nodes["alice"].update_feerate(5_000)
    claim(nodes, payment_hash)
    nodes.run_until(UpdateFulfillHtlc)
    nodes.cut()
    nodes.connect()
    nodes.run()

    assert [(5_000, ())] * 2 == [(channel(nodes, name).feerate_per_kw, channel(nodes, name).htlcs) for name in nodes.nodes]
