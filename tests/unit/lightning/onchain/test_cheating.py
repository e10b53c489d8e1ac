"""A peer that publishes a revoked commitment loses all that it holds, however far it has got; one that lost its data publishes nothing."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.channel import machine
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.commitment import build_commitment
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.channel.transactions import Transaction
from payments.lightning.channel.witnesses import complete_htlc_transaction
from payments.lightning.events import ChannelClosed, ChannelResolved, PaymentFailed, PaymentSent
from payments.lightning.payment.status import PaymentStatus
from tests.unit.lightning.onchain.judged_nodes import OTHER, TYPES, JudgedNodes

CHEATS = pytest.mark.parametrize("cheat", ["alice", "bob"])


def commitment_of(nodes: JudgedNodes, cheat: str, channel: Channel) -> Transaction:
    """A commitment that one side once held, signed by both."""
    given_up = replace(channel, phase=Phase.FORCE_CLOSING)
    (broadcast,) = machine.broadcast_again(given_up, nodes[cheat]._state.surroundings(channel)).actions
    return parse_transaction(broadcast.transaction)


def htlc_transactions(nodes: JudgedNodes, cheat: str, channel: Channel, preimages: dict[bytes, bytes]) -> list[tuple[int, Transaction]]:
    """What moves the HTLCs of that commitment on, each with the height from which it may be published."""
    secrets = nodes.secrets(cheat)
    spec = channel.commitment_spec(Side.LOCAL, channel.local_number, secrets)
    signed = zip(build_commitment(spec).htlcs, channel.local_htlc_signatures, strict=True)
    return [
        (
            one.htlc.cltv_expiry if one.htlc.owner_is_holder else 0,
            complete_htlc_transaction(
                one,
                spec,
                secrets=secrets,
                counterparty_signature=signature,
                preimage=b"" if one.htlc.owner_is_holder else preimages[one.htlc.payment_hash],
            ),
        )
        for one, signature in signed
    ]


def with_a_past(folder, channel_type, cheat: str) -> tuple[JudgedNodes, Channel, dict[bytes, bytes]]:
    """Four HTLCs stood in the channel, and are gone; what one side held while they stood."""
    nodes = JudgedNodes(folder, channel_type)
    hashes = [(OTHER[payer], nodes.begin_payment(payer)) for payer in OTHER for _ in range(2)]
    then = nodes.channel(cheat)
    preimages = {payment_hash: nodes[payee].preimage_of(payment_hash) for payee, payment_hash in hashes}
    for payee, payment_hash in hashes:
        nodes.claim(payee, payment_hash)
    nodes.begin_payment("alice", 1_000_000)
    nodes.cut()
    return nodes, then, preimages


def finish(nodes: JudgedNodes, victim: str) -> None:
    for _ in range(100):
        if nodes.heard(victim, ChannelResolved):
            return
        nodes.mine(1)
    raise AssertionError("the victim is never done")


@TYPES
@CHEATS
def test_everything_is_taken_from_a_cheat(tmp_path, cheat, channel_type):
    nodes, then, _ = with_a_past(tmp_path, channel_type, cheat)
    victim = OTHER[cheat]
    nodes.publish(commitment_of(nodes, cheat, then))
    finish(nodes, victim)

    anchors_sat = 660 if then.terms.channel_type.has_anchors else 0
    assert 1_000_000 - anchors_sat - 14_000 < nodes.received_sat(victim)
    assert 1 == len(nodes.heard(victim, ChannelClosed))


@TYPES
@CHEATS
def test_also_what_the_cheat_has_moved_on(tmp_path, cheat, channel_type):
    nodes, then, preimages = with_a_past(tmp_path, channel_type, cheat)
    victim = OTHER[cheat]
    while nodes.chain.height < max(height for height, _ in htlc_transactions(nodes, cheat, then, preimages)):
        nodes.chain.mine()
    nodes.publish(commitment_of(nodes, cheat, then))
    nodes.broadcasts.clear()
    nodes.chain.mine()
    for _, transaction in htlc_transactions(nodes, cheat, then, preimages):
        nodes.publish(transaction)
    finish(nodes, victim)

    assert 980_000 < nodes.received_sat(victim)


@TYPES
@CHEATS
def test_an_early_state_without_htlcs_is_punished_too(tmp_path, cheat, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    then = nodes.channel(cheat)
    nodes.claim(OTHER[cheat], nodes.begin_payment(cheat))
    nodes.cut()
    nodes.publish(commitment_of(nodes, cheat, then))
    finish(nodes, OTHER[cheat])

    assert 990_000 < nodes.received_sat(OTHER[cheat])


@TYPES
def test_a_payment_that_the_cheat_left_out_is_not_lost(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    then = nodes.channel("bob")
    nodes.begin_payment("alice")
    nodes.cut()
    nodes.publish(commitment_of(nodes, "bob", then))
    finish(nodes, "alice")

    assert 1 == len(nodes.heard("alice", PaymentFailed))
    assert [] == nodes.heard("alice", PaymentSent)


@TYPES
def test_a_cheat_is_punished_after_a_restart_too(tmp_path, channel_type):
    nodes, then, _ = with_a_past(tmp_path, channel_type, "bob")
    nodes.restart("alice")
    nodes.cut()
    nodes.publish(commitment_of(nodes, "bob", then))
    nodes.restart("alice")
    finish(nodes, "alice")

    assert 980_000 < nodes.received_sat("alice")


@TYPES
def test_who_lost_its_data_publishes_nothing_and_gets_its_balance(tmp_path, channel_type):
    nodes = JudgedNodes(tmp_path, channel_type)
    nodes.collect()
    old = dict(nodes.store["alice"])
    nodes.claim("bob", nodes.begin_payment("alice"))
    nodes.claim("alice", nodes.begin_payment("bob", 10_000_000))
    nodes.store["alice"] = old
    nodes.broadcasters.clear()
    nodes.restart("alice")
    assert Phase.DATA_LOSS is nodes.channel("alice").phase
    assert {"bob"} == set(nodes.broadcasters)
    nodes.mine(3)

    assert nodes.confirmed[0].inputs[0].outpoint == nodes.funding.txid + bytes(4)
    nodes.mine_until_resolved()
    assert 465_000 < nodes.received_sat("alice") < 470_000


@TYPES
@pytest.mark.parametrize("is_paid", [True, False])
def test_who_lost_its_data_says_of_no_payment_that_it_failed(tmp_path, channel_type, is_paid):
    nodes = JudgedNodes(tmp_path, channel_type)
    payment_hash = nodes.begin_payment("alice")
    nodes.collect()
    old = dict(nodes.store["alice"])
    if is_paid:
        nodes.claim("bob", payment_hash)
    nodes.claim("alice", nodes.begin_payment("bob", 10_000_000))
    nodes.store["alice"] = old
    nodes.restart("alice")
    assert Phase.DATA_LOSS is nodes.channel("alice").phase
    nodes.mine_until_resolved()

    (payment,) = (one for one in nodes["alice"].list_recent_payments() if one.payment_hash == payment_hash)
    assert PaymentStatus.SENDING is payment.status
    assert [] == nodes.heard("alice", PaymentFailed)
    assert Phase.CLOSED is nodes.channel("alice").phase
