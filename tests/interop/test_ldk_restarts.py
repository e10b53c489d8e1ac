"""LDK stores itself, dies and comes back as another process: the channels go on where both sides had left them."""

from __future__ import annotations

import pytest

from payments.lightning.channel.channel import Phase
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.channel.types import ChannelType
from payments.lightning.events import PaymentSent
from tests.interop.test_reestablish import TheyPay, WePay, cut_once
from tests.interop.wired_node import Cut
from tests.interop.world import balances_agree


@pytest.fixture
async def opened(world, kind, tmp_path):
    """(our node, an LDK that stores itself, channel that we opened)."""
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors, state=str(tmp_path / "state"))
    await world.connect(node, ldk)
    return node, ldk, await world.we_open(node, ldk, channel_type=kind)


async def back(world, node, ldk, *, saving=True):
    await ldk.restart(saving=saving)
    await node.bell.until(lambda: ldk.node_id not in node.connected, what="the end of the line")
    await world.connect(node, ldk)


async def pay_both_ways(world, node, ldk, tally):
    assert isinstance(await node.pay(await ldk.invoice(3_000_000)), PaymentSent)
    assert "PaymentSent" == (await ldk.pay(node.invoice(2_000_000)))["event"]
    await world.settled(node, ldk)
    tally["paid to LDK"] += 1
    tally["received from LDK"] += 1


async def test_payments_go_on_after_it(opened, world, tally):
    node, ldk, channel_id = opened
    for _ in range(3):
        await pay_both_ways(world, node, ldk, tally)
        before = await balances_agree(node, ldk, channel_id)
        await back(world, node, ldk)
        await node.usable()
        await ldk.usable()
        assert before == await balances_agree(node, ldk, channel_id)
        tally["restarts of LDK survived"] += 1
    await pay_both_ways(world, node, ldk, tally)
    assert [] == node.heard_complaints


async def test_a_payment_that_it_holds_is_claimed_after_it(opened, world, tally):
    node, ldk, channel_id = opened
    await ldk.do("hold")
    payment = node.begin(await ldk.invoice(3_000_000))
    held = await ldk.event("PaymentClaimable")
    await back(world, node, ldk)
    await ldk.do("claim", payment_hash=held["payment_hash"], preimage=held["preimage"])

    assert isinstance(await node.outcome(payment), PaymentSent)
    await world.settled(node, ldk)
    await balances_agree(node, ldk, channel_id)
    assert 3_000_000 == held["amount_msat"]
    tally["restarts of LDK survived"] += 1


@pytest.mark.parametrize("kind", [ChannelType.ANCHORS], ids=str)
@pytest.mark.parametrize("story", [WePay, TheyPay])
async def test_a_payment_goes_on_after_both_have_died_at_any_message_of_it(opened, world, story, tally):
    node, ldk, channel_id = opened
    expected_msat, _theirs = await balances_agree(node, ldk, channel_id)
    at = 1
    while await cut_once(world, node, ldk, story(node, ldk), Cut(at=at, after=True), crashes=True, ldk_restarts=True):
        expected_msat += story.gain_msat
        assert expected_msat == (await balances_agree(node, ldk, channel_id))[0], f"cut at {at}"
        assert [] == node.heard_complaints, f"cut at {at}"
        at += 1
        tally["resumed after a crash of ours and a restart of LDK"] += 1

    assert at > 8, "the story has fewer messages than it must have"


async def test_an_ldk_that_comes_back_from_an_old_copy_is_noticed_and_our_newer_state_goes_to_the_chain(opened, world, tally):
    node, ldk, channel_id = opened
    await ldk.do("save")
    await pay_both_ways(world, node, ldk, tally)
    await ldk.restart(saving=False)
    await node.bell.until(lambda: ldk.node_id not in node.connected, what="the end of the line")
    await node.connect(ldk.node_id, ldk.port)
    await node.bell.until(lambda: node.broadcasts[1:], what=lambda: f"our commitment {node.heard_complaints}")

    assert Phase.FORCE_CLOSING is node.manager.channel(channel_id).phase
    assert parse_transaction(node.broadcasts[-1]).inputs[0].txid == node.manager.channel(channel_id).terms.funding_txid
    tally["copies too old of LDK noticed"] += 1
