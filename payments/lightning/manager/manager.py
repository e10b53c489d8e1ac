"""
ChannelManager: the only door of a node's engine. Commands and messages in; messages, events and writes out.

LDK's vocabulary. The caller drives it in turns: hand in whatever has arrived, call `settle`, store what `take_writes` gives together with
what `take_events` gives, and only then send what `take_messages` gives. Nothing here waits, sleeps or looks at a clock of its own.

LDK, ChannelManager
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel import machine
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.closing import begin_shutdown
from payments.lightning.channel.details import ChannelDetails, details_of
from payments.lightning.channel.feerates import follow_feerate
from payments.lightning.channel.transactions import Transaction
from payments.lightning.config import ForwardingConfig
from payments.lightning.ids import ChannelId, NodeId, PaymentHash, PaymentId, PaymentPreimage
from payments.lightning.invoice.invoice import Invoice
from payments.lightning.manager.chain_following import ChainFollower
from payments.lightning.manager.intercepting import HtlcInterceptor
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.inbound import InsideRefusal
from payments.lightning.payment.outbound import OutboundPayment, Retry, RetryableSendFailure
from payments.lightning.payment.probe import ProbeSendFailure
from payments.lightning.routing.errors import NoRoute
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.routing.route import Path, Route
from payments.lightning.routing.router import DefaultRouter


class ChannelManager(ChainFollower):
    """One node: its channels, what it pays, what it is paid, what it passes on."""

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
        self, invoice: Invoice, payment_id: PaymentId, *, params: RouteParameters, retry: Retry, chosen: Route | None = None
    ) -> RetryableSendFailure | None:
        """
        Pay an invoice that was read and checked: `send_payment` with what it says.

        params    from the invoice, with amount and fee limit decided
        """
        payment = OutboundPayment.for_invoice(invoice, payment_id, params=params, retry=retry)
        return self.send_payment(payment, expires_at_s=invoice.expires_at_s, chosen=chosen)

    def send_payment(self, payment: OutboundPayment, *, expires_at_s: int, chosen: Route | None = None) -> RetryableSendFailure | None:
        """
        Begin a payment. None: it is recorded and its first HTLC is in the outbox; otherwise nothing has changed.

        The caller chose `payment.payment_id`; the same id, or a hash that is being paid or was paid, is DUPLICATE_PAYMENT for ever.

        chosen    tried first, exactly as it is; ROUTE_CHANGED when it does not go any more. Later tries are the router's
        """
        return self._sender.begin(payment, expires_at_s=expires_at_s, chosen=chosen)

    def abandon_payment(self, payment_id: PaymentId) -> None:
        """Stop trying. HTLCs that are out may still be paid; PaymentFailed comes when none is left."""
        self._sender.abandon(payment_id)

    def send_probe(self, path: Path) -> PaymentId | ProbeSendFailure:
        """
        Ask whether a path would carry what it says, without paying; ProbeSuccessful or ProbeFailed follows under the id that is returned.

        Money is locked on the way until the answer is back, as for a payment.
        """
        return self._prober.send(path)

    def send_preflight_probes(self, params: RouteParameters) -> list[PaymentId | ProbeSendFailure]:
        """Ask so of every path by which `params` would be paid now. LDK's name."""
        question = self._question(params, PaymentHash(self._state.entropy(32)))
        route = DefaultRouter(self.graph, self.scorer).answer(question)
        return [ProbeSendFailure.ROUTE_NOT_FOUND] if isinstance(route, NoRoute) else [self.send_probe(path) for path in route.paths]

    def claim_funds(self, preimage: PaymentPreimage) -> None:
        """Take a payment that PaymentClaimable told of."""
        self._receiver.claim(preimage)

    def preimage_of(self, payment_hash: PaymentHash) -> PaymentPreimage | None:
        """The preimage of an invoice of ours."""
        invoice = self._state.invoices.get(payment_hash)
        return None if invoice is None else invoice.payment_preimage

    def settle_inside(self, payment_hash: PaymentHash, amount_msat: int) -> PaymentPreimage | InsideRefusal:
        """
        Settle an invoice of ours between two who share this node: nothing is sent, and whoever pays it over the network comes too late.

        The proof may leave after the next commit, not before.
        """
        return self._receiver.settle_inside(payment_hash, amount_msat)

    def forget_invoice(self, payment_hash: PaymentHash) -> bool:
        """
        Withdraw an invoice of ours: whoever still pays it is refused. Whether it is withdrawn now.

        Not when it was paid, and not while a payment to it is on its way in.
        """
        invoice = self._state.invoices.get(payment_hash)
        if invoice is None or invoice.claimed_msat is not None or payment_hash in self._state.receiving:
            return False
        self._state.invoices.drop(payment_hash)
        return True

    def fail_htlc_backwards(self, payment_hash: PaymentHash) -> None:
        """Give a payment that PaymentClaimable told of back."""
        self._receiver.fail(payment_hash)

    def create_channel(self, peer: NodeId, wish: ChannelWish) -> ChannelId:
        """
        Ask a connected peer for a channel; FundingGenerationReady follows when it agrees, ChannelClosed when not. The temporary id.

        raises    PeerNotConnected, CapacityOutOfRange, PushAboveCapacity, UnknownChannelType; then nothing was asked
        """
        return self._connections.opener.create(peer, wish)

    def funding_transaction_generated(self, peer: NodeId, temporary_channel_id: ChannelId, transaction: Transaction) -> None:
        """
        The signed transaction that FundingGenerationReady asked for. It leaves with `take_broadcasts` when the peer has signed.

        transaction    spends segwit coins only: its id must not change

        raises         WrongFundingOutput; KeyError when the opening has ended meanwhile
        """
        self._connections.opener.fund(peer, temporary_channel_id, transaction)

    def close_channel(self, channel_id: ChannelId) -> None:
        """
        Close a channel together with its peer, once its HTLCs have ended; ChannelClosed follows. KeyError when it is not ours.

        raises    ChannelNotInUse; then nothing has changed
        """
        self._state.act(channel_id, lambda channel: begin_shutdown(channel, self._state.surroundings(channel)))

    def force_close_broadcasting_latest_txn(self, channel_id: ChannelId) -> None:
        """Close a channel without its peer; nothing happens when it is closed. KeyError when it is not ours."""
        self._state.act(channel_id, lambda channel: machine.close_alone(channel, self._state.surroundings(channel)))

    def update_feerate(self, feerate_per_kw: int) -> None:
        """The chain's fees moved: propose this feerate in every channel that we opened and in which we may."""
        self._state.feerate_per_kw = feerate_per_kw
        for channel in self._state.channels:
            self._state.act(channel.id, lambda channel: follow_feerate(channel, feerate_per_kw, self._state.config.channel))

    def update_channel_config(self, channel_id: ChannelId, policy: ForwardingConfig, *, is_told: bool = True) -> None:
        """
        Ask something else for forwarding over a channel from now on.

        is_told    a channel_update goes out; without it payers reckon with the old figures and are refused with the new ones

        LDK, ChannelManager::update_channel_config
        """
        channel = replace(self._state.channels[channel_id], forwarding=policy)
        self._state.channels.put(channel_id, channel)
        if is_told:
            self.announcer.policy_changed(channel, self.graph)

    def intercept_htlcs(self, interceptor: HtlcInterceptor) -> None:
        """From now on this one is asked about every HTLC that passes. What is held already is asked about at `holding.release`."""
        self._state.interceptor = interceptor

    def add_channel(self, channel: Channel) -> None:
        """A channel that was opened and whose first commitments are signed."""
        self._state.add_channel(channel)

    def peer_connected(self, peer: NodeId) -> None:
        """A connection to a peer is there."""
        self._connections.connected(peer)

    def peer_disconnected(self, peer: NodeId) -> None:
        """The connection is gone, and what was on its way with it."""
        self._connections.disconnected(peer)

    def is_connected(self, peer: NodeId) -> bool:
        """Whether there is a connection to a peer and it has introduced itself."""
        return self._connections.features_of(peer) is not None

    @property
    def is_reestablishing(self) -> bool:
        """Whether lines have just been made and channels are not usable yet: a payment begun now would find no way."""
        return self._connections.is_reestablishing

    def handle_message(self, peer: NodeId, data: bytes) -> None:
        """Bytes of one message from a peer. Never raises for what they are."""
        self._connections.receive(peer, data)

    def timer_tick_occurred(self) -> None:
        """Time passed: give back what has waited too long, say again what grows stale, and let what was learnt get older."""
        self._receiver.fail_overdue()
        self._freshness.keep(self.graph)
        self.scorer.time_passed(now_s=self._state.clock.now_ms() // 1_000)
