"""
One payment of ours, from the wish to its end: which attempts were made, what they cost, what is still out.

A value; the manager makes HTLCs of its attempts. Rules that hold in every state: the fee budget is shared by all parts of all routes and
never exceeded; no more is in flight than is owed; PaymentSent needs a preimage that hashes to the payment hash; PaymentFailed waits until
no attempt is in flight; an id once used stays used.

LDK, PendingOutboundPayment
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import PaymentFailureReason
from payments.lightning.ids import NodeId, PaymentHash, PaymentId, PaymentPreimage, ShortChannelId
from payments.lightning.invoice.features import InvoiceFeature
from payments.lightning.invoice.invoice import Invoice
from payments.lightning.payment.packet import PaymentOnion, RecipientOnionFields, longest_path
from payments.lightning.payment.status import PaymentStatus, payment_status
from payments.lightning.payment.verdict import Verdict
from payments.lightning.routing.inflight import directions
from payments.lightning.routing.parameters import FailedAmount, PaymentParameters, RouteParameters
from payments.lightning.routing.route import Path
from payments.lightning.wire.failures import FailureCode

_KNOWN_FEATURES = frozenset(InvoiceFeature)
_NOBODY = NodeId(b"")
"""In place of our own key where a path's first step does not matter."""


class RetryableSendFailure(StrEnum):
    """Why a payment was not begun: nothing was recorded, nothing left. LDK's name."""

    PAYMENT_EXPIRED = "payment_expired"
    ROUTE_NOT_FOUND = "route_not_found"
    ROUTE_CHANGED = "route_changed"
    """The route that was chosen does not go any more as it is."""
    DUPLICATE_PAYMENT = "duplicate_payment"
    ONION_PACKET_SIZE_EXCEEDED = "onion_packet_size_exceeded"
    UNKNOWN_REQUIRED_FEATURES = "unknown_required_features"

    @property
    def reason(self) -> PaymentFailureReason | None:
        """As what people are told that the payment failed; None for a duplicate, of which there is a payment to tell of."""
        return _TOLD_AS.get(self)


_TOLD_AS = {
    RetryableSendFailure.PAYMENT_EXPIRED: PaymentFailureReason.PAYMENT_EXPIRED,
    RetryableSendFailure.ROUTE_NOT_FOUND: PaymentFailureReason.ROUTE_NOT_FOUND,
    RetryableSendFailure.ROUTE_CHANGED: PaymentFailureReason.ROUTE_CHANGED,
    RetryableSendFailure.ONION_PACKET_SIZE_EXCEEDED: PaymentFailureReason.ROUTE_NOT_FOUND,
    RetryableSendFailure.UNKNOWN_REQUIRED_FEATURES: PaymentFailureReason.UNKNOWN_REQUIRED_FEATURES,
}


class Retry(Struct, frozen=True, kw_only=True):
    """
    How long new routes are tried: so many, or until a moment, or both. ValueError for neither: nothing is tried for ever. LDK's Retry.

    max_attempts    routes, however many parts each has; the first counts
    until_ms        no new route from this moment on; what is out by then stays out until it is answered
    """

    max_attempts: int | None = None
    until_ms: int | None = None

    def __post_init__(self) -> None:
        if self.max_attempts is None and self.until_ms is None:
            raise ValueError("a payment that would be tried for ever")

    def allows(self, *, routes_tried: int, now_ms: int) -> bool:
        """Whether another route may be tried."""
        is_in_number = self.max_attempts is None or routes_tried < self.max_attempts
        return is_in_number and (self.until_ms is None or now_ms < self.until_ms)


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
    """As asked for: the whole amount and the whole fee limit. Channels and nodes that failed are added as we learn."""
    retry: Retry
    expires_at_s: int | None = None
    """Of the invoice: no new route is tried from then on."""
    routes_tried: int = 0
    attempts: tuple[Attempt, ...] = ()
    payment_preimage: PaymentPreimage | None = None
    failure_reason: PaymentFailureReason | None = None
    """Why nothing more is tried."""

    @classmethod
    def for_invoice(cls, invoice: Invoice, payment_id: PaymentId, *, params: RouteParameters, retry: Retry) -> OutboundPayment:
        """The wish to pay an invoice; `params` has its amount and fee limit."""
        recipient = RecipientOnionFields(payment_secret=invoice.payment_secret, payment_metadata=invoice.metadata)
        return cls(
            payment_id=payment_id,
            payment_hash=invoice.payment_hash,
            recipient=recipient,
            params=params,
            retry=retry,
            expires_at_s=invoice.expires_at_s,
        )

    @property
    def amount_msat(self) -> int:
        """What the payee is to get."""
        return self.params.final_value_msat

    @property
    def in_flight(self) -> tuple[Attempt, ...]:
        """Attempts that could still be claimed."""
        return tuple(attempt for attempt in self.attempts if attempt.state is AttemptState.IN_FLIGHT)

    @property
    def carried_msat(self) -> int:
        """What the payee gets by the attempts that have not failed."""
        return sum(attempt.path.final_value_msat for attempt in self.attempts if attempt.state is not AttemptState.FAILED)

    @property
    def missing_msat(self) -> int:
        """What no attempt carries."""
        return self.amount_msat - self.carried_msat

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

    def onion(self, height: int) -> PaymentOnion:
        """What the onion of every part says when our best block is this."""
        return PaymentOnion(payment_hash=self.payment_hash, recipient=self.recipient, total_msat=self.amount_msat, height=height)

    def within_onion(self, height: int) -> OutboundPayment:
        """The same, with no longer paths than what every hop must be told has room for: 0 when there is room for none."""
        payment_params = self.params.payment_params
        longest = longest_path(
            self.onion(height),
            most_msat=self.amount_msat + self.params.max_total_routing_fee_msat,
            most_blocks=payment_params.max_total_cltv_expiry_delta,
        )
        capped = replace(payment_params, max_path_length=min(payment_params.max_path_length, longest))
        return self._with_payment_params(capped)

    def owes_route(self) -> bool:
        """Whether a part is missing that should be sent by another route."""
        return self.payment_preimage is None and self.failure_reason is None and self.missing_msat > 0

    def may_retry(self, now_ms: int) -> bool:
        """Whether another route is called for and allowed."""
        return self.owes_route() and not self.is_expired(now_ms) and self.retry.allows(routes_tried=self.routes_tried, now_ms=now_ms)

    def is_expired(self, now_ms: int) -> bool:
        """Whether the invoice has run out: the payee would refuse whatever is sent from now on."""
        return self.expires_at_s is not None and now_ms >= self.expires_at_s * 1_000

    def attempt(self, number: int) -> Attempt:
        """The attempt with this number, from 1."""
        return self.attempts[number - 1]

    def with_attempt(self, path: Path, session_key: bytes, *, is_new_route: bool = True) -> OutboundPayment:
        """
        One more attempt, in flight. Both limits are checked again here, whatever the router said.

        is_new_route    False for the second and later paths of one route
        """
        channels = [hop.short_channel_id for hop in path.hops]
        assert len(channels) == len(set(channels)), "no channel twice"
        assert path.hops[-1].node_id == self.params.payment_params.payee, "every path ends at the payee"
        attempt = Attempt(number=len(self.attempts) + 1, path=path, session_key=session_key)
        started = replace(self, attempts=(*self.attempts, attempt), routes_tried=self.routes_tried + is_new_route)
        assert started.fee_committed_msat <= self.params.max_total_routing_fee_msat, "the fee limit binds all parts of all routes together"
        # LDK bears up to 110 % in flight, for parts that a minimum makes larger. Our router never overpays, so all is the most.
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

    def avoiding(self, channel: ShortChannelId, *, failed: FailedAmount | None = None) -> OutboundPayment:
        """
        A channel is not to be used again for this payment, or, where its balance was too small, only for less and at last.

        What it once failed with for any other reason outweighs that it only lacked balance at another time.
        """
        before = self.params.payment_params
        others = tuple(one for one in before.failed_amounts if one.short_channel_id != channel)
        is_out = channel in before.previously_failed_channels and others == before.failed_amounts
        amounts = others if failed is None or is_out else (*before.failed_amounts, failed)
        avoided = before.previously_failed_channels | {channel}
        return self._with_payment_params(replace(before, previously_failed_channels=avoided, failed_amounts=amounts))

    def without_node(self, node_id: NodeId) -> OutboundPayment:
        """Nobody's way leads over this node any more."""
        before = self.params.payment_params
        return self._with_payment_params(replace(before, excluded_nodes=before.excluded_nodes | {node_id}))

    def _with_payment_params(self, payment_params: PaymentParameters) -> OutboundPayment:
        return replace(self, params=replace(self.params, payment_params=payment_params))

    def failed(self, number: int, verdict: Verdict) -> OutboundPayment:
        """An attempt came back with this lesson."""
        payment = self.ended(number, AttemptState.FAILED)
        if verdict.short_channel_id is not None:
            payment = payment.avoiding(verdict.short_channel_id, failed=self._failed_amount(number, verdict))
        if verdict.node_id is not None:
            payment = payment.without_node(verdict.node_id)
        is_the_end = verdict.is_permanent and self.payment_preimage is None
        return payment.giving_up(PaymentFailureReason.RECIPIENT_REJECTED) if is_the_end else payment

    def _failed_amount(self, number: int, verdict: Verdict) -> FailedAmount | None:
        """What a channel of others had too little balance for beside our other parts, if that is what was said."""
        hops = self.attempt(number).path.hops
        blamed = [
            (hop.short_channel_id, before.node_id) for before, hop in pairwise(hops) if hop.short_channel_id == verdict.short_channel_id
        ]
        if verdict.failure_code != FailureCode.TEMPORARY_CHANNEL_FAILURE or not blamed:
            return None
        ours = [attempt.path for attempt in self.attempts if attempt.number == number or attempt.state is AttemptState.IN_FLIGHT]
        on_it = (amount for path in ours for direction, amount in directions(path, payer=_NOBODY) if direction == blamed[0])
        return FailedAmount(short_channel_id=blamed[0][0], source=blamed[0][1], amount_msat=sum(on_it))

    def giving_up(self, reason: PaymentFailureReason) -> OutboundPayment:
        """Nothing more is tried. The first reason stays."""
        return self if self.failure_reason is not None else replace(self, failure_reason=reason)


def unknown_required_features(features: frozenset[int]) -> frozenset[int]:
    """The features of an invoice that its payer must have and we have not. An even bit is a demand. BOLT 9"""
    return frozenset(bit for bit in features if bit % 2 == 0 and bit not in _KNOWN_FEATURES)
