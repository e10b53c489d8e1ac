"""Being paid: an HTLC fits an invoice in everything or is given back, and parts wait for each other."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from payments.lightning.onion.payload import FinalPayload
from payments.lightning.payment.inbound import InboundInvoice, ReceivedPart, ReceivingSet, refusal_of_part, unknown_payment, with_part
from payments.lightning.wire.failures import FailureCode, FailureMessage

HEIGHT = 800_000
NOW_S = 1_000
PREIMAGE = bytes(32)
HASH = sha256(PREIMAGE).digest()
SECRET = b"\x05" * 32
INVOICE = InboundInvoice(
    payment_hash=HASH,
    payment_preimage=PREIMAGE,
    payment_secret=SECRET,
    amount_msat=1_000_000,
    expires_at_s=NOW_S + 1,
    min_final_cltv_expiry_delta=24,
)
PART = ReceivedPart(
    channel_id=bytes(32), htlc_id=0, amount_msat=1_000_000, cltv_expiry=HEIGHT + 24, shared_secret=bytes(32), received_at_ms=NOW_S * 1_000
)
PAYLOAD = FinalPayload(amt_to_forward_msat=1_000_000, outgoing_cltv_value=HEIGHT + 24, payment_secret=SECRET, total_msat=1_000_000)
UNKNOWN = FailureMessage(code=FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, htlc_msat=1_000_000, height=HEIGHT)


def refusal(*, part=PART, payload=PAYLOAD, invoice=INVOICE, known=None, now_s=NOW_S) -> FailureMessage | None:
    return refusal_of_part(part, payload, invoice=invoice, known=known, now_s=now_s, height=HEIGHT)


def but(value, **changes):
    return msgspec.structs.replace(value, **changes)


def test_it_works():
    assert refusal() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"invoice": None},
        {"invoice": but(INVOICE, claimed_msat=1_000_000)},
        {"payload": but(PAYLOAD, payment_secret=bytes(32))},
        {"now_s": NOW_S + 1},
        {"payload": but(PAYLOAD, total_msat=999_999)},
        {"payload": but(PAYLOAD, total_msat=2_000_001)},
        {"invoice": but(INVOICE, amount_msat=None), "payload": but(PAYLOAD, total_msat=0)},
        {"invoice": but(INVOICE, min_final_cltv_expiry_delta=25)},
        {"known": ReceivingSet(payment_hash=HASH, total_msat=1_000_000, parts=(PART,))},
        {"known": ReceivingSet(payment_hash=HASH, total_msat=1_000_001, parts=(but(PART, amount_msat=1),))},
    ],
)
def test_whatever_does_not_fit_gets_the_same_answer(changes):
    assert UNKNOWN == refusal(**changes)


def test_the_answer_names_the_amount_that_came():
    assert 7 == unknown_payment(but(PART, amount_msat=7), height=HEIGHT).htlc_msat


def test_a_hop_that_passed_on_too_little_or_too_late_is_told_on():
    short, late = but(PART, amount_msat=999_999), but(PART, cltv_expiry=HEIGHT + 23)

    assert FailureMessage(code=FailureCode.FINAL_INCORRECT_HTLC_AMOUNT, incoming_htlc_amt=999_999) == refusal(part=short)
    assert FailureMessage(code=FailureCode.FINAL_INCORRECT_CLTV_EXPIRY, cltv_expiry=HEIGHT + 23) == refusal(part=late)


@pytest.mark.parametrize("total_msat", [1_000_000, 1_500_000, 2_000_000])
def test_up_to_twice_the_amount_is_taken(total_msat):
    assert refusal(payload=but(PAYLOAD, total_msat=total_msat)) is None


def test_an_invoice_without_an_amount_takes_any():
    assert refusal(invoice=but(INVOICE, amount_msat=None), payload=but(PAYLOAD, total_msat=1)) is None


def test_a_set_is_complete_when_its_parts_make_the_total():
    half = but(PART, amount_msat=500_000)
    payload = but(PAYLOAD, amt_to_forward_msat=500_000)
    one = with_part(None, half, payload, HASH)
    both = with_part(one, but(half, htlc_id=1, cltv_expiry=HEIGHT + 20), payload, HASH)

    assert (500_000, False) == (one.amount_msat, one.is_complete)
    assert (1_000_000, True) == (both.amount_msat, both.is_complete)
    assert HEIGHT + 20 == both.first_expiry_height
    assert refusal(part=half, payload=payload, known=one) is None


@pytest.mark.parametrize(("waited_ms", "expected"), [(59_999, False), (60_000, True)])
def test_missing_parts_are_waited_for_so_long(waited_ms, expected):
    first = but(PART, amount_msat=1)
    gathered = ReceivingSet(
        payment_hash=HASH, total_msat=1_000_000, parts=(first, but(first, htlc_id=1, received_at_ms=NOW_S * 1_000 + 50_000))
    )

    assert expected is gathered.is_overdue(NOW_S * 1_000 + waited_ms, 60)
    assert not msgspec.structs.replace(gathered, total_msat=2).is_overdue(NOW_S * 1_000 + waited_ms, 60)
