"""What is refused, by either side: the reason is read by whoever paid, and the money is back."""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace

from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import PaymentFailed, PaymentFailureReason
from payments.lightning.ids import PaymentHash, PaymentSecret
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.wire.failures import FailureCode
from payments.lightning.wire.messages import UpdateAddHtlc
from tests.interop.world import balances_agree

AMOUNT_MSAT = 3_000_000
REJECTED = PaymentFailureReason.RECIPIENT_REJECTED
UNKNOWN_DETAILS = FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS


async def refused(node, text, **wishes):
    """The end of a payment of ours that must fail, and how its one attempt did."""
    payment = node.begin(text, **wishes)
    failed = await node.outcome(payment)
    assert isinstance(failed, PaymentFailed)
    (attempt,) = node.path_failures(payment)
    assert attempt.failing_hop == len(attempt.path.hops) - 1
    return failed.reason, attempt.failure_code, attempt.failure_data


def told(amount_msat, height):
    """What LDK says with its answer. BOLT 4, Failure Messages: htlc_msat[8] + height[4]"""
    return amount_msat.to_bytes(8, "big") + height.to_bytes(4, "big")


CHANGES = {
    "wrong secret": lambda invoice: replace(invoice, payment_secret=PaymentSecret(bytes(32))),
    "unknown hash": lambda invoice: replace(invoice, payment_hash=PaymentHash(sha256(b"nobody's"))),
    "amount too small": lambda invoice: replace(invoice, amount_msat=AMOUNT_MSAT - 1),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_ldk_refuses_us_and_we_read_why(opened, world, tally, what):
    node, ldk, channel_id = opened
    before = await balances_agree(node, ldk, channel_id)
    reason, code, data = await refused(node, await ldk.invoice(AMOUNT_MSAT), change=CHANGES[what])
    await world.settled(node, ldk)
    tally["refused by LDK, reason read"] += 1

    offered_msat = AMOUNT_MSAT - (what == "amount too small")
    assert (REJECTED, UNKNOWN_DETAILS, told(offered_msat, world.height)) == (reason, code, data)
    assert before == await balances_agree(node, ldk, channel_id)
    assert [] == node.heard_complaints


async def test_ldk_refuses_an_expired_invoice(opened, world, tally):
    node, ldk, _channel_id = opened
    text = await ldk.invoice(AMOUNT_MSAT, expiry_s=60)
    await world.pass_time(3 * 3_600)  # LDK allows two hours for clocks
    reason, code, _data = await refused(node, text)
    tally["refused by LDK, reason read"] += 1

    assert (REJECTED, UNKNOWN_DETAILS) == (reason, code)


async def test_ldk_refuses_what_is_about_to_expire(opened, tally):
    node, ldk, _channel_id = opened
    await ldk.do("block", count=300)  # LDK knows blocks that we do not know yet
    reason, code, data = await refused(node, await ldk.invoice(AMOUNT_MSAT))
    tally["refused by LDK, reason read"] += 1

    assert (REJECTED, UNKNOWN_DETAILS) == (reason, code)
    assert 300 < int.from_bytes(data[8:], "big")


async def test_ldk_cannot_read_an_onion_that_was_changed(opened, world, tally):
    node, ldk, _channel_id = opened

    def spoil(data):
        """An update_add_htlc ends with its onion: change the last byte of that, in its HMAC."""
        return data[:-1] + bytes([data[-1] ^ 1]) if int.from_bytes(data[:2], "big") == UpdateAddHtlc.TYPE else data

    node.change_sent = spoil
    payment = node.begin(await ldk.invoice(AMOUNT_MSAT))
    assert isinstance(await node.outcome(payment), PaymentFailed)
    await world.settled(node, ldk)
    tally["refused by LDK, reason read"] += 1

    assert [FailureCode.INVALID_ONION_HMAC] == [failure.failure_code for failure in node.path_failures(payment)]
    assert [] == node.heard_complaints


OUR_CHANGES = {
    "wrong secret": {"payment_secret": PaymentSecret(bytes(32))},
    "amount too small": {"amount_msat": AMOUNT_MSAT + 1},
    "amount too large": {"amount_msat": AMOUNT_MSAT // 3},
    "expired": {"expires_at_s": 1},
    "expiry too near": {"min_final_cltv_expiry_delta": 1_000},
}


@pytest.mark.parametrize("what", [*OUR_CHANGES, "unknown hash"])
async def test_we_refuse_ldk_and_it_reads_why(opened, world, tally, what):
    node, ldk, channel_id = opened
    before = await balances_agree(node, ldk, channel_id)
    text = node.invoice(AMOUNT_MSAT)
    invoices, payment_hash = node.manager._state.invoices, decode(text).payment_hash
    if what == "unknown hash":
        node.do(lambda manager: manager.forget_invoice(payment_hash))
    else:
        invoices.put(payment_hash, replace(invoices[payment_hash], **OUR_CHANGES[what]))
    failed = await ldk.pay(text)
    attempt = await ldk.event("PaymentPathFailed")
    await world.settled(node, ldk)
    tally["refused by us, reason read by LDK"] += 1

    assert ("PaymentFailed", "RecipientRejected") == (failed["event"], failed["reason"])
    assert attempt["permanent"]
    assert before == await balances_agree(node, ldk, channel_id)
    assert [] == node.heard_complaints


async def test_a_payment_that_nobody_asked_for_is_refused(opened, world, tally):
    node, ldk, _channel_id = opened
    preimage = os.urandom(32)
    answer = await ldk.do("keysend", node_id=node.node_id.hex(), msat=AMOUNT_MSAT, preimage=preimage.hex())
    failed = await ldk.outcome(answer["payment_hash"])
    await world.settled(node, ldk)
    tally["refused by us, reason read by LDK"] += 1

    assert "PaymentFailed" == failed["event"]
    assert [] == node.heard_complaints


async def test_what_ldk_gives_back_when_asked_to_is_read(opened, world, tally):
    node, ldk, _channel_id = opened
    await ldk.do("hold")
    payment = node.begin(await ldk.invoice(AMOUNT_MSAT))
    claimable = await ldk.event("PaymentClaimable")
    await ldk.do("fail", payment_hash=claimable["payment_hash"])

    assert REJECTED is (await node.outcome(payment)).reason
    await world.settled(node, ldk)
    tally["refused by LDK, reason read"] += 1


async def test_what_ldk_holds_is_paid_when_it_claims(opened, world, tally):
    node, ldk, _channel_id = opened
    await ldk.do("hold")
    payment = node.begin(await ldk.invoice(AMOUNT_MSAT))
    claimable = await ldk.event("PaymentClaimable")
    assert 1 == len(node.channels()[0].htlcs)
    await ldk.do("claim", payment_hash=claimable["payment_hash"])
    await node.outcome(payment)
    await world.settled(node, ldk)
    tally["paid to LDK"] += 1
