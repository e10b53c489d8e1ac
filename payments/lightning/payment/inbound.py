"""
Being paid: which invoices are ours to claim, and which HTLCs belong together.

An HTLC is taken only when it fits an invoice in everything: hash, secret, amount, time. Parts of one payment wait for each other and are
claimed together or not at all. Whatever does not fit gets the same answer, so that nobody learns which invoices exist.

BOLT 4, Requirements of the final node; Basic Multi-Part Payments
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.ids import ChannelId, PaymentHash, PaymentPreimage, PaymentSecret
from payments.lightning.onion.payload import FinalPayload
from payments.lightning.wire.failures import FailureCode, FailureMessage

MAX_OVERPAYMENT_MULTIPLE = 2
"""A payer may hide the amount by paying up to twice of it, not more. BOLT 4, Requirements of the final node"""


class InboundInvoice(Struct, frozen=True, kw_only=True):
    """What we keep about an invoice of ours: all that is needed to claim its payment."""

    payment_hash: PaymentHash
    payment_preimage: PaymentPreimage
    payment_secret: PaymentSecret
    amount_msat: int | None
    expires_at_s: int
    min_final_cltv_expiry_delta: int
    claimed_msat: int | None = None
    """What was paid; an invoice is paid once."""


class InsideRefusal(StrEnum):
    """Why an invoice of ours cannot be settled without an HTLC."""

    UNKNOWN_INVOICE = "unknown_invoice"
    ALREADY_PAID = "already_paid"
    BEING_PAID = "being_paid"
    """HTLCs for it have arrived: they are paid or go back first."""
    INVOICE_EXPIRED = "invoice_expired"
    WRONG_AMOUNT = "wrong_amount"


class ReceivedPart(Struct, frozen=True, kw_only=True):
    """An HTLC to us that waits for the rest of its set."""

    channel_id: ChannelId
    htlc_id: int
    amount_msat: int
    cltv_expiry: int
    shared_secret: bytes
    """With the payer, 32 bytes: encrypts a failure or vouches for the hold time."""
    received_at_ms: int


class ReceivingSet(Struct, frozen=True, kw_only=True):
    """The parts of one payment to us that have arrived so far."""

    payment_hash: PaymentHash
    total_msat: int
    """What the payer said all parts make together: the same in every part."""
    parts: tuple[ReceivedPart, ...]

    @property
    def amount_msat(self) -> int:
        """What has arrived."""
        return sum(part.amount_msat for part in self.parts)

    @property
    def is_complete(self) -> bool:
        """Whether all is here."""
        return self.amount_msat >= self.total_msat

    @property
    def first_expiry_height(self) -> int:
        """The earliest expiry of its parts."""
        return min(part.cltv_expiry for part in self.parts)

    def is_overdue(self, now_ms: int, timeout_s: int) -> bool:
        """Whether the missing parts have been waited for long enough."""
        return not self.is_complete and now_ms - min(part.received_at_ms for part in self.parts) >= timeout_s * 1_000


def unknown_payment(part: ReceivedPart, *, height: int) -> FailureMessage:
    """The one answer to everything that does not fit. BOLT 4, `incorrect_or_unknown_payment_details`"""
    return FailureMessage(code=FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, htlc_msat=part.amount_msat, height=height)


def refusal_of_part(
    part: ReceivedPart, payload: FinalPayload, *, invoice: InboundInvoice | None, known: ReceivingSet | None, now_s: int, height: int
) -> FailureMessage | None:
    """
    Why an HTLC to us must be given back, None when it may wait for its set.

    known    the set that has arrived so far for this hash

    BOLT 4, Requirements of the final node
    """
    unknown = unknown_payment(part, height=height)
    if invoice is None or invoice.claimed_msat is not None or invoice.payment_secret != payload.payment_secret:
        return unknown
    if now_s >= invoice.expires_at_s or not _fits(payload.total_msat, invoice.amount_msat):
        return unknown
    if part.cltv_expiry < payload.outgoing_cltv_value:
        return FailureMessage(code=FailureCode.FINAL_INCORRECT_CLTV_EXPIRY, cltv_expiry=part.cltv_expiry)
    if part.amount_msat < payload.amt_to_forward_msat:
        return FailureMessage(code=FailureCode.FINAL_INCORRECT_HTLC_AMOUNT, incoming_htlc_amt=part.amount_msat)
    if part.cltv_expiry < height + invoice.min_final_cltv_expiry_delta:
        return unknown
    if known is not None and (known.total_msat != payload.total_msat or known.is_complete):
        return unknown
    return None


def refusal_inside(invoice: InboundInvoice | None, *, known: ReceivingSet | None, amount_msat: int, now_s: int) -> InsideRefusal | None:
    """
    Why an invoice of ours cannot be settled between two who share our node; None when it can.

    known    the set that has arrived so far for its hash

    The same conditions as for an HTLC, so that it makes no difference to the payee by which way the money comes.
    """
    if invoice is None:
        return InsideRefusal.UNKNOWN_INVOICE
    if invoice.claimed_msat is not None:
        return InsideRefusal.ALREADY_PAID
    if known is not None:
        return InsideRefusal.BEING_PAID
    if now_s >= invoice.expires_at_s:
        return InsideRefusal.INVOICE_EXPIRED
    return None if _fits(amount_msat, invoice.amount_msat) else InsideRefusal.WRONG_AMOUNT


def with_part(known: ReceivingSet | None, part: ReceivedPart, payload: FinalPayload, payment_hash: PaymentHash) -> ReceivingSet:
    """The set with one part more."""
    if known is None:
        return ReceivingSet(payment_hash=payment_hash, total_msat=payload.total_msat, parts=(part,))
    return replace(known, parts=(*known.parts, part))


def _fits(total_msat: int, amount_msat: int | None) -> bool:
    """Whether a total is at least what was asked for, and not so much more that it must be a mistake."""
    if amount_msat is None:
        return total_msat > 0
    return amount_msat <= total_msat <= amount_msat * MAX_OVERPAYMENT_MULTIPLE
