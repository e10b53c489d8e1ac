"""
ChannelManager: the only door of a node's engine. Commands and messages in; messages, events and writes out.

LDK's vocabulary. The caller drives it in turns: hand in whatever has arrived, call `settle`, store what `take_writes` gives together with
what `take_events` gives, and only then send what `take_messages` gives. Nothing here waits, sleeps or looks at a clock of its own.

LDK, ChannelManager
"""

from __future__ import annotations

from functools import partial

from payments.lightning.channel import machine
from payments.lightning.channel.actions import IncomingHtlc, OutgoingFulfilled, OutgoingRemoved
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.details import ChannelDetails, details_of
from payments.lightning.channel.exchange import owes_commitment, send_commitment
from payments.lightning.channel.htlc import Forwarded, OwnPayment
from payments.lightning.channel.reestablish import disconnect
from payments.lightning.config import EngineConfig
from payments.lightning.events import Event
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import ChannelId, NodeId, PaymentHash, PaymentId, PaymentPreimage
from payments.lightning.invoice.invoice import Invoice
from payments.lightning.invoice.network import Network
from payments.lightning.manager.announcing import Announcer
from payments.lightning.manager.connections import Connections
from payments.lightning.manager.node_state import FollowUp, NodeIdentity, NodeState
from payments.lightning.manager.receiving import InvoiceWish, Receiver
from payments.lightning.manager.relaying import Relay
from payments.lightning.manager.sending import Sender
from payments.lightning.payment.outbound import OutboundPayment, Retry, RetryableSendFailure
from payments.lightning.payment.packet import RecipientOnionFields
from payments.lightning.ports import Clock, Entropy
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import find_route
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from payments.lightning.shelf import StoreWrite


class ChannelManager:
    """One node: its channels, what it pays, what it is paid, what it passes on."""

    def __init__(
        self,
        identity: NodeIdentity,
        *,
        config: EngineConfig,
        network: Network,
        graph: NetworkGraph,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._state = NodeState(identity, config=config, clock=clock, entropy=entropy)
        self._graph = graph
        self._receiver = Receiver(self._state, network)
        self._relay = Relay(self._state, self._receiver)
        self._sender = Sender(self._state, self._find_route)
        self.announcer = Announcer(self._state, network.chain_hash)
        self._connections = Connections(self._state, self.announcer, network.chain_hash)

    def get_our_node_id(self) -> NodeId:
        """Our public key."""
        return self._state.node_id

    def list_channels(self) -> tuple[ChannelDetails, ...]:
        """Every channel, whatever its state."""
        return tuple(details_of(channel, self._state.config.channel) for channel in self._state.channels)

    def list_usable_channels(self) -> tuple[ChannelDetails, ...]:
        """The channels over which something can be sent now."""
        return tuple(details for details in self.list_channels() if details.is_usable)

    def channel(self, channel_id: ChannelId) -> Channel:
        """A channel in full; KeyError when it is not ours."""
        return self._state.channels[channel_id]

    def list_recent_payments(self) -> tuple[OutboundPayment, ...]:
        """Every payment that was ever begun: ids are never forgotten."""
        return tuple(self._state.payments)

    def create_bolt11_invoice(self, wish: InvoiceWish) -> str:
        """A signed invoice of ours. Hand it out after the next commit, not before: its preimage must be on disk."""
        return self._receiver.create_invoice(wish, self.announcer.route_hints())

    def pay_for_bolt11_invoice(
        self, invoice: Invoice, payment_id: PaymentId, *, params: RouteParameters, retry: Retry
    ) -> RetryableSendFailure | None:
        """
        Pay an invoice that was read and checked: `send_payment` with what it says.

        params    from the invoice, with amount and fee limit decided
        """
        recipient = RecipientOnionFields(payment_secret=invoice.payment_secret, payment_metadata=invoice.metadata)
        payment = OutboundPayment(payment_id=payment_id, payment_hash=invoice.payment_hash, recipient=recipient, params=params, retry=retry)
        return self.send_payment(payment, expires_at_s=invoice.expires_at_s)

    def send_payment(self, payment: OutboundPayment, *, expires_at_s: int) -> RetryableSendFailure | None:
        """
        Begin a payment. None: it is recorded and its first HTLC is in the outbox; otherwise nothing has changed.

        The caller chose `payment.payment_id`; the same id, or a hash that is being paid or was paid, is DUPLICATE_PAYMENT for ever.
        """
        return self._sender.begin(payment, expires_at_s=expires_at_s)

    def abandon_payment(self, payment_id: PaymentId) -> None:
        """Stop trying. HTLCs that are out may still be paid; PaymentFailed comes when none is left."""
        self._sender.abandon(payment_id)

    def claim_funds(self, preimage: PaymentPreimage) -> None:
        """Take a payment that PaymentClaimable told of."""
        self._receiver.claim(preimage)

    def preimage_of(self, payment_hash: PaymentHash) -> PaymentPreimage | None:
        """The preimage of an invoice of ours."""
        invoice = self._state.invoices.get(payment_hash)
        return None if invoice is None else invoice.payment_preimage

    def fail_htlc_backwards(self, payment_hash: PaymentHash) -> None:
        """Give a payment that PaymentClaimable told of back."""
        self._receiver.fail(payment_hash)

    def add_channel(self, channel: Channel) -> None:
        """A channel that was opened and whose first commitments are signed."""
        self._state.add_channel(channel)

    def peer_connected(self, peer: NodeId) -> None:
        """A connection to a peer is there."""
        self._connections.connected(peer)

    def peer_disconnected(self, peer: NodeId) -> None:
        """The connection is gone, and what was on its way with it."""
        self._connections.disconnected(peer)

    @property
    def is_reestablishing(self) -> bool:
        """Whether lines have just been made and channels are not usable yet: a payment begun now would find no way."""
        return self._connections.is_reestablishing

    def handle_message(self, peer: NodeId, data: bytes) -> None:
        """Bytes of one message from a peer. Never raises for what they are."""
        self._connections.receive(peer, data)

    def best_block_updated(self, height: int) -> None:
        """The chain grew."""
        self._state.height = height
        margin = self._state.config.htlc_deadline_blocks
        for channel in self._state.channels:
            here = self._state.surroundings(channel)
            self._state.act(channel.id, partial(machine.best_block_updated, surroundings=here, claim_margin_blocks=margin))

    def timer_tick_occurred(self) -> None:
        """Time passed: give back what has waited too long."""
        self._receiver.fail_overdue()

    def settle(self) -> None:
        """Do everything that follows from what was handed in, then sign for every peer that is owed a commitment."""
        state = self._state
        while state.follow_ups or state.touched:
            while state.follow_ups:
                self._follow_up(*state.follow_ups.popleft())
            touched, state.touched = list(state.touched), {}
            for channel_id in touched:
                if owes_commitment(state.channels[channel_id]):
                    state.act(channel_id, lambda channel: send_commitment(channel, state.surroundings(channel)))

    def load(self, namespace: str, key: bytes, value: bytes) -> None:
        """Take one stored value back. Call `resume` after the last one."""
        self._state.load(namespace, key, value)

    def resume(self) -> None:
        """After loading: every connection is gone."""
        for channel in self._state.channels:
            self._state.channels.put(channel.id, disconnect(channel))
        self._sender.index()

    def take_writes(self) -> list[StoreWrite]:
        """What must be on disk before any message leaves."""
        return self._state.take_writes()

    def take_events(self) -> list[Event]:
        """What happened, in order; stored in the same commit."""
        return self._state.take_events()

    def take_messages(self) -> list[tuple[NodeId, bytes]]:
        """What may leave after the commit."""
        return self._state.take_messages()

    def take_broadcasts(self) -> list[bytes]:
        """Signed transactions for the chain."""
        return self._state.take_broadcasts()

    def _follow_up(self, channel_id: ChannelId, action: FollowUp) -> None:
        htlc = action.htlc
        match action, htlc.origin:
            case IncomingHtlc(), _:
                self._relay.handle(channel_id, htlc)
            case OutgoingFulfilled(), OwnPayment() as origin:
                self._sender.fulfilled(origin, htlc)
            case OutgoingFulfilled(), Forwarded() as origin:
                self._relay.fulfilled(channel_id, origin, htlc)
            case OutgoingRemoved(), OwnPayment() as origin:
                self._sender.removed(origin, htlc)
            case OutgoingRemoved(), Forwarded() as origin:
                self._relay.removed(origin, htlc)

    def _find_route(self, params: RouteParameters, payment_hash: PaymentHash) -> Route | NoRoute:
        return find_route(
            self._state.node_id,
            params=params,
            graph=self._graph,
            first_hops=tuple(first_hop(details) for details in self.list_usable_channels()),
            scorer=FixedPenaltyScorer(),
            shadow_seed=payment_hash,
        )


def first_hop(details: ChannelDetails) -> FirstHop:
    """A channel as the router takes it."""
    return FirstHop(
        short_channel_id=details.short_channel_id,
        counterparty_node_id=details.counterparty_node_id,
        outbound_capacity_msat=details.outbound_capacity_msat,
        next_outbound_htlc_limit_msat=details.next_outbound_htlc_limit_msat,
        next_outbound_htlc_minimum_msat=details.next_outbound_htlc_minimum_msat,
        capacity_sat=details.capacity_sat,
    )
