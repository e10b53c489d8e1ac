"""
All that one node must remember, and the one way in which its channels change.

`act` takes a step of a channel: the new value goes on the shelf, its messages into the outbox, and what others must do about it into the
queue of follow-ups. Nothing leaves from here: `take_writes` must be on disk before `take_messages` may be sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from operator import attrgetter

from msgspec import Struct

from payments.lightning.channel.actions import (
    Action,
    BroadcastTransaction,
    ChannelBecameReady,
    ChannelFailed,
    IncomingHtlc,
    OfferRefused,
    OutgoingFulfilled,
    OutgoingRemoved,
    SendMessage,
    Step,
    Surroundings,
)
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.establishing import Opening
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.config import EngineConfig
from payments.lightning.crypto import secp256k1
from payments.lightning.events import ChannelClosed, Event
from payments.lightning.ids import UNCONFIRMED, ChannelId, NodeId, ShortChannelId
from payments.lightning.manager.intercepting import HeldHtlc, HtlcInterceptor, NoInterceptor
from payments.lightning.onchain.published import PastHtlc, past_htlc
from payments.lightning.onchain.resolution import ClosedOnChain
from payments.lightning.payment.inbound import InboundInvoice, ReceivingSet
from payments.lightning.payment.outbound import OutboundPayment
from payments.lightning.payment.probe import Probe
from payments.lightning.ports import Clock, Entropy
from payments.lightning.shelf import Shelf, StoreWrite

StoredShelf = (
    Shelf[Channel]
    | Shelf[Opening]
    | Shelf[ClosedOnChain]
    | Shelf[PastHtlc]
    | Shelf[OutboundPayment]
    | Shelf[Probe]
    | Shelf[InboundInvoice]
    | Shelf[ReceivingSet]
    | Shelf[HeldHtlc]
)
_NAME = attrgetter("owner", "id")
"""By what an HTLC is known in its channel."""
FollowUp = IncomingHtlc | OutgoingFulfilled | OutgoingRemoved | ChannelBecameReady | ChannelFailed


class NodeIdentity(Struct, frozen=True, kw_only=True, dict=True):
    """A node's secrets: its key[32] and the seed[32] of its channels' keys. Never stored by the engine, never shown."""

    private_key: bytes
    seed: bytes

    @property
    def node_id(self) -> NodeId:
        """The public name of the node."""
        return NodeId(secp256k1.public_key(self.private_key))

    def __repr__(self) -> str:
        return f"NodeIdentity({self.node_id.hex()})"


class NodeState:
    """One node's channels, payments and invoices, and what it has to say and to store."""

    def __init__(self, identity: NodeIdentity, *, config: EngineConfig, clock: Clock, entropy: Entropy) -> None:
        self.identity = identity
        self.node_id = identity.node_id
        self.config = config
        self.clock = clock
        self.entropy = entropy
        self.height = 0
        self.feerate_per_kw = config.channel.feerate_per_kw
        """What transactions of our own pay."""
        self.channels = Shelf("channel", Channel)
        self.openings = Shelf("opening", Opening)
        self.closed = Shelf("closed", ClosedOnChain)
        self.past = Shelf("past_htlc", PastHtlc)
        self.payments = Shelf("payment", OutboundPayment)
        self.probes = Shelf("probe", Probe)
        self.invoices = Shelf("invoice", InboundInvoice)
        self.receiving = Shelf("receiving", ReceivingSet)
        self.held = Shelf("held", HeldHtlc)
        self.interceptor: HtlcInterceptor = NoInterceptor()
        self.events: list[Event] = []
        self.follow_ups: deque[tuple[ChannelId, FollowUp]] = deque()
        self.touched: dict[ChannelId, None] = {}
        """Channels that may owe a commitment, in the order in which they were touched."""
        self._messages: list[tuple[NodeId, bytes]] = []
        self._hang_ups: list[NodeId] = []
        self._broadcasts: list[bytes] = []
        self._by_scid: dict[ShortChannelId, ChannelId] = {}
        self._secrets: dict[int, ChannelSecrets] = {}

    def shelves(self) -> tuple[StoredShelf, ...]:
        """Everything that is stored."""
        on_chain = (self.closed, self.past)
        return self.channels, self.openings, *on_chain, self.payments, self.probes, self.invoices, self.receiving, self.held

    def load(self, namespace: str, key: bytes, value: bytes) -> None:
        """Take one stored value back; channels start offline whatever they were."""
        shelf = next(shelf for shelf in self.shelves() if shelf.namespace == namespace)
        shelf.load(key, value)
        if shelf is self.channels:
            self.index(self.channels[key])

    def add_channel(self, channel: Channel) -> None:
        """A channel that has just come to be."""
        self.channels.put(channel.id, channel)
        self.index(channel)

    def index(self, channel: Channel) -> None:
        """Find a channel by its place in the chain from now on, if it has one."""
        if channel.terms.short_channel_id != UNCONFIRMED:
            self._by_scid[channel.terms.short_channel_id] = channel.id

    def channel_by_scid(self, short_channel_id: ShortChannelId) -> Channel | None:
        """Our channel with this short id."""
        channel_id = self._by_scid.get(short_channel_id)
        return None if channel_id is None else self.channels[channel_id]

    def surroundings(self, channel: Channel) -> Surroundings:
        """What a channel needs to know beyond itself."""
        return Surroundings(
            secrets=self.secrets(channel.terms.key_index),
            config=self.config.channel,
            now_ms=self.clock.now_ms(),
            height=self.height,
        )

    def secrets(self, key_index: int) -> ChannelSecrets:
        """The keys of one of our channels."""
        if key_index not in self._secrets:
            self._secrets[key_index] = ChannelSecrets.derive(self.identity.seed, key_index)
        return self._secrets[key_index]

    def act(self, channel_id: ChannelId, take_step: Callable[[Channel], Step]) -> OfferRefused | None:
        """Take a step of a channel and keep what came of it. Answers with the refusal when an offer was refused."""
        before = self.channels[channel_id]
        step = take_step(before)
        self._remember_gone(before, step.channel)
        self.channels.put(channel_id, step.channel)
        self.touched[channel_id] = None
        refused = None
        for action in step.actions:
            refused = self.keep(step.channel, action) or refused
        return refused

    def _remember_gone(self, before: Channel, after: Channel) -> None:
        """What stood in a commitment of the peer's must be known as long as that could be published, however long it is revoked."""
        if before.htlcs == after.htlcs[: len(before.htlcs)]:
            return
        left = set(map(_NAME, after.htlcs))
        for htlc in before.htlcs:
            if _NAME(htlc) not in left and (gone := past_htlc(before, htlc)) is not None:
                self.past.put(gone.key, gone)

    def channel_is_over(self, channel: Channel, *, reason: str) -> None:
        """It carries nothing new from now on: told once, and to the network as well."""
        peer = channel.terms.counterparty_node_id
        self.events.append(ChannelClosed(channel_id=channel.id, counterparty_node_id=peer, reason=reason))
        self.follow_ups.append((channel.id, ChannelFailed(code=reason)))

    def broadcast(self, transaction: bytes) -> None:
        """Put a signed transaction into the outbox, once a turn."""
        if transaction not in self._broadcasts:
            self._broadcasts.append(transaction)

    def send(self, peer: NodeId, data: bytes) -> None:
        """Put a message into the outbox."""
        self._messages.append((peer, data))

    def hang_up(self, peer: NodeId) -> None:
        """End a connection: what was to be said on it is not said any more."""
        self.forget_messages(peer)
        self._hang_ups.append(peer)

    def forget_messages(self, peer: NodeId) -> None:
        """What was to be said on a connection that is gone must not be said on the next one."""
        self._messages = [message for message in self._messages if message[0] != peer]

    def take_hang_ups(self) -> list[NodeId]:
        """Whose connections must be closed, once the messages are sent."""
        hang_ups, self._hang_ups = self._hang_ups, []
        return hang_ups

    def take_messages(self) -> list[tuple[NodeId, bytes]]:
        """What must be sent, in order, once everything is stored."""
        messages, self._messages = self._messages, []
        return messages

    def take_broadcasts(self) -> list[bytes]:
        """Signed transactions for the chain."""
        broadcasts, self._broadcasts = self._broadcasts, []
        return broadcasts

    def take_writes(self) -> list[StoreWrite]:
        """What must be on disk before any message leaves."""
        return [write for shelf in self.shelves() if shelf.has_changed for write in shelf.take_writes(self.node_id)]

    def take_events(self) -> list[Event]:
        """What happened, in order."""
        events, self.events = self.events, []
        return events

    def keep(self, channel: Channel, action: Action) -> OfferRefused | None:
        """Do, or put where it will be done, what a step of a channel asks for."""
        match action:
            case SendMessage():
                self.send(channel.terms.counterparty_node_id, action.data)
            case BroadcastTransaction():
                self.broadcast(action.transaction)
            case ChannelFailed():
                self.channel_is_over(channel, reason=action.code)
            case OfferRefused():
                return action
            case _:
                self.follow_ups.append((channel.id, action))
        return None
