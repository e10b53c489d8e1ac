"""
The payer's side: begin a payment, send its parts, learn from failures, send what is missing another way, end.

LDK's send flow. Consuming the wish, recording the payment and offering its first HTLCs happen in one turn, so after any crash the payment
is either not begun or known in full. What the network does to one attempt never raises: it is a lesson for the next. Parts that come back
in one turn are routed anew together, at its end.

LDK, OutboundPayments
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.htlc import Failed, Fulfilled, Htlc, Malformed, OwnPayment, TimedOut
from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import (
    LocalFailure,
    PaymentFailed,
    PaymentFailureReason,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
)
from payments.lightning.ids import PaymentHash, PaymentId
from payments.lightning.manager.deciding import Decide, fits, look_before
from payments.lightning.manager.node_state import NodeState
from payments.lightning.manager.offering import judge, offer_path, secrets_of
from payments.lightning.onion.attribution import HOLD_TIME_UNIT_MS
from payments.lightning.onion.failure import unwrap_fulfill_attribution
from payments.lightning.payment.outbound import (
    Attempt,
    AttemptState,
    OutboundPayment,
    RetryableSendFailure,
)
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.payment.verdict import Verdict, failed_on_our_side
from payments.lightning.routing.inflight import UsedRoom
from payments.lightning.routing.route import Path, Route


class Sender:
    """Runs our payments."""

    def __init__(self, state: NodeState, decide: Decide, room: UsedRoom) -> None:
        """`room`: is told what all attempts that could still be claimed take up."""
        self._state = state
        self._room = room
        self._decide = decide
        self._by_hash: dict[PaymentHash, PaymentId] = {}
        self._due: dict[PaymentId, None] = {}
        """Payments of which a part came back in this turn."""

    def index(self) -> None:
        """Know by hash every payment that is on the shelf and not failed, and which of them have something in flight."""
        self._by_hash = {
            payment.payment_hash: payment.payment_id for payment in self._state.payments if payment.status is not PaymentStatus.FAILED
        }
        for payment in self._state.payments:
            self._note_room(payment)

    @property
    def has_due(self) -> bool:
        """Whether `try_again` has something to do."""
        return bool(self._due)

    def begin(self, payment: OutboundPayment, *, expires_at_s: int, chosen: Route | None = None) -> RetryableSendFailure | None:
        """
        Begin a payment: route it, record it, offer its HTLCs. Answers why not when it was not begun; then nothing has changed.

        expires_at_s    of the invoice: nothing is begun after it
        chosen          the route of the first try, exactly; None: the router's
        """
        if payment.payment_id in self._state.payments or payment.payment_hash in self._by_hash:
            return RetryableSendFailure.DUPLICATE_PAYMENT
        payment = replace(payment, expires_at_s=expires_at_s)
        begun = look_before(payment, self._decide, chosen=chosen, height=self._state.height, now_ms=self._state.clock.now_ms())
        if begun.decided is not None:
            self._state.events.append(begun.decided)
        if begun.route is None:
            return begun.refusal
        self._by_hash[payment.payment_hash] = payment.payment_id
        self._keep(begun.payment)
        self._send_route(payment.payment_id, begun.route)
        return None

    def try_again(self) -> None:
        """Go on with every payment of which a part came back."""
        while self._due:
            payment_id = next(iter(self._due))
            del self._due[payment_id]
            self._go_on(payment_id)

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
                amount_msat=paid.carried_msat,
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
            case Failed() | Malformed() | TimedOut():
                self._attempt_failed(payment, attempt, judge(attempt.path, htlc.outcome, session_key=attempt.session_key))
                self._due[origin.payment_id] = None

    def _succeeded(self, payment: OutboundPayment, attempt: Attempt, outcome: Fulfilled) -> None:
        self._keep(payment.ended(attempt.number, AttemptState.SUCCEEDED))
        answer = unwrap_fulfill_attribution(secrets_of(attempt.path, attempt.session_key), outcome.attribution_data)
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
                local_failure=verdict.local_failure,
            )
        )

    def _go_on(self, payment_id: PaymentId) -> None:
        """Send what is missing by another route while that is allowed; otherwise give up, and say so when nothing is out any more."""
        payment, now_ms = self._state.payments[payment_id], self._state.clock.now_ms()
        if payment.may_retry(now_ms):
            decided = self._decide(payment, payment.remaining_params(), None)
            self._state.events.append(decided)
            if decided.route is not None and fits(payment, decided.route, height=self._state.height):
                self._send_route(payment_id, decided.route)
                return
            self._keep(payment.giving_up(PaymentFailureReason.ROUTE_NOT_FOUND))
        elif payment.owes_route():
            is_expired = payment.is_expired(now_ms)
            self._keep(payment.giving_up(PaymentFailureReason.PAYMENT_EXPIRED if is_expired else PaymentFailureReason.RETRIES_EXHAUSTED))
        self._finish_if_over(payment_id)

    def _send_route(self, payment_id: PaymentId, route: Route) -> None:
        """Offer one HTLC a path. What our own channels refuse is tried by another route once all paths have had their turn."""
        for number, path in enumerate(route.paths):
            self._send_path(payment_id, path, is_new_route=number == 0)

    def _send_path(self, payment_id: PaymentId, path: Path, *, is_new_route: bool) -> None:
        """Offer one HTLC. That our own channel refuses it is a lesson like any other."""
        state, session_key = self._state, self._state.entropy(32)
        payment = state.payments[payment_id].with_attempt(path, session_key, is_new_route=is_new_route)
        attempt = payment.attempts[-1]
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
        origin = OwnPayment(payment_id=payment_id, attempt_number=attempt.number)
        refused = offer_path(state, path, payment.onion(self._state.height), session_key=session_key, origin=origin)
        if refused is not None:
            self._attempt_failed(payment, attempt, failed_on_our_side(path, LocalFailure(refused.refusal)))
            self._due[payment_id] = None

    def _finish_if_over(self, payment_id: PaymentId) -> None:
        payment = self._state.payments[payment_id]
        if payment.status is not PaymentStatus.FAILED:
            return
        assert payment.failure_reason is not None
        self._by_hash.pop(payment.payment_hash, None)
        self._due.pop(payment_id, None)
        self._state.events.append(PaymentFailed(payment_id=payment_id, payment_hash=payment.payment_hash, reason=payment.failure_reason))

    def _keep(self, payment: OutboundPayment) -> None:
        self._state.payments.put(payment.payment_id, payment)
        self._note_room(payment)

    def _note_room(self, payment: OutboundPayment) -> None:
        self._room.put(payment.payment_id, tuple([attempt.path for attempt in payment.in_flight]))
