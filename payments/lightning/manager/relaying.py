"""
The forwarder's side: from an HTLC that is irrevocably ours to handle, to one on the next channel, and the answer all the way back.

Nothing is offered downstream before the upstream HTLC is irrevocable; a preimage goes upstream at once; a failure goes upstream only when
the downstream HTLC is irrevocably gone. Any other order can lose the amount.

BOLT 2, Forwarding HTLCs; BOLT 4, Accepting and Forwarding a Payment
"""

from __future__ import annotations

from payments.lightning.channel.htlc import Failed, Forwarded, Fulfilled, Htlc, Malformed, Side, TimedOut
from payments.lightning.channel.limits import is_dust_too_much
from payments.lightning.channel.updates import fail_htlc, fail_malformed_htlc, fulfill_htlc, new_offer, offer_htlc
from payments.lightning.events import PaymentForwarded
from payments.lightning.ids import ChannelId
from payments.lightning.manager.node_state import NodeState
from payments.lightning.manager.receiving import Receiver
from payments.lightning.onion.attribution import HOLD_TIME_UNIT_MS
from payments.lightning.onion.errors import BadOnion, InvalidOnionPayload
from payments.lightning.onion.failure import FailurePacket, create_failure, wrap_failure, wrap_fulfill_attribution
from payments.lightning.onion.packet import PeeledOnion, peel_onion
from payments.lightning.onion.payload import FinalPayload, ForwardPayload, decode_payload
from payments.lightning.payment.forwarding import OutgoingChannel, refusal_to_forward
from payments.lightning.wire.failures import Failure, FailureCode, FailureMessage, UnknownFailure, encode_failure

LONGEST_ATTRIBUTED_REASON_BYTES = 64_000
"""Beside it the message still holds attribution data and its own fields. BOLT 4 has reasons of 292 bytes; a peer may send any length."""


class Relay:
    """Reads the onions of incoming HTLCs and passes HTLCs and answers on."""

    def __init__(self, state: NodeState, receiver: Receiver) -> None:
        self._state = state
        self._receiver = receiver

    def handle(self, channel_id: ChannelId, htlc: Htlc) -> None:
        """An incoming HTLC is irrevocable: read its onion and do what it says, or give it back."""
        state = self._state
        try:
            peeled = peel_onion(htlc.onion_routing_packet, node_private_key=state.identity.private_key, associated_data=htlc.payment_hash)
        except BadOnion as bad:
            outcome = Malformed(sha256_of_onion=bad.sha256_of_onion, failure_code=bad.failure_code)
            state.act(channel_id, lambda channel: fail_malformed_htlc(channel, htlc.id, outcome))
            return
        if is_dust_too_much(state.channels[channel_id], htlc, state.config.channel):
            self._give_back(channel_id, htlc, peeled.shared_secret, FailureMessage(code=FailureCode.TEMPORARY_CHANNEL_FAILURE))
            return
        try:
            payload = decode_payload(peeled.payload, is_final=peeled.next_packet is None)
        except InvalidOnionPayload as invalid:
            failure = FailureMessage(code=FailureCode.INVALID_ONION_PAYLOAD, tlv_type=invalid.type, tlv_offset=invalid.offset)
            self._give_back(channel_id, htlc, peeled.shared_secret, failure)
            return
        if isinstance(payload, FinalPayload):
            self._receiver.receive(channel_id, htlc, payload, peeled.shared_secret)
        else:
            self._forward(channel_id, htlc, payload, peeled)

    def fulfilled(self, channel_id: ChannelId, origin: Forwarded, htlc: Htlc) -> None:
        """The next node showed the preimage: claim upstream at once, and book what that earned."""
        state = self._state
        upstream = state.channels[origin.channel_id]
        incoming = upstream.htlc(Side.REMOTE, origin.htlc_id)
        if incoming is None or incoming.outcome is not None:
            return
        assert isinstance(htlc.outcome, Fulfilled)
        attribution = wrap_fulfill_attribution(
            origin.incoming_shared_secret, htlc.outcome.attribution_data, hold_time_100ms=self._held(incoming)
        )
        outcome = Fulfilled(payment_preimage=htlc.outcome.payment_preimage, attribution_data=attribution)
        state.act(origin.channel_id, lambda channel: fulfill_htlc(channel, origin.htlc_id, outcome))
        state.events.append(
            PaymentForwarded(
                payment_hash=htlc.payment_hash,
                prev_channel_id=origin.channel_id,
                prev_htlc_id=origin.htlc_id,
                next_channel_id=channel_id,
                total_fee_earned_msat=origin.incoming_amount_msat - htlc.amount_msat,
                outbound_amount_forwarded_msat=htlc.amount_msat,
            )
        )

    def removed(self, origin: Forwarded, htlc: Htlc) -> None:
        """Our outgoing HTLC is irrevocably gone: a failure may go upstream now. A preimage has gone long ago."""
        if isinstance(htlc.outcome, Failed | Malformed | TimedOut):
            self._fail_upstream(origin, htlc.outcome)

    def _forward(self, channel_id: ChannelId, htlc: Htlc, payload: ForwardPayload, peeled: PeeledOnion) -> None:
        state = self._state
        onward = state.channel_by_scid(payload.short_channel_id)
        outgoing = None if onward is None else OutgoingChannel(is_usable=onward.is_usable, policy=onward.forwarding)
        refusal = refusal_to_forward(
            payload, amount_msat=htlc.amount_msat, cltv_expiry=htlc.cltv_expiry, outgoing=outgoing, height=state.height
        )
        if refusal is not None or onward is None:
            failure = refusal or FailureMessage(code=FailureCode.UNKNOWN_NEXT_PEER)
            self._give_back(channel_id, htlc, peeled.shared_secret, failure)
            return
        assert peeled.next_packet is not None
        offer = new_offer(
            onward,
            amount_msat=payload.amt_to_forward_msat,
            payment_hash=htlc.payment_hash,
            cltv_expiry=payload.outgoing_cltv_value,
            onion_routing_packet=peeled.next_packet,
            origin=Forwarded(
                channel_id=channel_id,
                htlc_id=htlc.id,
                incoming_amount_msat=htlc.amount_msat,
                incoming_shared_secret=peeled.shared_secret,
            ),
        )
        given = state.interceptor.passes_on(offer)
        if state.act(onward.id, lambda channel: offer_htlc(channel, given, state.surroundings(channel))) is not None:
            failure = FailureMessage(code=FailureCode.TEMPORARY_CHANNEL_FAILURE)
            self._give_back(channel_id, htlc, peeled.shared_secret, failure)

    def _fail_upstream(self, origin: Forwarded, outcome: Failed | Malformed | TimedOut) -> None:
        state = self._state
        incoming = state.channels[origin.channel_id].htlc(Side.REMOTE, origin.htlc_id)
        if incoming is None:
            return
        if isinstance(outcome, TimedOut):
            given_up = FailureMessage(code=FailureCode.PERMANENT_CHANNEL_FAILURE)
            self._give_back(origin.channel_id, incoming, origin.incoming_shared_secret, given_up)
            return
        if isinstance(outcome, Malformed):
            failure = UnknownFailure(code=outcome.failure_code, data=outcome.sha256_of_onion)
            self._give_back(origin.channel_id, incoming, origin.incoming_shared_secret, failure)
            return
        answer = state.interceptor.passes_back(FailurePacket(reason=outcome.reason, attribution_data=outcome.attribution_data))
        packet = wrap_failure(origin.incoming_shared_secret, answer, hold_time_100ms=self._held(incoming))
        self._fail(origin.channel_id, incoming, packet)

    def _give_back(self, channel_id: ChannelId, htlc: Htlc, shared_secret: bytes, failure: Failure) -> None:
        packet = create_failure(shared_secret, encode_failure(failure), hold_time_100ms=self._held(htlc))
        self._fail(channel_id, htlc, packet)

    def _fail(self, channel_id: ChannelId, htlc: Htlc, packet: FailurePacket) -> None:
        """A reason goes on whatever its length; where both would be too long for one message, attribution stays behind."""
        has_room = len(packet.reason) <= LONGEST_ATTRIBUTED_REASON_BYTES
        outcome = Failed(reason=packet.reason, attribution_data=packet.attribution_data if has_room else None)
        self._state.act(channel_id, lambda channel: fail_htlc(channel, htlc.id, outcome))

    def _held(self, htlc: Htlc) -> int:
        return max(0, self._state.clock.now_ms() - htlc.received_at_ms) // HOLD_TIME_UNIT_MS
