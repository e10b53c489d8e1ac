"""
The payer's side: begin a payment, send attempts, learn from failures, try again, end.

LDK's send flow. Consuming the wish, recording the payment and offering its first HTLC happen in one turn, so after any crash the payment is
either not begun or known in full. What the network does to one attempt never raises: it is a lesson for the next.

LDK, OutboundPayments
"""

from __future__ import annotations

from collections.abc import Callable

from payments.lightning.channel.actions import Step
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.htlc import Failed, Fulfilled, Htlc, Malformed, OwnPayment
from payments.lightning.channel.updates import new_offer, offer_htlc
from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import (
    PaymentFailed,
    PaymentFailureReason,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
)
from payments.lightning.ids import PaymentHash, PaymentId
from payments.lightning.manager.node_state import NodeState
from payments.lightning.onion.failure import unwrap_fulfill_attribution
from payments.lightning.onion.packet import shared_secrets
from payments.lightning.payment.outbound import (
    Attempt,
    AttemptState,
    OutboundPayment,
    RetryableSendFailure,
)
from payments.lightning.payment.packet import PaymentOnion, build_packet, fits_onion
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.payment.verdict import HOLD_TIME_UNIT_MS, Verdict, judge_failure, judge_malformed
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path, Route

FindRoute = Callable[[RouteParameters, PaymentHash], Route | NoRoute]
"""The router with everything about us already in it: (what is wanted, payment hash as the seed of the shadow)."""


class Sender:
    """Runs our payments."""

    def __init__(self, state: NodeState, find_route: FindRoute) -> None:
        self._state = state
        self._find_route = find_route
        self._by_hash: dict[PaymentHash, PaymentId] = {}

    def index(self) -> None:
        """Know by hash every payment that is on the shelf and not failed."""
        self._by_hash = {
            payment.payment_hash: payment.payment_id for payment in self._state.payments if payment.status is not PaymentStatus.FAILED
        }

    def begin(self, payment: OutboundPayment, *, expires_at_s: int) -> RetryableSendFailure | None:
        """
        Begin a payment: route it, record it, offer its HTLCs. Answers why not when it was not begun; then nothing has changed.

        expires_at_s    of the invoice: nothing is begun after it
        """
        state = self._state
        if payment.payment_id in state.payments or payment.payment_hash in self._by_hash:
            return RetryableSendFailure.DUPLICATE_PAYMENT
        if state.clock.now_ms() >= expires_at_s * 1_000:
            return RetryableSendFailure.PAYMENT_EXPIRED
        route = self._find_route(payment.params, payment.payment_hash)
        if isinstance(route, NoRoute):
            return RetryableSendFailure.ROUTE_NOT_FOUND
        if not self._fits(payment, route):
            return RetryableSendFailure.ONION_PACKET_SIZE_EXCEEDED
        self._by_hash[payment.payment_hash] = payment.payment_id
        self._keep(payment)
        self._send_route(payment.payment_id, route)
        return None

    def abandon(self, payment_id: PaymentId) -> None:
        """Try nothing more. What is out may still be paid; PaymentFailed comes only when nothing is."""
        payment = self._state.payments.get(payment_id)
        if payment is None or payment.status.is_final:
            return
        self._keep(payment.giving_up(PaymentFailureReason.USER_ABANDONED))
        self._finish_if_over(payment_id)

    def fulfilled(self, origin: OwnPayment, htlc: Htlc) -> None:
        """A preimage for one of our attempts, checked by the channel: the payment is paid, once."""
        payment = self._state.payments[origin.payment_id]
        assert isinstance(htlc.outcome, Fulfilled)
        if payment.payment_preimage is not None:
            return
        paid = payment.with_preimage(htlc.outcome.payment_preimage)
        self._keep(paid)
        self._state.events.append(
            PaymentSent(
                payment_id=paid.payment_id,
                payment_preimage=htlc.outcome.payment_preimage,
                payment_hash=paid.payment_hash,
                amount_msat=paid.amount_msat,
                fee_paid_msat=paid.fee_committed_msat,
            )
        )

    def removed(self, origin: OwnPayment, htlc: Htlc) -> None:
        """The HTLC of one of our attempts is irrevocably gone: book a success, or learn from the failure and go on."""
        payment = self._state.payments[origin.payment_id]
        attempt = payment.attempt(origin.attempt_number)
        match htlc.outcome:
            case Fulfilled():
                self._succeeded(payment, attempt, htlc.outcome)
            case Failed() | Malformed():
                self._attempt_failed(payment, attempt, _judge(attempt, htlc.outcome))
                self._go_on(origin.payment_id)

    def _succeeded(self, payment: OutboundPayment, attempt: Attempt, outcome: Fulfilled) -> None:
        self._keep(payment.ended(attempt.number, AttemptState.SUCCEEDED))
        answer = unwrap_fulfill_attribution(_secrets(attempt), outcome.attribution_data)
        self._state.events.append(
            PaymentPathSuccessful(
                payment_id=payment.payment_id,
                payment_hash=payment.payment_hash,
                attempt_number=attempt.number,
                path=attempt.path,
                hold_times_ms=tuple(time * HOLD_TIME_UNIT_MS for time in answer.hold_times),
            )
        )

    def _attempt_failed(self, payment: OutboundPayment, attempt: Attempt, verdict: Verdict) -> None:
        self._keep(payment.failed(attempt.number, verdict))
        self._state.events.append(
            PaymentPathFailed(
                payment_id=payment.payment_id,
                payment_hash=payment.payment_hash,
                attempt_number=attempt.number,
                path=attempt.path,
                payment_failed_permanently=verdict.is_permanent,
                failing_hop=verdict.failing_hop,
                failure_code=verdict.failure_code,
                failure_data=verdict.failure_data,
                short_channel_id=verdict.short_channel_id,
                hold_times_ms=verdict.hold_times_ms,
            )
        )

    def _go_on(self, payment_id: PaymentId) -> None:
        """Send what is missing by another route while that is allowed; otherwise give up, and say so when nothing is out any more."""
        payment = self._state.payments[payment_id]
        if payment.may_retry(self._state.clock.now_ms()):
            route = self._find_route(payment.remaining_params(), payment.payment_hash)
            if isinstance(route, Route) and self._fits(payment, route):
                self._send_route(payment_id, route)
                return
            self._keep(payment.giving_up(PaymentFailureReason.ROUTE_NOT_FOUND))
        elif payment.missing_msat > 0 and payment.payment_preimage is None:
            self._keep(payment.giving_up(PaymentFailureReason.RETRIES_EXHAUSTED))
        self._finish_if_over(payment_id)

    def _send_route(self, payment_id: PaymentId, route: Route) -> None:
        """Offer one HTLC a path. What our own channels refuse is tried by another route once all paths have had their turn."""
        offered = [self._send_path(payment_id, path) for path in route.paths]
        if not all(offered):
            self._go_on(payment_id)

    def _send_path(self, payment_id: PaymentId, path: Path) -> bool:
        """Offer one HTLC; False when our own channel refuses it, which is a lesson like any other."""
        state, session_key = self._state, self._state.entropy(32)
        payment = state.payments[payment_id].with_attempt(path, session_key)
        attempt = payment.attempts[-1]
        packet = build_packet(path, self._onion(payment), session_key=session_key)
        self._keep(payment)
        state.events.append(
            PaymentPathStarted(
                payment_id=payment_id,
                payment_hash=payment.payment_hash,
                attempt_number=attempt.number,
                path=path,
                session_key_hash=sha256(session_key),
            )
        )
        channel = state.channel_by_scid(path.hops[0].short_channel_id)
        assert channel is not None, "routes begin with a channel of ours"

        def offer(current: Channel) -> Step:
            htlc = new_offer(
                current,
                amount_msat=packet.amount_msat,
                payment_hash=payment.payment_hash,
                cltv_expiry=packet.cltv_expiry,
                onion_routing_packet=packet.onion_routing_packet,
                origin=OwnPayment(payment_id=payment_id, attempt_number=attempt.number),
            )
            return offer_htlc(current, htlc, state.surroundings(current))

        if state.act(channel.id, offer) is not None:
            verdict = Verdict(
                failing_hop=None,
                failure_code=None,
                failure_data=b"",
                short_channel_id=channel.terms.short_channel_id,
                is_permanent=False,
            )
            self._attempt_failed(payment, attempt, verdict)
            return False
        return True

    def _fits(self, payment: OutboundPayment, route: Route) -> bool:
        return all(fits_onion(path, self._onion(payment)) for path in route.paths)

    def _onion(self, payment: OutboundPayment) -> PaymentOnion:
        return PaymentOnion(
            payment_hash=payment.payment_hash,
            recipient=payment.recipient,
            total_msat=payment.amount_msat,
            height=self._state.height,
        )

    def _finish_if_over(self, payment_id: PaymentId) -> None:
        payment = self._state.payments[payment_id]
        if payment.status is not PaymentStatus.FAILED:
            return
        assert payment.failure_reason is not None
        self._by_hash.pop(payment.payment_hash, None)
        self._state.events.append(PaymentFailed(payment_id=payment_id, payment_hash=payment.payment_hash, reason=payment.failure_reason))

    def _keep(self, payment: OutboundPayment) -> None:
        self._state.payments.put(payment.payment_id, payment)


def _secrets(attempt: Attempt) -> tuple[bytes, ...]:
    return shared_secrets([hop.node_id for hop in attempt.path.hops], attempt.session_key)


def _judge(attempt: Attempt, outcome: Failed | Malformed) -> Verdict:
    if isinstance(outcome, Malformed):
        return judge_malformed(attempt.path, failure_code=outcome.failure_code, sha256_of_onion=outcome.sha256_of_onion)
    return judge_failure(attempt.path, _secrets(attempt), reason=outcome.reason, attribution_data=outcome.attribution_data)
