"""The opener sets a new feerate: both sides count and sign with it."""

from __future__ import annotations

from payments.lightning.events import PaymentSent
from tests.interop.test_commitment_equal import published_by
from tests.interop.world import balances_agree, commitment_of_peer, without_witnesses

NO_LIMIT_MSAT = 1_000_000_000
"""LDK counts fees above its own estimate as lost to dust, and would give HTLCs back for that."""


async def test_we_follow_the_feerate_that_ldk_sets(world, kind, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors, max_dust_exposure_msat=NO_LIMIT_MSAT)
    await world.connect(node, ldk)
    channel_id = await world.they_open(node, ldk)
    first = node.manager.channel(channel_id).feerate_per_kw
    for feerate_per_kw in (2_000, 5_000, 800):
        await ldk.do("feerate", feerate_per_kw=feerate_per_kw)
        await node.bell.until(lambda wanted=feerate_per_kw: wanted == node.channels()[0].feerate_per_kw, what="the feerate")
        assert isinstance(await node.pay(await ldk.invoice(8_000_000)), PaymentSent)
        paid = await ldk.pay(node.invoice(8_000_000))
        assert "PaymentSent" == paid["event"], ldk.events
        await world.settled(node, ldk)
        await balances_agree(node, ldk, channel_id)
        tally["feerates of LDK followed"] += 1
    built = commitment_of_peer(node, channel_id)
    await ldk.do("force_close", channel_id=channel_id.hex())

    assert first != 800
    assert without_witnesses(built) == without_witnesses(await published_by(ldk))


async def test_ldk_follows_the_feerate_that_we_set(world, kind, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors, max_dust_exposure_msat=NO_LIMIT_MSAT)
    await world.connect(node, ldk)
    channel_id = await world.we_open(node, ldk, channel_type=kind)
    for feerate_per_kw in (600, 3_000, 253):
        node.do(lambda manager, rate=feerate_per_kw: manager.update_feerate(rate))
        await node.quiet()
        assert isinstance(await node.pay(await ldk.invoice(4_000_000)), PaymentSent)
        await world.settled(node, ldk)
        await balances_agree(node, ldk, channel_id)
        assert feerate_per_kw == (await ldk.channels())[0]["feerate_per_kw"] == node.manager.channel(channel_id).feerate_per_kw
        tally["feerates of ours followed by LDK"] += 1
    assert [] == node.heard_complaints
    built = commitment_of_peer(node, channel_id)
    await ldk.do("force_close", channel_id=channel_id.hex())

    assert without_witnesses(built) == without_witnesses(await published_by(ldk))
