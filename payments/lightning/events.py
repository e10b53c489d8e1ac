"""
Everything the engine tells the world. LDK's names and fields; times are not in events, the one who stores them adds those.

Events are stored in the same commit as the state that caused them and handled in order, at least once: after a crash between handling and
marking, an event comes again under the same sequence number, so handlers must be idempotent by it. Within one payment: PaymentPathStarted
comes before that attempt's PaymentPathSuccessful or PaymentPathFailed; PaymentSent and PaymentFailed exclude each other and come once;
path events may still follow PaymentSent, never PaymentFailed.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from payments.lightning.ids import ChannelId, NodeId, PaymentHash, PaymentId, PaymentPreimage, ShortChannelId
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Path, Route
from payments.lightning.scoring.memory import Mark


class PaymentFailureReason(StrEnum):
    """Why no more is tried. LDK's PaymentFailureReason."""

    RECIPIENT_REJECTED = "recipient_rejected"
    USER_ABANDONED = "user_abandoned"
    RETRIES_EXHAUSTED = "retries_exhausted"
    PAYMENT_EXPIRED = "payment_expired"
    ROUTE_NOT_FOUND = "route_not_found"
    ROUTE_CHANGED = "route_changed"
    """The route that was chosen did not go any more, and no other was wanted. (Ours.)"""
    UNKNOWN_REQUIRED_FEATURES = "unknown_required_features"
    UNEXPECTED_ERROR = "unexpected_error"


class LocalFailure(StrEnum):
    """Why an attempt ended on our own side: nobody on the way has spoken, so nobody there has failed. (Ours: LDK has no names for it.)"""

    NOT_USABLE = "not_usable"
    PEER_OFFLINE = "peer_offline"
    TOO_MANY_HTLCS = "too_many_htlcs"
    BELOW_MINIMUM = "below_minimum"
    ABOVE_LIMIT = "above_limit"
    DUST_EXPOSURE = "dust_exposure"
    ON_CHAIN = "on_chain"
    """Our own channel was closed, and the chain gave the HTLC back."""


class PaymentSent(Struct, frozen=True, kw_only=True, tag=True):
    """
    The payee showed the preimage: the payment is paid, for ever.

    When: at the first valid preimage, possibly before every part's HTLC is removed. How often: once a payment. Again after a restart: only
    the same stored event. Never without SHA-256(payment_preimage) = payment_hash having been checked.
    """

    payment_id: PaymentId
    payment_preimage: PaymentPreimage
    payment_hash: PaymentHash
    amount_msat: int
    fee_paid_msat: int


class PaymentFailed(Struct, frozen=True, kw_only=True, tag=True):
    """
    Nothing was paid and nothing can be any more: no HTLC of this payment is left.

    When: after the last part is irrevocably gone and no new one will be tried. How often: once, and never after PaymentSent.
    """

    payment_id: PaymentId
    payment_hash: PaymentHash
    reason: PaymentFailureReason


class RouteDecided(Struct, frozen=True, kw_only=True, tag=True):
    """
    The question of how to pay was answered: with a route that is now tried, or with the reason why there is none.

    When: before the attempts of that route. How often: once a route that is looked for, so several times for a payment that is tried again.
    At most one of `route` and `no_route` is there; neither when a route that somebody chose does not go any more. With the map and the
    opinion of that moment the same question has the same answer.
    """

    payment_id: PaymentId
    payment_hash: PaymentHash
    question: Question
    route: Route | None = None
    no_route: NoRoute | None = None
    is_chosen: bool = False
    """Somebody chose this route; the router only judged that it goes."""
    gone: Route | None = None
    """The route that somebody chose, when it does not go any more."""
    knowledge: Mark | None = None
    """What our scorer knew; None when it learns nothing."""
    map_version: int | None = None
    """What was on the map: `NetworkGraph.version`, which a host that stores gossip counts on with its number of messages."""


class PaymentPathStarted(Struct, frozen=True, kw_only=True, tag=True):
    """
    One attempt is on its way: an HTLC over one path. (Ours: LDK has no such event, but an attempt must be seen while it runs.)

    When: with the commit that holds the HTLC, before its bytes leave. How often: once an attempt; `attempt_number` counts from 1.
    """

    payment_id: PaymentId
    payment_hash: PaymentHash
    attempt_number: int
    path: Path
    session_key_hash: bytes
    """SHA-256 of the attempt's session key: names the attempt without giving the key away."""


class PaymentPathSuccessful(Struct, frozen=True, kw_only=True, tag=True):
    """
    The HTLC of one attempt was fulfilled and is irrevocably gone.

    When: after the PaymentSent of its payment. How often: once an attempt. Feeds the scorer.
    """

    payment_id: PaymentId
    payment_hash: PaymentHash
    attempt_number: int
    path: Path
    hold_times_ms: tuple[int, ...] = ()


class PaymentPathFailed(Struct, frozen=True, kw_only=True, tag=True):
    """
    The HTLC of one attempt came back and is irrevocably gone; the payment may go on by another path.

    When: also after PaymentSent, for a part that lost the race. How often: once an attempt. `failing_hop` counts the path's hops from 0,
    None when the answer could not be attributed; `failure_code` is BOLT 4's, None when unreadable.
    """

    payment_id: PaymentId
    payment_hash: PaymentHash
    attempt_number: int
    path: Path
    payment_failed_permanently: bool
    failing_hop: int | None
    failure_code: int | None
    failure_data: bytes
    short_channel_id: ShortChannelId | None
    """The channel blamed, if one is."""
    hold_times_ms: tuple[int, ...] = ()
    local_failure: LocalFailure | None = None
    """Set when it did not fail on the way: then there is no code, and no answer that could have been read."""


class ProbeSuccessful(Struct, frozen=True, kw_only=True, tag=True):
    """
    A probe reached its payee, who knows no such payment: the path would have carried the amount. Nothing was paid.

    How often: a probe ends once, with this or with ProbeFailed. `payment_id` names the probe and is no payment's.
    """

    payment_id: PaymentId
    payment_hash: PaymentHash
    path: Path
    hold_times_ms: tuple[int, ...] = ()


class ProbeFailed(Struct, frozen=True, kw_only=True, tag=True):
    """A probe came back from somewhere on the way. Fields as in PaymentPathFailed."""

    payment_id: PaymentId
    payment_hash: PaymentHash
    path: Path
    failing_hop: int | None
    failure_code: int | None
    short_channel_id: ShortChannelId | None
    hold_times_ms: tuple[int, ...] = ()
    local_failure: LocalFailure | None = None


class PaymentClaimable(Struct, frozen=True, kw_only=True, tag=True):
    """
    All parts of a payment to us are here and wait for `claim_funds` or `fail_htlc_backwards`.

    When: the set is complete. How often: once a set. Not settled: the payer may still get the money back until it is claimed.
    """

    payment_hash: PaymentHash
    amount_msat: int
    claim_deadline_height: int


class PaymentClaimed(Struct, frozen=True, kw_only=True, tag=True):
    """A payment to us is ours: the preimage is on its way back. Once a payment hash."""

    payment_hash: PaymentHash
    amount_msat: int


class PaymentForwarded(Struct, frozen=True, kw_only=True, tag=True):
    """An HTLC that we forwarded was fulfilled and we earned its fee. Once an HTLC; the preimage is already on its way upstream."""

    payment_hash: PaymentHash
    prev_channel_id: ChannelId
    prev_htlc_id: int
    next_channel_id: ChannelId
    total_fee_earned_msat: int
    outbound_amount_forwarded_msat: int


class FundingGenerationReady(Struct, frozen=True, kw_only=True, tag=True):
    """
    A peer agreed to a channel of ours: make a transaction that pays this amount to this script.

    It goes to `funding_transaction_generated` and must not be broadcast: the engine does that when the peer has signed.
    When: only in the run of the program in which it was asked for. How often: once an opening.
    """

    temporary_channel_id: ChannelId
    counterparty_node_id: NodeId
    capacity_sat: int
    output_script: bytes


class DiscardFunding(Struct, frozen=True, kw_only=True, tag=True):
    """
    A transaction that was given to `funding_transaction_generated` will never be broadcast: its coins are free.

    When: the opening ended before the peer signed; ChannelClosed follows. How often: at most once an opening.
    """

    temporary_channel_id: ChannelId
    funding_txid: bytes


class ChannelPending(Struct, frozen=True, kw_only=True, tag=True):
    """
    A channel is signed by both and waits for the chain; its money can be got back, and not yet be used.

    When: with the commit before the opener's broadcast, or before the accepter's signature leaves. How often: once a channel.
    """

    channel_id: ChannelId
    former_temporary_channel_id: ChannelId
    counterparty_node_id: NodeId
    funding_txid: bytes
    funding_output_index: int
    capacity_sat: int
    is_outbound: bool
    """We opened it."""


class ChannelReady(Struct, frozen=True, kw_only=True, tag=True):
    """A channel can carry payments. Once a channel."""

    channel_id: ChannelId
    counterparty_node_id: NodeId
    short_channel_id: ShortChannelId
    capacity_sat: int
    balance_msat: int
    """What of the capacity is ours at the start."""


class ChannelClosed(Struct, frozen=True, kw_only=True, tag=True):
    """
    A channel carries no more payments, or will not come to be. Once a channel; its HTLCs resolve on the chain.

    `channel_id` is the temporary one when an opening of ours ended before the channel was signed.
    """

    channel_id: ChannelId
    counterparty_node_id: NodeId
    reason: str


class SpendableOutput(Struct, frozen=True, kw_only=True):
    """Money of ours in an output that pays to a key of ours alone (P2WPKH)."""

    txid: bytes
    output_index: int
    amount_sat: int
    key_index: int
    """Of the channel it comes from: `ChannelSecrets.derive(seed, key_index).destination_private_key` spends it."""


class SpendableOutputs(Struct, frozen=True, kw_only=True, tag=True):
    """
    Money that was in a channel is in our wallet on the chain, six blocks deep.

    When: after ChannelClosed. How often: once an output; a channel may bring several, over days.
    """

    channel_id: ChannelId
    outputs: tuple[SpendableOutput, ...]


class ChannelResolved(Struct, frozen=True, kw_only=True, tag=True):
    """
    Nothing is left to be done for a channel that was closed. (Ours: LDK archives a monitor without a word.)

    When: after the last SpendableOutputs of the channel. How often: once a channel. What is missing of the balance went to fees and dust;
    what is above it was the peer's and is ours because it cheated, or showed a preimage and did not take what it paid for.
    """

    channel_id: ChannelId
    balance_msat: int
    """What was ours in the channel, all its HTLCs ended."""
    received_sat: int
    """The sum of its SpendableOutputs."""


Event = (
    PaymentSent
    | PaymentFailed
    | RouteDecided
    | PaymentPathStarted
    | PaymentPathSuccessful
    | PaymentPathFailed
    | ProbeSuccessful
    | ProbeFailed
    | PaymentClaimable
    | PaymentClaimed
    | PaymentForwarded
    | FundingGenerationReady
    | DiscardFunding
    | ChannelPending
    | ChannelReady
    | ChannelClosed
    | SpendableOutputs
    | ChannelResolved
)
