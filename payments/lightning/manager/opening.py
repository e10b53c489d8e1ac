"""
Opening channels: asks peers for them, answers peers that ask, and keeps what is being talked about.

Every channel takes keys of its own, picked by chance: a counter that was restored from an older copy would hand the same ones out again.
An opening ends with its connection or its refusal; what then remains is told, so that coins set aside for it are free again.

BOLT 2, Channel Establishment v1
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.actions import BroadcastTransaction
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.establishing import (
    ANNOUNCE_BIT,
    AwaitingAccept,
    AwaitingFundingCreated,
    AwaitingFundingSigned,
    Opening,
    Stage,
    accept_channel,
    check_request,
    downgraded,
    fund,
    funding_output,
    open_channel,
    receive_accept,
    receive_funding_created,
    receive_funding_signed,
    requested_type,
)
from payments.lightning.channel.offers import (
    check_capacity,
    check_feerate,
    default_channel_type,
    encode_channel_type,
    offer_in,
    our_offer,
    speaks_type,
)
from payments.lightning.channel.opening_errors import (
    DisconnectedBeforeFunding,
    OpeningOnAnotherChain,
    OpeningRefused,
    PeerNotConnected,
    TemporaryChannelIdInUse,
    TooManyOpenings,
    UnexpectedOpeningMessage,
    UnknownChannelType,
)
from payments.lightning.channel.transactions import Transaction
from payments.lightning.channel.types import ChannelType
from payments.lightning.errors import LightningError
from payments.lightning.events import ChannelClosed, ChannelPending, DiscardFunding, FundingGenerationReady
from payments.lightning.ids import ChannelId, NodeId
from payments.lightning.manager.node_state import NodeState
from payments.lightning.peer import EVERY_CHANNEL
from payments.lightning.wire.features import Features
from payments.lightning.wire.messages import (
    AcceptChannel,
    ErrorMessage,
    FundingCreated,
    FundingSigned,
    OpenChannel,
    encode_message,
)

OpeningMessage = OpenChannel | AcceptChannel | FundingCreated | FundingSigned

KEY_INDEX_BYTES = 7
"""56 random bits: two of a node's channels never share keys, and the number is stored as an ordinary integer."""


class ChannelWish(Struct, frozen=True, kw_only=True):
    """The channel that shall be opened; without a type, the best that both sides speak."""

    capacity_sat: int
    push_msat: int = 0
    channel_type: ChannelType | None = None
    is_announced: bool = True


class Opener:
    """The openings of one node."""

    def __init__(self, state: NodeState, features_of: Callable[[NodeId], Features | None], chain_hash: bytes) -> None:
        self._state = state
        self._features_of = features_of
        self._chain_hash = chain_hash

    def create(self, peer: NodeId, wish: ChannelWish) -> ChannelId:
        """
        Ask a peer for a channel. The answer is its temporary id.

        raises    PeerNotConnected, UnknownChannelType, and what `check_capacity` raises; then nothing has been asked
        """
        features = self._features_of(peer)
        if features is None:
            raise PeerNotConnected
        check_capacity(wish.capacity_sat, wish.push_msat, config=self._state.config.channel, peer_features=features)
        channel_type = wish.channel_type or default_channel_type(features)
        if not speaks_type(features, channel_type):
            raise UnknownChannelType(channel_type=encode_channel_type(channel_type))
        opening = self._begin(
            peer,
            wish,
            temporary_channel_id=ChannelId(self._state.entropy(32)),
            channel_type=channel_type,
            stage=AwaitingAccept(may_downgrade=wish.channel_type is None),
        )
        self._ask(opening)
        return opening.temporary_channel_id

    def fund(self, peer: NodeId, temporary_channel_id: ChannelId, transaction: Transaction) -> None:
        """
        The transaction that FundingGenerationReady asked for. KeyError when the opening has ended meanwhile.

        raises    WrongFundingOutput, UnexpectedOpeningMessage; then nothing has changed
        """
        opening = self._state.openings[peer + temporary_channel_id]
        funded, message = fund(opening, transaction, self._state.secrets(opening.key_index))
        self._keep(funded)
        self._state.send(peer, encode_message(message))

    def receive(self, peer: NodeId, message: OpeningMessage) -> None:
        """What a peer says about an opening. What breaks a rule ends that opening alone."""
        try:
            self._receive(peer, message)
        except LightningError as refusal:
            channel_id = message.channel_id if isinstance(message, FundingSigned) else message.temporary_channel_id
            self._state.send(peer, encode_message(ErrorMessage(channel_id=channel_id, data=refusal.code.encode())))
            opening = self._find(peer, message)
            if opening is not None and not isinstance(refusal, TemporaryChannelIdInUse):
                self._end(opening, refusal)

    def peer_failed(self, peer: NodeId, message: ErrorMessage, text: str) -> None:
        """The peer refuses one of its openings with us, or all; a refused kind of channel may be asked for as an older one."""
        for opening in self._openings_with(peer):
            if message.channel_id in {EVERY_CHANNEL, opening.temporary_channel_id, _channel_id_of(opening)}:
                older = downgraded(opening)
                if older is None:
                    self._end(opening, OpeningRefused(text=text))
                else:
                    self._ask(older)

    def disconnected(self, peer: NodeId) -> None:
        """Nothing was at stake in what was only talked about."""
        for opening in self._openings_with(peer):
            self._end(opening, DisconnectedBeforeFunding())

    def resume(self) -> None:
        """After loading: every connection is gone."""
        for opening in self._state.openings:
            self._end(opening, DisconnectedBeforeFunding())

    def _receive(self, peer: NodeId, message: OpeningMessage) -> None:
        if isinstance(message, OpenChannel):
            self._answer(peer, message)
            return
        opening = self._find(peer, message)
        if opening is None:
            raise UnexpectedOpeningMessage(message_type=message.TYPE)
        secrets = self._state.secrets(opening.key_index)
        match message:
            case AcceptChannel():
                self._accepted(receive_accept(opening, message))
            case FundingCreated():
                channel, answer = receive_funding_created(opening, message, secrets)
                self._become(opening, channel)
                self._state.send(peer, encode_message(answer))
            case FundingSigned():
                self._become(opening, receive_funding_signed(opening, message, secrets))

    def _answer(self, peer: NodeId, message: OpenChannel) -> None:
        """A peer wants a channel with us: agree when it is within our limits."""
        state, features = self._state, self._features_of(peer)
        assert features is not None, "peers are heard after their init"
        if message.chain_hash != self._chain_hash:
            raise OpeningOnAnotherChain(chain_hash=message.chain_hash)
        if peer + message.temporary_channel_id in state.openings:
            raise TemporaryChannelIdInUse
        limit = state.config.channel.max_openings_per_peer
        if self._unfunded_by(peer) >= limit:
            raise TooManyOpenings(limit=limit)
        check_capacity(message.funding_satoshis, message.push_msat, config=state.config.channel, peer_features=features)
        check_feerate(message.feerate_per_kw)
        wish = ChannelWish(
            capacity_sat=message.funding_satoshis,
            push_msat=message.push_msat,
            is_announced=bool(message.channel_flags & ANNOUNCE_BIT),
        )
        opening = self._begin(
            peer,
            wish,
            temporary_channel_id=message.temporary_channel_id,
            channel_type=requested_type(message, default_channel_type(features)),
            stage=AwaitingFundingCreated(theirs=offer_in(message)),
        )
        agreed = replace(opening, is_opener=False, feerate_per_kw=message.feerate_per_kw)
        check_request(agreed)
        self._keep(agreed)
        state.send(peer, encode_message(accept_channel(agreed)))

    def _accepted(self, opening: Opening) -> None:
        self._keep(opening)
        output = funding_output(opening)
        self._state.events.append(
            FundingGenerationReady(
                temporary_channel_id=opening.temporary_channel_id,
                counterparty_node_id=opening.counterparty_node_id,
                capacity_sat=output.amount_sat,
                output_script=output.script_pubkey,
            )
        )

    def _become(self, opening: Opening, channel: Channel) -> None:
        """The opening is a channel now: it is stored with the commit that lets the next message or the transaction leave."""
        state = self._state
        assert channel.funding is not None
        channel = replace(channel, funding=replace(channel.funding, signed_at_height=state.height))
        state.add_channel(channel)
        state.openings.drop(opening.key)
        if channel.funding is not None and opening.is_opener:
            state.keep(channel, BroadcastTransaction(transaction=channel.funding.raw_transaction))
        state.events.append(_pending(opening, channel))

    def _begin(
        self, peer: NodeId, wish: ChannelWish, *, temporary_channel_id: ChannelId, channel_type: ChannelType, stage: Stage
    ) -> Opening:
        state = self._state
        key_index = int.from_bytes(state.entropy(KEY_INDEX_BYTES), "big")
        config = state.config.channel
        offer = our_offer(state.secrets(key_index), capacity_sat=wish.capacity_sat, config=config, forwarding=state.config.forwarding)
        return Opening(
            temporary_channel_id=temporary_channel_id,
            counterparty_node_id=peer,
            is_opener=True,
            key_index=key_index,
            capacity_sat=wish.capacity_sat,
            push_msat=wish.push_msat,
            channel_type=channel_type,
            feerate_per_kw=config.feerate_per_kw,
            is_announced=wish.is_announced,
            minimum_depth_blocks=config.minimum_depth_blocks,
            forwarding=state.config.forwarding,
            ours=offer,
            stage=stage,
        )

    def _ask(self, opening: Opening) -> None:
        self._keep(opening)
        self._state.send(opening.counterparty_node_id, encode_message(open_channel(opening, self._chain_hash)))

    def _keep(self, opening: Opening) -> None:
        self._state.openings.put(opening.key, opening)

    def _end(self, opening: Opening, reason: LightningError) -> None:
        """Forget an opening. A peer's own is nobody's news: telling of each would let it fill our books."""
        state = self._state
        state.openings.drop(opening.key)
        if not opening.is_opener:
            return
        if isinstance(opening.stage, AwaitingFundingSigned):
            txid = opening.stage.channel.terms.funding_txid
            state.events.append(DiscardFunding(temporary_channel_id=opening.temporary_channel_id, funding_txid=txid))
        state.events.append(
            ChannelClosed(channel_id=opening.temporary_channel_id, counterparty_node_id=opening.counterparty_node_id, reason=reason.code)
        )

    def _find(self, peer: NodeId, message: OpeningMessage) -> Opening | None:
        if isinstance(message, FundingSigned):
            return next((opening for opening in self._openings_with(peer) if _channel_id_of(opening) == message.channel_id), None)
        return self._state.openings.get(peer + message.temporary_channel_id)

    def _unfunded_by(self, peer: NodeId) -> int:
        """Channels that a peer has begun and that may have cost it nothing yet: their funding is not deep enough in the chain."""
        theirs = (channel for channel in self._state.channels if channel.terms.counterparty_node_id == peer and not channel.terms.is_opener)
        signed = sum(channel.phase is Phase.OPENING for channel in theirs)
        return signed + sum(not opening.is_opener for opening in self._openings_with(peer))

    def _openings_with(self, peer: NodeId) -> list[Opening]:
        return [opening for opening in self._state.openings if opening.counterparty_node_id == peer]


def _channel_id_of(opening: Opening) -> ChannelId | None:
    """The final id, once there is one."""
    return opening.stage.channel.id if isinstance(opening.stage, AwaitingFundingSigned) else None


def _pending(opening: Opening, channel: Channel) -> ChannelPending:
    return ChannelPending(
        channel_id=channel.id,
        former_temporary_channel_id=opening.temporary_channel_id,
        counterparty_node_id=opening.counterparty_node_id,
        funding_txid=channel.terms.funding_txid,
        funding_output_index=channel.terms.funding_output_index,
        capacity_sat=channel.terms.capacity_sat,
        is_outbound=opening.is_opener,
    )
