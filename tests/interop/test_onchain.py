"""Alone on the chain: whoever leaves, what was promised is paid or comes back, and who cheats loses everything. LDK sees it as we do."""

from __future__ import annotations

import pytest

from payments.lightning.channel.channel import Phase
from payments.lightning.channel.types import ChannelType
from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import ChannelClosed, ChannelResolved, PaymentClaimable, PaymentFailed, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from tests.interop.chain import Chain
from tests.interop.peer_node import PeerNode
from tests.interop.test_commitment_equal import published_by

AMOUNT_MSAT = 30_000_000


@pytest.fixture
async def court(opened, world):
    """(our node, LDK, channel, the chain that decides)."""
    node, ldk, channel_id = opened
    return node, ldk, channel_id, Chain(world, node.manager.channel(channel_id).terms.funding_txid)


async def leave(node, ldk, channel_id, chain, who):
    """One side publishes its latest commitment, and a block holds it."""
    if who == "we":
        node.do(lambda manager: manager.force_close_broadcasting_latest_txn(channel_id))
    else:
        await ldk.do("force_close", channel_id=channel_id.hex())
        published = await published_by(ldk)
        ldk.events.append({"event": "Broadcast", "transaction": published.serialize().hex()})
        node.broadcasts.clear()  # ours lost the race
    await node.event(ChannelClosed, channel_id=channel_id)
    await chain.grow()
    assert 1 == len(chain.mined)


def end_at(node, payment):
    """How a payment of ours ended, if it has."""
    return next((event for event in node.events if isinstance(event, PaymentSent | PaymentFailed) and event.payment_id == payment), None)


def end_at_ldk(ldk, payment_hash):
    """How a payment of LDK's ended, if it has."""
    ends = (event for event in ldk.events if event["event"] in {"PaymentSent", "PaymentFailed"} and event["payment_hash"] == payment_hash)
    return next(ends, None)


async def ldks_payment_is_held(node, ldk):
    node.claims = False
    text = node.invoice(AMOUNT_MSAT)
    payment_hash = await ldk.begin(text)
    await node.event(PaymentClaimable)
    await node.bell.until(lambda: not node.channels()[0].awaiting_revocation, what="LDK's revocation")
    return payment_hash, decode(text).payment_hash


async def our_payment_is_held(node, ldk):
    await ldk.do("hold")
    payment = node.begin(await ldk.invoice(AMOUNT_MSAT))
    held = await ldk.event("PaymentClaimable")
    await node.bell.until(lambda: not node.channels()[0].awaiting_revocation, what="LDK's revocation")
    return payment, held["payment_hash"]


@pytest.mark.parametrize("who", ["we", "ldk"])
async def test_what_ldk_promised_is_taken_with_the_preimage_and_ldk_learns_it(court, tally, who):
    node, ldk, channel_id, chain = court
    payment_hash, ours = await ldks_payment_is_held(node, ldk)
    await leave(node, ldk, channel_id, chain, who)
    node.do(lambda manager: manager.claim_funds(manager.preimage_of(ours)))
    sent = await chain.until(lambda: end_at_ldk(ldk, payment_hash), what="LDK's end of the payment", limit_blocks=20)
    tally["HTLCs ended on the chain, LDK agrees"] += 1

    assert "PaymentSent" == sent["event"]
    assert ours == sha256(bytes.fromhex(sent["preimage"]))


@pytest.mark.parametrize("who", ["we", "ldk"])
async def test_what_we_promised_is_taken_by_ldk_and_we_learn_the_preimage(court, kind, tally, who):
    if who == "ldk" and kind is ChannelType.ANCHORS:
        pytest.skip("LDK leaves claiming from its own anchored commitment to a wallet that it has not got here")
    node, ldk, channel_id, chain = court
    payment, payment_hash = await our_payment_is_held(node, ldk)
    await leave(node, ldk, channel_id, chain, who)
    await ldk.do("claim", payment_hash=payment_hash)
    sent = await chain.until(lambda: end_at(node, payment), what="our end of the payment", limit_blocks=20)
    tally["HTLCs ended on the chain, LDK agrees"] += 1

    assert isinstance(sent, PaymentSent)
    assert payment_hash == sha256(sent.payment_preimage).hex()


@pytest.mark.parametrize("who", ["we", "ldk"])
async def test_what_nobody_takes_comes_back_when_its_time_is_over(court, tally, who):
    node, ldk, channel_id, chain = court
    payment, _payment_hash = await our_payment_is_held(node, ldk)
    expiry_height = node.manager.channel(channel_id).htlcs[0].cltv_expiry
    await leave(node, ldk, channel_id, chain, who)
    failed = await chain.until(lambda: end_at(node, payment), what="our end of the payment")
    tally["HTLCs ended on the chain, LDK agrees"] += 1

    assert isinstance(failed, PaymentFailed)
    assert node.height > expiry_height


@pytest.mark.parametrize("who", ["we", "ldk"])
async def test_a_channel_that_ended_is_forgotten_when_all_of_it_is_ours(court, tally, who):
    node, ldk, channel_id, chain = court
    balance_msat = node.manager.list_channels()[0].balance_msat
    await leave(node, ldk, channel_id, chain, who)
    resolved = await chain.until(
        lambda: next((event for event in node.events if isinstance(event, ChannelResolved)), None), what="the end of it all"
    )
    tally["channels resolved on the chain"] += 1

    assert Phase.CLOSED is node.manager.channel(channel_id).phase
    assert 0.99 * balance_msat / 1_000 < resolved.received_sat <= balance_msat / 1_000


async def test_ldk_takes_everything_when_we_publish_what_we_revoked(court, world, tally):
    node, ldk, channel_id, chain = court
    await node.pay(await ldk.invoice(AMOUNT_MSAT))
    await world.settled(node, ldk)
    old = dict(node.store)
    await node.pay(await ldk.invoice(AMOUNT_MSAT))
    await world.settled(node, ldk)
    cheat = PeerNode(node.name, world.bell, height=world.height, store=old)
    cheat.do(lambda manager: manager.force_close_broadcasting_latest_txn(channel_id))
    node.broadcasts.append(cheat.broadcasts[-1])
    await chain.grow(2)
    revoked, justice = chain.mined[0], chain.mined[1:]
    tally["cheats of ours punished by LDK"] += 1

    taken = {spent.output_index for transaction in justice for spent in transaction.inputs if spent.txid == revoked.txid}
    ours = max(range(len(revoked.outputs)), key=lambda index: revoked.outputs[index].amount_sat)
    assert ours in taken, "our balance, which was the larger one"


async def test_who_comes_back_with_old_state_publishes_nothing(court, world, tally):
    node, ldk, channel_id, _chain = court
    old = dict(node.store)
    for _ in range(3):
        await node.pay(await ldk.invoice(AMOUNT_MSAT))
    await world.settled(node, ldk)
    node.store = old
    await node.crash()
    node.broadcasts.clear()
    await world.connect(node, ldk)
    await world.bell.until(lambda: Phase.DATA_LOSS is node.manager.channel(channel_id).phase, what="our insight")
    tally["states lost and seen to be lost"] += 1

    assert [] == node.broadcasts
    await world.mine(blocks=10)
    assert [] == node.broadcasts
