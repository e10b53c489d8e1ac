"""
The line is cut at each message of a payment in turn, and the payment ends as it would have.

A payment is four times adding or removing, committing and revoking. The line ends right after every message of it in either direction: sent
and delivered with nothing of ours after it, taken by us with our answer lost, or lost on its way to us. With and without a crash of our
side in between, so that what was stored must be enough. In the end both sides have counted the same and nobody has complained.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import PaymentFailed, PaymentSent
from payments.lightning.ids import PaymentSecret
from payments.lightning.invoice.bolt11 import decode
from tests.interop.wired_node import Cut
from tests.interop.world import balances_agree

AMOUNT_MSAT = 3_000_000


class Story:
    """One payment that is cut, seen from outside."""

    def __init__(self, node, ldk):
        self.node, self.ldk = node, ldk


class WePay(Story):
    gain_msat = -AMOUNT_MSAT

    async def begin(self):
        self.text = await self.ldk.invoice(AMOUNT_MSAT)
        return lambda: self._begun(self.node.begin(self.text))

    def _begun(self, payment):
        self.payment = payment

    async def check(self):
        sent = await self.node.outcome(self.payment)
        assert isinstance(sent, PaymentSent)
        assert decode(self.text).payment_hash == sha256(sent.payment_preimage)


class WePayInVain(WePay):
    gain_msat = 0

    def _begun(self, payment):
        self.payment = payment

    async def begin(self):
        text = await self.ldk.invoice(AMOUNT_MSAT)
        wrong = PaymentSecret(bytes(32))
        return lambda: self._begun(self.node.begin(text, change=lambda invoice: replace(invoice, payment_secret=wrong)))

    async def check(self):
        assert isinstance(await self.node.outcome(self.payment), PaymentFailed)
        assert [15] == [failure.failure_code & 0xFF for failure in self.node.path_failures(self.payment)]


class TheyPay(Story):
    gain_msat = AMOUNT_MSAT

    async def begin(self):
        text = self.node.invoice(AMOUNT_MSAT)
        self.payment = decode(text).payment_hash.hex()
        return lambda: self.ldk.begin(text)

    async def check(self):
        assert "PaymentSent" == (await self.ldk.outcome(self.payment))["event"]


class TheyPayInVain(TheyPay):
    gain_msat = 0

    async def begin(self):
        started = await super().begin()
        self.node.do(lambda manager: manager.forget_invoice(bytes.fromhex(self.payment)))
        return started

    async def check(self):
        failed = await self.ldk.outcome(self.payment)
        assert ("PaymentFailed", "RecipientRejected") == (failed["event"], failed["reason"])


async def cut_once(world, node, ldk, story, cut, *, crashes, ldk_restarts=False):
    """Run a story with a cut; whether the cut came before its end."""
    begin = await story.begin()
    node.cut = cut
    begun = begin()
    if begun is not None:
        await begun
    await world.bell.until(
        lambda: cut.done or (cut.passed and not node.channels()[0].htlcs and not node.channels()[0].awaiting_revocation),
        what=f"the cut {cut} or the end",
    )
    node.cut = None
    if cut.done:
        if crashes:
            await node.crash()
        if ldk_restarts:
            await ldk.knows(node.node_id, connected=False)
            await ldk.restart()
        await world.connect(node, ldk)
        await node.usable()
    await story.check()
    await world.settled(node, ldk)
    return cut.done


@pytest.mark.parametrize("crashes", [False, True], ids=["line", "crash"])
@pytest.mark.parametrize("story", [WePay, WePayInVain, TheyPay, TheyPayInVain])
async def test_a_payment_that_is_cut_at_any_message_ends_as_it_would_have(world, kind, story, crashes, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    channel_id = await world.we_open(node, ldk, channel_type=kind)
    expected_msat, _theirs = await balances_agree(node, ldk, channel_id)
    for after in (True, False):
        at = 1
        while await cut_once(world, node, ldk, story(node, ldk), Cut(at=at, after=after), crashes=crashes):
            expected_msat += story.gain_msat
            assert expected_msat == (await balances_agree(node, ldk, channel_id))[0], f"cut at {at}"
            assert [] == node.heard_complaints, f"cut at {at}"
            at += 1
            tally["resumed with LDK after a cut" + " and a crash" * crashes] += 1
        expected_msat += story.gain_msat
        assert at > 8, "the story has fewer messages than it must have"
