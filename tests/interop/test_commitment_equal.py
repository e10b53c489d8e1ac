"""LDK leaves alone: what it publishes is, byte for byte, what we built and signed; and what we publish is what it knows."""

from __future__ import annotations

import pytest

from payments.lightning.channel.channel import Phase
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.events import ChannelClosed, PaymentClaimable
from tests.interop.world import commitment_of_peer, without_witnesses


async def hold_some(node, ldk):
    """HTLCs in both directions that stay: large, dust, and two of one amount."""
    await ldk.do("hold")
    node.claims = False
    for amount_msat in (20_000_000, 20_000_000, 7_654_321, 90_001):
        node.begin(await ldk.invoice(amount_msat))
        await ldk.event("PaymentClaimable")
    for number, amount_msat in enumerate((30_000_000, 8_765_432, 70_002)):
        await ldk.begin(node.invoice(amount_msat))
        await node.bell.until(
            lambda wanted=number + 1: wanted == sum(isinstance(event, PaymentClaimable) for event in node.events), what="LDK's HTLC"
        )
    await node.bell.until(lambda: not node.channels()[0].awaiting_revocation, what="LDK's revocation")


async def published_by(ldk):
    """LDK's commitment: when it should pay more and has anchors, LDK leaves adding a fee, and so publishing, to its user."""

    def look():
        return next((event for event in ldk.events if event["event"] in {"BumpTransaction", "Broadcast"}), None)

    event = await ldk.bell.until(look, what=lambda: f"LDK's commitment among {ldk.events}")
    ldk.events.remove(event)
    return parse_transaction(bytes.fromhex(event["transaction"]))


async def test_ldk_publishes_what_we_built(opened, kind, tally):
    node, ldk, channel_id = opened
    await hold_some(node, ldk)
    built = commitment_of_peer(node, channel_id)
    await ldk.do("force_close", channel_id=channel_id.hex())
    published = await published_by(ldk)
    tally["commitments equal to LDK's, byte for byte"] += 1

    outputs = 2 + 5 + 2 * kind.has_anchors  # the balances, five HTLCs that are no dust, the anchors
    assert outputs == len(built.outputs)
    assert without_witnesses(built) == without_witnesses(published)


@pytest.mark.parametrize("who", ["ldk leaves", "we leave"])
async def test_what_we_publish_is_what_ldk_signed(opened, world, tally, who):
    node, ldk, channel_id = opened
    await hold_some(node, ldk)
    claimable = next(htlc for htlc in node.manager.channel(channel_id).htlcs if htlc.owner is Side.LOCAL and not dust(htlc))
    if who == "we leave":
        node.do(lambda manager: manager.force_close_broadcasting_latest_txn(channel_id))
    else:
        await ldk.do("force_close", channel_id=channel_id.hex())
        await published_by(ldk)
    closed = await node.event(ChannelClosed, channel_id=channel_id)
    await ldk.event("ChannelClosed")
    ours = parse_transaction(node.broadcasts[-1])
    ldk.events.clear()
    await world.mine(ours.serialize())
    await ldk.do("claim", payment_hash=claimable.payment_hash.hex())
    await world.mine()
    claims = [parse_transaction(bytes.fromhex(event["transaction"])) for event in ldk.told("Broadcast")]
    tally["commitments of ours claimed from by LDK"] += 1

    assert ("peer_closed_channel" if who == "ldk leaves" else "closed_on_our_own") == closed.reason
    assert Phase.FORCE_CLOSING is node.manager.channel(channel_id).phase
    assert ours.txid in {spent.txid for claim in claims for spent in claim.inputs}


def dust(htlc):
    return htlc.amount_msat < 1_000_000
