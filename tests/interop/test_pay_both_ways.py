"""The first thing to hold with anybody: a channel opens, both sides pay, and both count the same."""

from __future__ import annotations

import pytest

from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import PaymentSent
from payments.lightning.invoice.bolt11 import decode
from tests.interop.world import balances_agree


@pytest.fixture(params=["we_open", "they_open"])
async def opened(request, world, kind):
    """(our node, LDK, channel): opened by each side, in both kinds."""
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    wishes = {"channel_type": kind} if request.param == "we_open" else {}
    channel_id = await getattr(world, request.param)(node, ldk, **wishes)
    assert kind is node.manager.channel(channel_id).terms.channel_type
    return node, ldk, channel_id


async def test_both_sides_pay_and_count_the_same(opened, world, tally):
    node, ldk, channel_id = opened
    before, _theirs = await balances_agree(node, ldk, channel_id)
    for number in range(10):
        text = await ldk.invoice(1_000_000 + number)
        sent = await node.pay(text)
        assert isinstance(sent, PaymentSent)
        assert sha256(sent.payment_preimage) == decode(text).payment_hash
        tally["paid to LDK"] += 1
    for number in range(10):
        text = node.invoice(2_000_000 + number)
        sent = await ldk.pay(text)
        assert "PaymentSent" == sent["event"]
        assert sha256(bytes.fromhex(sent["preimage"])) == decode(text).payment_hash
        tally["received from LDK"] += 1
    await world.settled(node, ldk)
    after, _theirs = await balances_agree(node, ldk, channel_id)

    assert 10 * 2_000_000 - 10 * 1_000_000 == after - before
    assert [] == node.heard_complaints


async def test_many_at_once_share_their_commitments(opened, world, tally):
    node, ldk, channel_id = opened
    ours = [node.begin(await ldk.invoice(3_500_000 + number)) for number in range(15)]
    theirs = [await ldk.begin(node.invoice(3_200_000 + number)) for number in range(15)]
    for payment in ours:
        assert isinstance(await node.outcome(payment), PaymentSent), node.path_failures(payment)
    for payment in theirs:
        assert "PaymentSent" == (await ldk.outcome(payment))["event"]
    await world.settled(node, ldk)
    await balances_agree(node, ldk, channel_id)
    tally["paid to LDK"] += 15
    tally["received from LDK"] += 15

    assert node.manager.channel(channel_id).local_number < 60
    assert [] == node.heard_complaints


async def test_an_invoice_without_an_amount_is_paid_with_the_payers(opened, world, tally):
    node, ldk, _channel_id = opened

    assert isinstance(await node.pay(await ldk.invoice(None), amount_msat=777_777), PaymentSent)
    assert "PaymentSent" == (await ldk.pay(node.invoice(None), msat=888_888))["event"]
    tally["paid to LDK"] += 1
    tally["received from LDK"] += 1
