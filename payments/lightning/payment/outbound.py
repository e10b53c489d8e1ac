"""
One payment of ours, from the wish to its end: which attempts were made, what they cost, what is still out.

A value; the manager makes HTLCs of its attempts. Rules that hold in every state: the fee budget is shared by all attempts and never
exceeded; PaymentSent needs a preimage that hashes to the payment hash; PaymentFailed waits until no attempt is in flight; an id once used
stays used.

LDK, PendingOutboundPayment
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import PaymentFailureReason
from payments.lightning.ids import PaymentHash, PaymentId, PaymentPreimage, ShortChannelId
from payments.lightning.payment.packet import RecipientOnionFields
from payments.lightning.payment.status import PaymentStatus, payment_status
from payments.lightning.payment.verdict import Verdict
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path


class RetryableSendFailure(StrEnum):
    """Why a payment was not begun: nothing was recorded, nothing left. LDK's name."""

    PAYMENT_EXPIRED = "payment_expired"
    ROUTE_NOT_FOUND = "route_not_found"
    DUPLICATE_PAYMENT = "duplicate_payment"
    ONION_PACKET_SIZE_EXCEEDED = "onion_packet_size_exceeded"


class Retry(Struct, frozen=True, kw_only=True):
    """How long new routes are tried: so many attempts, and none after this moment. LDK's Retry."""

    max_attempts: int
    until_ms: int


class AttemptState(StrEnum):
    """How an attempt stands."""

    IN_FLIGHT = "in_flight"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Attempt(Struct, frozen=True, kw_only=True):
    """One HTLC over one path."""

    number: int
    path: Path
    session_key: bytes
    """32 bytes: reads the answers. Secret: it shows the whole route."""
    state: AttemptState = AttemptState.IN_FLIGHT


class OutboundPayment(Struct, frozen=True, kw_only=True):
    """One intention to pay, for ever."""

    payment_id: PaymentId
    payment_hash: PaymentHash
    recipient: RecipientOnionFields
    params: RouteParameters
    """As asked for: the whole amount and the whole fee limit. Channels that failed are added as we learn."""
    retry: Retry
    attempts: tuple[Attempt, ...] = ()
    payment_preimage: PaymentPreimage | None = None
    failure_reason: PaymentFailureReason | None = None
    """Why nothing more is tried."""

    @property
    def amount_msat(self) -> int:
        """What the payee is to get."""
        return self.params.final_value_msat

    @property
    def in_flight(self) -> tuple[Attempt, ...]:
        """Attempts that could still be claimed."""
        return tuple(attempt for attempt in self.attempts if attempt.state is AttemptState.IN_FLIGHT)

    @property
    def missing_msat(self) -> int:
        """What no attempt carries."""
        carried = [attempt for attempt in self.attempts if attempt.state is not AttemptState.FAILED]
        return self.amount_msat - sum(attempt.path.final_value_msat for attempt in carried)

    @property
    def fee_committed_msat(self) -> int:
        """Fees of the attempts that have not failed: paid, or to be paid if they succeed."""
        return sum(attempt.path.fee_msat for attempt in self.attempts if attempt.state is not AttemptState.FAILED)

    @property
    def status(self) -> PaymentStatus:
        """Where the money is."""
        return payment_status(
            settled=self.payment_preimage is not None,
            in_flight=bool(self.in_flight),
            given_up=self.failure_reason is not None,
            tried=bool(self.attempts),
        )

    def remaining_params(self) -> RouteParameters:
        """What is still to be routed, with what is left of the fee budget."""
        budget_msat = self.params.max_total_routing_fee_msat - self.fee_committed_msat
        return replace(self.params, final_value_msat=self.missing_msat, max_total_routing_fee_msat=budget_msat)

    def may_retry(self, now_ms: int) -> bool:
        """Whether another attempt is called for and allowed."""
        return (
            self.payment_preimage is None
            and self.failure_reason is None
            and self.missing_msat > 0
            and len(self.attempts) < self.retry.max_attempts
            and now_ms < self.retry.until_ms
        )

    def attempt(self, number: int) -> Attempt:
        """The attempt with this number, from 1."""
        return self.attempts[number - 1]

    def with_attempt(self, path: Path, session_key: bytes) -> OutboundPayment:
        """One more attempt, in flight. Both limits are checked again here, whatever the router said."""
        attempt = Attempt(number=len(self.attempts) + 1, path=path, session_key=session_key)
        started = replace(self, attempts=(*self.attempts, attempt))
        assert started.fee_committed_msat <= self.params.max_total_routing_fee_msat, "the fee limit binds every attempt"
        assert started.missing_msat >= 0, "no more may be in flight than is owed"
        return started

    def with_preimage(self, preimage: PaymentPreimage) -> OutboundPayment:
        """Paid."""
        assert sha256(preimage) == self.payment_hash
        return replace(self, payment_preimage=preimage)

    def ended(self, number: int, state: AttemptState) -> OutboundPayment:
        """An attempt came to its end."""
        changed = replace(self.attempt(number), state=state)
        return replace(self, attempts=(*self.attempts[: number - 1], changed, *self.attempts[number:]))

    def avoiding(self, channel: ShortChannelId) -> OutboundPayment:
        """A channel is not to be used again for this payment."""
        payment_params = self.params.payment_params
        avoided = payment_params.previously_failed_channels | {channel}
        return replace(self, params=replace(self.params, payment_params=replace(payment_params, previously_failed_channels=avoided)))

    def failed(self, number: int, verdict: Verdict) -> OutboundPayment:
        """An attempt came back with this lesson."""
        payment = self.ended(number, AttemptState.FAILED)
        if verdict.short_channel_id is not None:
            payment = payment.avoiding(verdict.short_channel_id)
        return payment.giving_up(PaymentFailureReason.RECIPIENT_REJECTED) if verdict.is_permanent else payment

    def giving_up(self, reason: PaymentFailureReason) -> OutboundPayment:
        """Nothing more is tried. The first reason stays."""
        return self if self.failure_reason is not None else replace(self, failure_reason=reason)
