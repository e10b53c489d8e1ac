"""A channel's beginning and its end by agreement: asked for and refused, announced, and closed by either side with one transaction."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from payments.lightning.channel.channel import Connection
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.events import ChannelClosed, PaymentSent
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.wire.messages import ChannelAnnouncement, encode_message
from tests.interop.wired_node import OPENING_MESSAGES, Cut
from tests.interop.world import balances_agree, without_witnesses

REASONS = {"we": ("locally_initiated_cooperative_closure", "CounterpartyInitiatedCooperativeClosure"),
           "ldk": ("counterparty_initiated_cooperative_closure", "LocallyInitiatedCooperativeClosure")}  # fmt: skip


@pytest.fixture(params=["we_open", "they_open"])
async def used(request, world, kind):
    """(our node, LDK, channel), opened by each side and paid over once each way."""
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    wishes = {"channel_type": kind} if request.param == "we_open" else {}
    channel_id = await getattr(world, request.param)(node, ldk, **wishes)
    await node.pay(await ldk.invoice(1_234_567))
    await ldk.pay(node.invoice(7_654_321))
    await world.settled(node, ldk)
    ldk.events.clear()
    return node, ldk, channel_id


async def close(node, ldk, channel_id, who):
    if who == "we":
        node.do(lambda manager: manager.close_channel(channel_id))
    else:
        await ldk.do("close", channel_id=channel_id.hex())


async def closed_with(node, ldk, channel_id):
    """Our closing transaction and LDK's, and what each side calls the end."""
    ended = await node.event(ChannelClosed, channel_id=channel_id)
    theirs = await ldk.event("ChannelClosed")
    published = parse_transaction(bytes.fromhex((await ldk.event("Broadcast"))["transaction"]))
    return parse_transaction(node.broadcasts[-1]), published, (ended.reason, theirs["reason"])


@pytest.mark.parametrize("who", ["we", "ldk"])
async def test_both_sides_publish_one_transaction_that_pays_the_balances(used, tally, who):
    node, ldk, channel_id = used
    balances = await balances_agree(node, ldk, channel_id)
    await close(node, ldk, channel_id, who)
    ours, published, reasons = await closed_with(node, ldk, channel_id)
    tally["closed together with LDK"] += 1
    fee_sat = 1_000_000 - sum(output.amount_sat for output in ours.outputs)
    opener_pays = sorted(
        balance_msat // 1_000 - (fee_sat if ours_opens else 0)
        for balance_msat, ours_opens in zip(balances, _openers(node, channel_id), strict=True)
    )

    assert without_witnesses(published) == without_witnesses(ours)
    assert REASONS[who] == reasons
    assert 100 < fee_sat < 2_000
    assert all(abs(wanted - output.amount_sat) <= 1 for wanted, output in zip(opener_pays, ours.outputs, strict=True))
    assert [] == node.heard_complaints


def _openers(node, channel_id):
    is_opener = node.manager.channel(channel_id).terms.is_opener
    return is_opener, not is_opener


@pytest.mark.parametrize("who", ["we", "ldk"])
async def test_what_is_under_way_ends_before_the_channel(used, tally, who):
    node, ldk, channel_id = used
    await ldk.do("hold")
    payment = node.begin(await ldk.invoice(5_000_000))
    held = await ldk.event("PaymentClaimable")
    await node.bell.until(lambda: not node.manager.channel(channel_id).awaiting_revocation, what="LDK's revocation")
    await close(node, ldk, channel_id, who)
    assert not any(isinstance(event, ChannelClosed) for event in node.events)
    await ldk.do("claim", payment_hash=held["payment_hash"])
    assert isinstance(await node.outcome(payment), PaymentSent)
    ours, published, reasons = await closed_with(node, ldk, channel_id)
    tally["closed together with LDK"] += 1

    assert without_witnesses(published) == without_witnesses(ours)
    assert REASONS[who] == reasons


@pytest.mark.parametrize("crashes", [False, True], ids=["line", "crash"])
@pytest.mark.parametrize("who", ["we", "ldk"])
async def test_a_close_that_is_cut_at_any_message_is_completed(world, kind, tally, who, crashes):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    at = 0
    cut = Cut(at=1, after=True)
    while at == 0 or cut.done:
        at += 1
        channel_id = await world.we_open(node, ldk, channel_type=kind, capacity_sat=300_000, push_msat=100_000_000)
        ldk.events.clear()
        cut = node.cut = Cut(at=at, after=at % 2 == 0)
        await close(node, ldk, channel_id, who)
        await world.bell.until(lambda cut=cut: cut.done or (ldk.told("ChannelClosed") and ldk.told("Broadcast")), what="the cut or the end")
        node.cut = None
        if cut.done:
            if crashes:
                await node.crash()
            await world.connect(node, ldk)
            tally["closed together with LDK through a cut"] += 1
        ours, published, _reasons = await closed_with(node, ldk, channel_id)
        assert without_witnesses(published) == without_witnesses(ours), f"cut at {at}"
        assert all(b"No such channel" in said.data for said in node.heard_complaints), (
            node.heard_complaints
        )  # LDK forgets with its last word
        assert 1 == sum(isinstance(event, ChannelClosed) and event.channel_id == channel_id for event in node.events)
        await world.mine(ours.serialize(), blocks=6)
    assert at > 4


async def test_an_opening_that_is_cut_at_any_message_is_completed_or_leaves_nothing(world, kind, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    came_to_be = []
    for opens, at, after in itertools.product(("we_open", "they_open"), range(1, 7), (True, False)):
        known = {channel.id for channel in node.channels()}
        ldk.events.clear()
        cut = node.cut = Cut(at=at, after=after, counts=OPENING_MESSAGES)
        wishes = {"channel_type": kind} if opens == "we_open" else {}
        opening = asyncio.create_task(getattr(world, opens)(node, ldk, **wishes))
        await world.bell.until(lambda cut=cut: cut.done and not node.connected, what="the cut")
        node.cut = None
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await node.crash()
        await world.connect(node, ldk)
        new = {channel.id for channel in node.channels() if channel.phase.is_live} - known
        await world.bell.until(lambda new=new: all(is_decided(node, channel_id) for channel_id in new), what="the channel after the cut")
        for channel_id in (one for one in new if node.manager.channel(one).phase.is_live):
            await world.mine(*world.unmined(node, ldk), blocks=6)
            await world.bell.until(lambda one=channel_id: is_usable(node, one), what=lambda: f"the channel: {node.channels()[-1]}")
            came_to_be.append((opens, at))
        tally["openings with LDK through a cut and a crash"] += 1
        assert isinstance(await pay_when_possible(world, node, ldk, kind), PaymentSent)
    await world.settled(node, ldk)

    assert {("we_open", 5), ("we_open", 6), ("they_open", 5), ("they_open", 6)} <= set(came_to_be)


def is_decided(node, channel_id):
    """Both have said where they are, or LDK that it knows nothing of it: it forgets what it has not seen signed."""
    channel = node.manager.channel(channel_id)
    return channel.connection is Connection.ONLINE or not channel.phase.is_live


def is_usable(node, channel_id):
    return channel_id in {details.channel_id for details in node.manager.list_usable_channels()}


async def pay_when_possible(world, node, ldk, kind):
    """Pay over what there is; when the cut has left nothing, a new opening must work."""
    if not node.manager.list_usable_channels():
        await world.we_open(node, ldk, channel_type=kind)
    return await node.pay(await ldk.invoice(1_000_000))


async def test_a_channel_that_ldk_does_not_want_is_refused_to_us(world, tally):
    node, ldk = world.node(), await world.ldk(anchors=True)
    await world.connect(node, ldk)
    wish = ChannelWish(capacity_sat=50_000, push_msat=49_900_000, is_announced=False)
    temporary = node.do(lambda manager: manager.create_channel(ldk.node_id, wish))
    closed = await node.event(ChannelClosed, channel_id=temporary)
    tally["openings refused, reason read"] += 1

    assert "opening_refused" == closed.reason
    assert () == node.manager.list_channels()


async def test_a_channel_that_we_do_not_want_is_refused_to_ldk(world, tally):
    node, ldk = world.node(), await world.ldk(anchors=True)
    await world.connect(node, ldk)
    await ldk.do("open", node_id=node.node_id.hex(), capacity_sat=10_000)
    closed = await ldk.event("ChannelClosed")
    tally["openings refused, reason read"] += 1

    assert ("CounterpartyForceClosed", "capacity_out_of_range") == (closed["reason"], closed["message"])
    assert {node.node_id.hex()} == set(ldk.peers)


async def test_an_announced_channel_is_proved_to_everybody(world, kind, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors, announced=True)
    witness = await world.ldk()  # a node that has nothing to do with the channel
    await world.connect(node, ldk)
    channel_id = await world.we_open(node, ldk, channel_type=kind, announced=True)
    await node.bell.until(lambda: node.gossip, what="the proof of the channel")
    proof = node.gossip[0].message
    await witness.do("announcement", payload=encode_message(proof)[2:].hex())
    tally["announcements of ours believed by LDK"] += 1

    assert isinstance(proof, ChannelAnnouncement)
    assert node.manager.channel(channel_id).terms.short_channel_id == proof.short_channel_id
