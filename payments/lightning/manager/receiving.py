"""
The payee's side: invoices of ours, sets of HTLCs that belong to one payment, claiming and giving back.

The preimage is on the shelf with the invoice before the invoice is handed out, so a claim survives any crash: what is claimed is written
into every part's channel in the same commit that lets the preimage leave.

BOLT 4, Requirements of the final node; Basic Multi-Part Payments
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.htlc import Failed, Fulfilled, Htlc
from payments.lightning.channel.updates import fail_htlc, fulfill_htlc
from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import PaymentClaimable, PaymentClaimed
from payments.lightning.ids import ChannelId, PaymentHash, PaymentPreimage, PaymentSecret
from payments.lightning.invoice.bolt11 import encode
from payments.lightning.invoice.invoice import InvoiceDraft, RouteHint
from payments.lightning.invoice.network import Network
from payments.lightning.manager.node_state import NodeState
from payments.lightning.onion.attribution import HOLD_TIME_UNIT_MS
from payments.lightning.onion.failure import create_failure, create_fulfill_attribution
from payments.lightning.onion.payload import FinalPayload
from payments.lightning.payment.inbound import (
    InboundInvoice,
    InsideRefusal,
    ReceivedPart,
    ReceivingSet,
    refusal_inside,
    refusal_of_part,
    unknown_payment,
    with_part,
)
from payments.lightning.wire.failures import FailureCode, FailureMessage, encode_failure
from payments.lightning.wire.features import INVOICE_FEATURES


class InvoiceWish(Struct, frozen=True, kw_only=True):
    """What an invoice shall say; `amount_msat` None lets the payer choose."""

    amount_msat: int | None
    description: str
    expiry_s: int


class Receiver:
    """Makes invoices, gathers what is paid to them, claims."""

    def __init__(self, state: NodeState, network: Network) -> None:
        self._state = state
        self._network = network

    def create_invoice(self, wish: InvoiceWish, route_hints: tuple[RouteHint, ...]) -> str:
        """A signed invoice whose preimage is on the shelf. It may be handed out after the next commit, not before."""
        state = self._state
        preimage, secret = PaymentPreimage(state.entropy(32)), PaymentSecret(state.entropy(32))
        payment_hash, now_s = PaymentHash(sha256(preimage)), state.clock.now_ms() // 1_000
        draft = InvoiceDraft(
            network=self._network,
            created_at_s=now_s,
            payment_hash=payment_hash,
            payment_secret=secret,
            amount_msat=wish.amount_msat,
            description=wish.description,
            expiry_s=wish.expiry_s,
            min_final_cltv_expiry_delta=state.config.min_final_cltv_expiry_delta,
            features=frozenset(INVOICE_FEATURES.numbers()),
            route_hints=route_hints,
        )
        text = encode(draft, private_key=state.identity.private_key)
        invoice = InboundInvoice(
            payment_hash=payment_hash,
            payment_preimage=preimage,
            payment_secret=secret,
            amount_msat=wish.amount_msat,
            expires_at_s=now_s + wish.expiry_s,
            min_final_cltv_expiry_delta=draft.min_final_cltv_expiry_delta,
        )
        state.invoices.put(payment_hash, invoice)
        return text

    def settle_inside(self, payment_hash: PaymentHash, amount_msat: int) -> PaymentPreimage | InsideRefusal:
        """Count an invoice as paid without an HTLC and give its proof away; no HTLC is taken for it from now on."""
        state, invoice = self._state, self._state.invoices.get(payment_hash)
        refusal = refusal_inside(
            invoice, known=state.receiving.get(payment_hash), amount_msat=amount_msat, now_s=state.clock.now_ms() // 1_000
        )
        if refusal is not None or invoice is None:
            return refusal or InsideRefusal.UNKNOWN_INVOICE
        state.invoices.put(payment_hash, replace(invoice, claimed_msat=amount_msat))
        return invoice.payment_preimage

    def receive(self, channel_id: ChannelId, htlc: Htlc, payload: FinalPayload, shared_secret: bytes) -> None:
        """An HTLC whose onion ends at us: keep it for its set or give it back."""
        state = self._state
        part = ReceivedPart(
            channel_id=channel_id,
            htlc_id=htlc.id,
            amount_msat=htlc.amount_msat,
            cltv_expiry=htlc.cltv_expiry,
            shared_secret=shared_secret,
            received_at_ms=htlc.received_at_ms,
        )
        known = state.receiving.get(htlc.payment_hash)
        refusal = refusal_of_part(
            part,
            payload,
            invoice=state.invoices.get(htlc.payment_hash),
            known=known,
            now_s=state.clock.now_ms() // 1_000,
            height=state.height,
        )
        if refusal is not None:
            self._give_back(part, refusal)
            return
        gathered = with_part(known, part, payload, htlc.payment_hash)
        state.receiving.put(htlc.payment_hash, gathered)
        if gathered.is_complete:
            state.events.append(
                PaymentClaimable(
                    payment_hash=gathered.payment_hash,
                    amount_msat=gathered.amount_msat,
                    claim_deadline_height=self._claim_deadline_height(gathered),
                )
            )

    def claim(self, preimage: PaymentPreimage) -> None:
        """Claim every part of a complete set. Nothing happens when there is none: it is claimed already or was given back."""
        state, payment_hash = self._state, PaymentHash(sha256(preimage))
        gathered = state.receiving.get(payment_hash)
        if gathered is None or not gathered.is_complete:
            return
        for part in gathered.parts:
            outcome = Fulfilled(
                payment_preimage=preimage,
                attribution_data=create_fulfill_attribution(part.shared_secret, hold_time_100ms=self._held(part)),
            )
            state.act(part.channel_id, partial(fulfill_htlc, htlc_id=part.htlc_id, outcome=outcome))
        state.receiving.drop(payment_hash)
        invoice = state.invoices[payment_hash]
        state.invoices.put(payment_hash, replace(invoice, claimed_msat=gathered.amount_msat))
        state.events.append(PaymentClaimed(payment_hash=payment_hash, amount_msat=gathered.amount_msat))

    def fail(self, payment_hash: PaymentHash, failure: FailureMessage | None = None) -> None:
        """Give every part of a set back, as an unknown payment unless told otherwise. Nothing happens when there is none."""
        gathered = self._state.receiving.get(payment_hash)
        if gathered is None:
            return
        for part in gathered.parts:
            self._give_back(part, failure or unknown_payment(part, height=self._state.height))
        self._state.receiving.drop(payment_hash)

    def fail_overdue(self) -> None:
        """Give incomplete sets back whose missing parts have been waited for long enough."""
        state = self._state
        timeout_s = state.config.payment.mpp_timeout_s
        for gathered in state.receiving:
            if gathered.is_overdue(state.clock.now_ms(), timeout_s):
                self.fail(gathered.payment_hash, FailureMessage(code=FailureCode.MPP_TIMEOUT))

    def fail_expiring(self) -> None:
        """Give sets back that nobody claimed in time: later, a claim could only be made on the chain."""
        for gathered in self._state.receiving:
            if self._state.height >= self._claim_deadline_height(gathered):
                self.fail(gathered.payment_hash)

    def fail_out_of_reach(self, is_out_of_reach: Callable[[ChannelId, int], bool]) -> None:
        """Give sets back of which a part went to the chain and is lost there: claiming would say that we were paid what never comes."""
        for gathered in self._state.receiving:
            if any(is_out_of_reach(part.channel_id, part.htlc_id) for part in gathered.parts):
                self.fail(gathered.payment_hash)

    def _claim_deadline_height(self, gathered: ReceivingSet) -> int:
        return gathered.first_expiry_height - self._state.config.htlc_deadline_blocks

    def _give_back(self, part: ReceivedPart, failure: FailureMessage) -> None:
        packet = create_failure(part.shared_secret, encode_failure(failure), hold_time_100ms=self._held(part))
        outcome = Failed(reason=packet.reason, attribution_data=packet.attribution_data)
        self._state.act(part.channel_id, lambda channel: fail_htlc(channel, part.htlc_id, outcome))

    def _held(self, part: ReceivedPart) -> int:
        return max(0, self._state.clock.now_ms() - part.received_at_ms) // HOLD_TIME_UNIT_MS
