"""
Peers and their messages: who is connected, what belongs to which channel, and what to do with nonsense.

Bytes that are no message, a message before init, or a feature that we lack end the connection with a warning; a broken rule inside a
channel ends that channel alone.

BOLT 1, Base Protocol
"""

from __future__ import annotations

from payments.lightning.channel import machine
from payments.lightning.channel.channel import Channel, Connection
from payments.lightning.channel.reestablish import connect, disconnect
from payments.lightning.errors import LightningError
from payments.lightning.ids import NodeId
from payments.lightning.manager.announcing import Announcer
from payments.lightning.manager.node_state import NodeState
from payments.lightning.manager.opening import Opener, OpeningMessage
from payments.lightning.peer import EVERY_CHANNEL, Peer, PeerSpokeBeforeInit, answer_ping, our_init, receive_init, warning
from payments.lightning.wire.features import Features
from payments.lightning.wire.messages import (
    AnnouncementSignatures,
    ChannelMessage,
    ChannelReestablish,
    ChannelUpdate,
    ErrorMessage,
    Init,
    Message,
    Ping,
    decode_message,
    encode_message,
)

NO_SUCH_CHANNEL = b"no_such_channel"
"""To a peer that remembers a channel with us which we do not: it would wait for ever for an answer."""


class Connections:
    """The connected peers of one node."""

    def __init__(self, state: NodeState, announcer: Announcer, chain_hash: bytes) -> None:
        self._state = state
        self._announcer = announcer
        self._chain_hash = chain_hash
        self._peers: dict[NodeId, Peer] = {}
        self.opener = Opener(state, self.features_of, chain_hash)

    def features_of(self, peer: NodeId) -> Features | None:
        """What a connected peer said in its init; None when it is not connected or has not said it."""
        return self._peers[peer].features if peer in self._peers else None

    def connected(self, peer: NodeId) -> None:
        """Say who we are. A connection that was there before is gone."""
        if peer in self._peers:
            self.disconnected(peer)
        self._peers[peer] = Peer()
        self._state.send(peer, our_init(self._chain_hash))

    def disconnected(self, peer: NodeId) -> None:
        """Forget the connection and what was said and not signed on it."""
        self._peers.pop(peer, None)
        self._state.forget_messages(peer)
        self.opener.disconnected(peer)
        for channel in self._channels_with(peer):
            self._state.channels.put(channel.id, disconnect(channel))

    @property
    def is_reestablishing(self) -> bool:
        """Whether a connected peer has not yet said where its channels with us are."""
        return any(
            channel.connection is not Connection.ONLINE and channel.phase.is_live
            for channel in self._state.channels
            if channel.terms.counterparty_node_id in self._peers
        )

    def receive(self, peer: NodeId, data: bytes) -> None:
        """Take one message. From a peer that is not connected it is too late and passed over."""
        if peer not in self._peers:
            return
        try:
            self._dispatch(peer, decode_message(data))
        except LightningError as refusal:
            self.disconnected(peer)
            self._state.hang_up(peer)
            self._state.send(peer, warning(refusal.code))

    def _dispatch(self, peer: NodeId, message: Message) -> None:
        is_new = self._peers[peer].features is None
        if isinstance(message, Init) and is_new:
            self._introduced(peer, message)
            return
        if is_new:
            raise PeerSpokeBeforeInit(message_type=getattr(message, "TYPE", 0))
        if isinstance(message, Ping):
            if (pong := answer_ping(message)) is not None:
                self._state.send(peer, pong)
        elif isinstance(message, ErrorMessage):
            self._peer_failed(peer, message)
        elif isinstance(message, ChannelUpdate):
            self._announcer.receive_update(peer, message)
        elif isinstance(message, OpeningMessage):
            self.opener.receive(peer, message)
        elif isinstance(message, ChannelMessage):
            self._to_channel(peer, message)

    def _introduced(self, peer: NodeId, message: Init) -> None:
        self._peers[peer] = receive_init(message, self._chain_hash)
        for channel in self._channels_with(peer):
            self._state.act(channel.id, lambda channel: connect(channel, self._state.surroundings(channel)))

    def _to_channel(self, peer: NodeId, message: ChannelMessage) -> None:
        """A message about a channel that is not this peer's is passed over: which channels exist is nobody's business."""
        channel_id = getattr(message, "channel_id", b"")
        channel = self._state.channels.get(channel_id)
        if channel is None or channel.terms.counterparty_node_id != peer:
            if isinstance(message, ChannelReestablish):
                self._state.send(peer, encode_message(ErrorMessage(channel_id=message.channel_id, data=NO_SUCH_CHANNEL)))
            return
        if isinstance(message, AnnouncementSignatures):
            self._announcer.receive_signatures(channel, message)
            return
        self._state.act(channel.id, lambda channel: machine.receive(channel, message, self._state.surroundings(channel)))
        now = self._state.channels[channel.id]
        if isinstance(message, ChannelReestablish) and now.connection is Connection.ONLINE:
            self._announcer.went_online(now)

    def _peer_failed(self, peer: NodeId, message: ErrorMessage) -> None:
        text = message.data.decode("ascii", errors="replace")
        self.opener.peer_failed(peer, message, text)
        for channel in self._channels_with(peer):
            if message.channel_id in {EVERY_CHANNEL, channel.id}:
                self._state.act(channel.id, lambda channel: machine.peer_sent_error(channel, text, self._state.surroundings(channel)))

    def _channels_with(self, peer: NodeId) -> list[Channel]:
        return [channel for channel in self._state.channels if channel.terms.counterparty_node_id == peer]
