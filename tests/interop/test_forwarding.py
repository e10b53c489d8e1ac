"""Three nodes in a row: LDK between two of ours, and ours between two LDKs, through crashes in the middle too."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ForwardingConfig
from payments.lightning.events import PaymentFailed, PaymentFailureReason, PaymentForwarded, PaymentPathSuccessful, PaymentSent
from payments.lightning.ids import make_scid
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.wire.failures import FailureCode
from tests.interop.wired_node import CONFIG, Cut
from tests.interop.world import balances_agree

AMOUNT_MSAT = 5_000_000


async def hinted(node):
    """Wait until a node knows what its peer asks for, so that its invoices can say how to reach it."""
    await node.bell.until(node.manager.announcer.route_hints, what=f"hints of {node.name}")


class LdkInTheMiddle:
    """alice -- LDK -- bob: both channels are ours to open, neither is announced."""

    async def build(self, world, kind):
        self.world = world
        self.alice, self.bob = world.node("alice"), world.node("bob")
        self.ldk = await world.ldk(anchors=kind.has_anchors)
        for node in (self.alice, self.bob):
            await world.connect(node, self.ldk)
        self.first = await world.we_open(self.alice, self.ldk, channel_type=kind)
        self.second = await world.we_open(self.bob, self.ldk, channel_type=kind)
        await hinted(self.bob)
        return self

    async def settled(self):
        await self.world.settled(self.alice, self.bob, self.ldk)
        return await balances_agree(self.alice, self.ldk, self.first), await balances_agree(self.bob, self.ldk, self.second)


class OursInTheMiddle:
    """ann -- ours -- ben, where ann and ben are LDKs: ann opened to us, we opened to ben."""

    async def build(self, world, kind):
        self.world = world
        policy = ForwardingConfig(fee_base_msat=2_000, fee_proportional_millionths=500, cltv_expiry_delta=50)
        self.ours = world.node("ours", config=replace(CONFIG, forwarding=policy))
        self.ann, self.ben = [await world.ldk(anchors=kind.has_anchors) for _ in range(2)]
        for ldk in (self.ann, self.ben):
            await world.connect(self.ours, ldk)
        self.first = await world.they_open(self.ours, self.ann)
        self.second = await world.we_open(self.ours, self.ben, channel_type=kind)
        return self

    async def settled(self):
        await self.world.settled(self.ours, self.ann, self.ben)
        return await balances_agree(self.ours, self.ann, self.first), await balances_agree(self.ours, self.ben, self.second)


async def test_ldk_carries_our_payments(world, kind, tally):
    row = await LdkInTheMiddle().build(world, kind)
    before = await row.settled()
    payment = row.alice.begin(row.bob.invoice(AMOUNT_MSAT))
    sent = await row.alice.outcome(payment)
    forwarded = await row.ldk.event("PaymentForwarded")
    after = await row.settled()
    tally["forwarded by LDK"] += 1

    assert isinstance(sent, PaymentSent)
    assert 1_000 == sent.fee_paid_msat == forwarded["fee_msat"]
    assert -(AMOUNT_MSAT + 1_000) == after[0][0] - before[0][0]
    assert AMOUNT_MSAT == after[1][0] - before[1][0]
    assert 2 == len((await row.alice.event(PaymentPathSuccessful)).path.hops)


async def test_ldk_says_what_it_did_not_carry_and_we_know_who_said_so(world, tally):
    row = await LdkInTheMiddle().build(world, ChannelType.ANCHORS)
    before = await row.settled()
    text = row.bob.invoice(AMOUNT_MSAT)

    def with_hint(**changes):
        def change(invoice):
            (hint,) = invoice.route_hints
            return replace(invoice, route_hints=(replace(hint, hops=(replace(hint.hops[0], **changes),)),))

        return change

    async def failure(**changes):
        payment = row.alice.begin(text, change=with_hint(**changes))
        assert isinstance(await row.alice.outcome(payment), PaymentFailed)
        tally["refused by LDK, reason read"] += 1
        return [(attempt.failing_hop, attempt.failure_code) for attempt in row.alice.path_failures(payment)]

    assert [(0, FailureCode.FEE_INSUFFICIENT)] == await failure(fee_base_msat=0)
    assert [(0, FailureCode.INCORRECT_CLTV_EXPIRY)] == await failure(cltv_expiry_delta=1)
    assert [(0, FailureCode.UNKNOWN_NEXT_PEER)] == await failure(short_channel_id=make_scid(1, 1, 1))
    await row.bob.disconnect(row.ldk.node_id)
    await row.ldk.knows(row.bob.node_id, connected=False)
    assert [(0, FailureCode.TEMPORARY_CHANNEL_FAILURE)] == await failure()
    await world.connect(row.bob, row.ldk)
    await row.bob.usable()
    assert isinstance(await row.alice.pay(text), PaymentSent)
    after = await row.settled()

    assert -(AMOUNT_MSAT + 1_000) == after[0][0] - before[0][0]


async def test_a_refusal_at_the_end_comes_back_through_ldk(world, tally):
    row = await LdkInTheMiddle().build(world, ChannelType.ANCHORS)
    text = row.bob.invoice(AMOUNT_MSAT)
    row.bob.do(lambda manager: manager.forget_invoice(decode(text).payment_hash))
    payment = row.alice.begin(text)
    failed = await row.alice.outcome(payment)
    await row.settled()
    tally["refused by us, relayed by LDK"] += 1

    assert PaymentFailureReason.RECIPIENT_REJECTED is failed.reason
    assert [(1, FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS)] == [
        (attempt.failing_hop, attempt.failure_code) for attempt in row.alice.path_failures(payment)
    ]


async def test_we_carry_a_payment_between_two_ldks(world, kind, tally):
    row = await OursInTheMiddle().build(world, kind)
    before = await row.settled()
    sent = await row.ann.pay(await row.ben.invoice(AMOUNT_MSAT))
    forwarded = await row.ours.event(PaymentForwarded)
    after = await row.settled()
    fee_msat = 2_000 + AMOUNT_MSAT * 500 // 1_000_000
    tally["forwarded by us between LDKs"] += 1

    assert ("PaymentSent", fee_msat) == (sent["event"], sent["fee_msat"])
    assert fee_msat == forwarded.total_fee_earned_msat
    assert AMOUNT_MSAT + fee_msat == after[0][0] - before[0][0]
    assert -AMOUNT_MSAT == after[1][0] - before[1][0]


async def test_a_refusal_at_the_end_comes_back_through_us(world, kind, tally):
    row = await OursInTheMiddle().build(world, kind)
    before = await row.settled()
    await row.ben.do("hold")
    payment = await row.ann.begin(await row.ben.invoice(AMOUNT_MSAT))
    held = await row.ben.event("PaymentClaimable")
    await row.ben.do("fail", payment_hash=held["payment_hash"])
    failed = await row.ann.outcome(payment)
    tally["refused by LDK, relayed by us"] += 1

    assert ("PaymentFailed", "RecipientRejected") == (failed["event"], failed["reason"])
    assert before == await row.settled()


async def test_what_we_cannot_carry_is_said_to_ldk(world, tally):
    row = await OursInTheMiddle().build(world, ChannelType.ANCHORS)
    text = await row.ben.invoice(AMOUNT_MSAT)
    await row.ours.disconnect(row.ben.node_id)
    payment = await row.ann.begin(text)
    failed = await row.ann.outcome(payment)
    attempt = await row.ann.event("PaymentPathFailed")
    tally["refused by us, reason read by LDK"] += 1

    assert ("PaymentFailed", "RetriesExhausted") == (failed["event"], failed["reason"])
    assert not attempt["permanent"]
    assert str(row.ours.manager.channel(row.second).terms.short_channel_id) == attempt["scid"]


@pytest.mark.parametrize("paid", [True, False], ids=["paid", "refused"])
async def test_a_crash_at_any_message_of_a_forwarding_loses_nothing(world, tally, paid):
    row = await OursInTheMiddle().build(world, ChannelType.ANCHORS)
    at, expected = 0, await row.settled()
    fee_msat = 2_000 + AMOUNT_MSAT * 500 // 1_000_000
    if not paid:
        await row.ben.do("hold")
    cut = Cut(at=1, after=True)
    while at == 0 or cut.done:
        at += 1
        cut = row.ours.cut = Cut(at=at, after=at % 2 == 0)
        payment = await row.ann.begin(await row.ben.invoice(AMOUNT_MSAT))
        ended = world.bell.until(lambda cut=cut, payment=payment: cut.done or has_ended(row.ann, payment), what="the cut")
        refusing = None if paid else world.bell.until(lambda cut=cut: cut.done or row.ben.told("PaymentClaimable"), what="it to be held")
        if refusing is not None:
            await refusing
            await refuse(row.ben)
        await ended
        row.ours.cut = None
        if cut.done:
            await row.ours.crash()
            for ldk in (row.ann, row.ben):
                await world.connect(row.ours, ldk)
            await row.ours.usable(2)
        if not paid:
            await world.bell.until(lambda payment=payment: row.ben.told("PaymentClaimable") or has_ended(row.ann, payment), what="the HTLC")
            await refuse(row.ben)
        end = await row.ann.outcome(payment)
        carried = end["event"] == "PaymentSent"
        assert not carried or paid, f"cut at {at}"
        (first, first_peer), (second, second_peer) = expected
        moved = (AMOUNT_MSAT + fee_msat, AMOUNT_MSAT) if carried else (0, 0)
        expected = ((first + moved[0], first_peer - moved[0]), (second - moved[1], second_peer + moved[1]))
        assert expected == await row.settled(), f"cut at {at}"
        assert [] == row.ours.heard_complaints, f"cut at {at}"
        tally["forwarded through a crash of ours"] += cut.done
    assert at > 15


def has_ended(ldk, payment):
    return any(event["event"] in {"PaymentSent", "PaymentFailed"} and event["payment_hash"] == payment for event in ldk.events)


async def refuse(ldk):
    """Give back what LDK holds, if it holds anything."""
    for held in ldk.told("PaymentClaimable"):
        ldk.events.remove(held)
        await ldk.do("fail", payment_hash=held["payment_hash"])
