"""Payments in parts, over two channels: LDK splits to us, we split to LDK."""

from __future__ import annotations

from payments.lightning.events import PaymentClaimable, PaymentFailed, PaymentPathStarted, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from tests.interop.world import balances_agree

CAPACITY_SAT = 400_000
PUSH_MSAT = 200_000_000
AMOUNT_MSAT = 250_000_000
"""More than either channel can carry, less than both."""


async def two_channels(world, kind):
    """Announced ones: LDK 0.1 takes a hint that begins at itself for a channel without limits, and plans a part that is too large."""
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    return (
        node,
        ldk,
        [
            await world.we_open(node, ldk, channel_type=kind, capacity_sat=CAPACITY_SAT, push_msat=PUSH_MSAT, announced=True)
            for _ in range(2)
        ],
    )


async def test_ldk_pays_us_in_parts(world, kind, tally):
    node, ldk, channels = await two_channels(world, kind)
    sent = await ldk.pay(node.invoice(AMOUNT_MSAT))
    assert "PaymentSent" == sent["event"], ldk.events
    claimable = await node.event(PaymentClaimable)
    await world.settled(node, ldk)
    gained = [(await balances_agree(node, ldk, channel_id))[0] - PUSH_MSAT for channel_id in channels]
    tally["received from LDK in parts"] += 1

    assert AMOUNT_MSAT == claimable.amount_msat == sum(gained)
    assert all(gain > 0 for gain in gained)


async def test_we_pay_ldk_in_parts(world, kind, tally):
    node, ldk, channels = await two_channels(world, kind)
    payment = node.begin(await ldk.invoice(AMOUNT_MSAT))
    sent = await node.outcome(payment)
    claimed = await ldk.event("PaymentClaimed")
    await world.settled(node, ldk)
    spent = [PUSH_MSAT - (await balances_agree(node, ldk, channel_id))[0] for channel_id in channels]
    tally["paid to LDK in parts"] += 1

    assert isinstance(sent, PaymentSent)
    assert (AMOUNT_MSAT, len(channels)) == (claimed["amount_msat"], claimed["parts"])
    assert AMOUNT_MSAT == sum(spent)
    assert 2 == sum(isinstance(event, PaymentPathStarted) for event in node.events)


async def test_parts_that_ldk_gives_back_come_back_together(world, kind, tally):
    node, ldk, channels = await two_channels(world, kind)
    await ldk.do("hold")
    payment = node.begin(await ldk.invoice(AMOUNT_MSAT))
    held = await ldk.event("PaymentClaimable")
    await ldk.do("fail", payment_hash=held["payment_hash"])
    failed = await node.outcome(payment)
    await world.settled(node, ldk)
    tally["refused by LDK, reason read"] += 1

    assert isinstance(failed, PaymentFailed)
    assert 2 == len(node.path_failures(payment))
    assert [PUSH_MSAT] * 2 == [(await balances_agree(node, ldk, channel_id))[0] for channel_id in channels]


async def test_parts_that_we_give_back_come_back_together(world, kind, tally):
    node, ldk, channels = await two_channels(world, kind)
    node.claims = False
    text = node.invoice(AMOUNT_MSAT)
    payment = await ldk.begin(text)
    await node.event(PaymentClaimable)
    node.do(lambda manager: manager.fail_htlc_backwards(decode(text).payment_hash))
    failed = await ldk.outcome(payment)
    await world.settled(node, ldk)
    tally["refused by us, reason read by LDK"] += 1

    assert ("PaymentFailed", "RecipientRejected") == (failed["event"], failed["reason"])
    assert [PUSH_MSAT] * 2 == [(await balances_agree(node, ldk, channel_id))[0] for channel_id in channels]
