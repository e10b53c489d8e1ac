"""HTLCs too small for an output: paid like any other, and never more of them than either side would lose to miners."""

from __future__ import annotations

from payments.lightning.channel.limits import dust_exposure_msat
from payments.lightning.channel.types import ChannelType
from payments.lightning.events import PaymentFailed, PaymentSent
from payments.lightning.wire.failures import FailureCode
from tests.interop.world import balances_agree, commitment_of_peer

DUST_MSAT = [1, 999, 1_000, 1_001, 5_000, 353_999, 354_000, 354_001]
"""Around whole satoshis and around the dust limit."""
AT_ONCE_MSAT = {ChannelType.STATIC_REMOTEKEY: 2_000_000, ChannelType.ANCHORS: 350_000}
"""Of 5,000 sat that may be lost: with the largest dust of 2,309 sat to come, 2 of these; of 353, 14."""


async def test_dust_is_paid_both_ways_to_the_millisatoshi(opened, world, tally):
    node, ldk, channel_id = opened
    before, _theirs = await balances_agree(node, ldk, channel_id)
    for amount_msat in DUST_MSAT:
        assert isinstance(await node.pay(await ldk.invoice(amount_msat)), PaymentSent), amount_msat
        tally["paid to LDK"] += 1
    for amount_msat in DUST_MSAT[1:]:
        assert "PaymentSent" == (await ldk.pay(node.invoice(amount_msat)))["event"], amount_msat
        tally["received from LDK"] += 1
    await world.settled(node, ldk)
    after, _theirs = await balances_agree(node, ldk, channel_id)

    assert -1 == after - before
    assert [] == node.heard_complaints


async def test_dust_that_is_held_is_no_output_and_counts_as_exposure(opened, world, tally):
    node, ldk, channel_id = opened
    await ldk.do("hold")
    bare = len(commitment_of_peer(node, channel_id).outputs)
    payments = [node.begin(await ldk.invoice(300_000 + number)) for number in range(5)]
    for _ in payments:
        claimable = await ldk.event("PaymentClaimable")
        tally["refused by LDK, reason read"] += 1
        assert 300_000 <= claimable["amount_msat"]
    channel = node.manager.channel(channel_id)

    assert bare == len(commitment_of_peer(node, channel_id).outputs)
    assert sum(htlc.amount_msat for htlc in channel.htlcs) == dust_exposure_msat(channel)
    for htlc in channel.htlcs:
        await ldk.do("fail", payment_hash=htlc.payment_hash.hex())
    for payment in payments:
        assert isinstance(await node.outcome(payment), PaymentFailed)
    await world.settled(node, ldk)
    await balances_agree(node, ldk, channel_id)


async def test_as_many_small_htlcs_at_once_as_we_offer_are_kept_by_ldk(world, kind, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    channel_id = await world.we_open(node, ldk, channel_type=kind)
    await ldk.do("hold")
    for number in range(2 if kind is ChannelType.STATIC_REMOTEKEY else 14):
        node.begin(await ldk.invoice(AT_ONCE_MSAT[kind] + number))
        await ldk.event("PaymentClaimable")
    assert node.manager.list_channels()[0].next_outbound_htlc_minimum_msat > AT_ONCE_MSAT[kind]
    for htlc in node.manager.channel(channel_id).htlcs:
        await ldk.do("claim", payment_hash=htlc.payment_hash.hex())
        tally["paid to LDK"] += 1
    await world.settled(node, ldk)
    await balances_agree(node, ldk, channel_id)
    assert [] == node.heard_complaints


async def test_more_dust_than_ldk_risks_is_given_back(world, kind, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors, max_dust_exposure_msat=1_000_000)
    await world.connect(node, ldk)
    channel_id = await world.we_open(node, ldk, channel_type=kind)
    await ldk.do("hold")
    payments = [node.begin(await ldk.invoice(300_000 + number)) for number in range(4)]
    refused = await node.outcome(payments[3])
    tally["refused by LDK, reason read"] += 1

    assert isinstance(refused, PaymentFailed)
    assert [FailureCode.TEMPORARY_CHANNEL_FAILURE] == [failure.failure_code for failure in node.path_failures(payments[3])]
    assert 3 == len(node.manager.channel(channel_id).htlcs)
    assert [] == node.heard_complaints
