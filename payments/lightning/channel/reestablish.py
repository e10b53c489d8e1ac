"""
After the line was cut: both sides say which commitment and which revocation they wait for, and what was lost is sent again.

Nothing is decided anew: the very bytes of the lost updates and of the commitment that covers them go out again, in the order in which they
went out first. A peer that proves that it knows newer states than we do makes the channel DATA_LOSS: what we would publish is worthless.

BOLT 2, Message Retransmission
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.actions import Action, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.errors import PeerLostState, SecretNotOurs
from payments.lightning.channel.exchange import revocation_of
from payments.lightning.channel.htlc import Htlc, Side
from payments.lightning.wire.messages import ChannelReady, ChannelReestablish, encode_message

NO_SECRET = bytes(32)
"""Shown when the peer has not revoked anything yet."""


def disconnect(channel: Channel) -> Channel:
    """The line is cut: what the peer said and did not sign is forgotten, what we said and did not sign stays in the log."""
    number = channel.local_number + 1
    kept = [htlc for htlc in channel.htlcs if not (htlc.owner is Side.REMOTE and htlc.added[Side.LOCAL] == number)]
    forgotten = len(channel.htlcs) - len(kept)
    return replace(
        channel,
        connection=Connection.OFFLINE,
        htlcs=tuple(_forget_unsigned_removal(htlc, number) for htlc in kept),
        fee_updates=tuple(update for update in channel.fee_updates if not _is_unsigned_by_peer(update.added, number)),
        next_htlc_id=(channel.next_htlc_id[Side.LOCAL], channel.next_htlc_id[Side.REMOTE] - forgotten),
    )


def connect(channel: Channel, surroundings: Surroundings) -> Step:
    """The peer is there again: say which commitment and which revocation we wait for."""
    if channel.phase is Phase.FORCE_CLOSING:
        return Step(channel=channel)
    last_revoked = channel.remote_number - 1
    message = ChannelReestablish(
        channel_id=channel.id,
        next_commitment_number=channel.local_number + 1,
        next_revocation_number=channel.remote_number,
        your_last_per_commitment_secret=(channel.remote_secrets.secret(last_revoked) or NO_SECRET) if last_revoked >= 0 else NO_SECRET,
        my_current_per_commitment_point=surroundings.secrets.per_commitment_point(channel.local_number),
    )
    return Step(
        channel=replace(disconnect(channel), connection=Connection.REESTABLISHING),
        actions=(SendMessage(data=encode_message(message)),),
    )


def receive_reestablish(channel: Channel, message: ChannelReestablish, surroundings: Surroundings) -> Step:
    """
    The peer says where it is: send again what it has not got, then go on.

    raises    PeerLostState, SecretNotOurs
    """
    _check_secret(message, surroundings)
    if message.next_revocation_number > channel.local_number or message.next_commitment_number > channel.latest(Side.REMOTE) + 1:
        return Step(channel=replace(channel, phase=Phase.DATA_LOSS))
    lost_commitment = channel.awaiting_revocation and message.next_commitment_number == channel.latest(Side.REMOTE)
    lost_revocation = message.next_revocation_number == channel.local_number - 1
    knows_commitments = lost_commitment or message.next_commitment_number == channel.latest(Side.REMOTE) + 1
    knows_revocations = lost_revocation or message.next_revocation_number == channel.local_number
    if not (knows_commitments and knows_revocations):
        raise PeerLostState(next_commitment_number=message.next_commitment_number, next_revocation_number=message.next_revocation_number)
    online = replace(channel, connection=Connection.ONLINE)
    lost = [_revocation_again(online, surroundings)] if lost_revocation else []
    commitment = _commitment_again(online) if lost_commitment else []
    ordered = [*commitment, *lost] if channel.revoked_last else [*lost, *commitment]
    fresh = [SendMessage(data=data) for data in channel.unsigned_updates]
    actions: list[Action] = [*_ready_again(online, message, surroundings), *ordered, *fresh]
    return Step(channel=online, actions=tuple(actions))


def _check_secret(message: ChannelReestablish, surroundings: Surroundings) -> None:
    """A peer that claims a revocation of ours must show its secret."""
    revoked = message.next_revocation_number - 1
    expected = surroundings.secrets.per_commitment_secret(revoked) if revoked >= 0 else NO_SECRET
    if message.your_last_per_commitment_secret != expected:
        raise SecretNotOurs


def _ready_again(channel: Channel, message: ChannelReestablish, surroundings: Surroundings) -> list[Action]:
    """Before the first commitment nobody can know whether channel_ready has arrived."""
    if message.next_commitment_number != 1 or channel.local_number > 0:
        return []
    ready = ChannelReady(channel_id=channel.id, second_per_commitment_point=surroundings.secrets.per_commitment_point(1))
    return [SendMessage(data=encode_message(ready))]


def _revocation_again(channel: Channel, surroundings: Surroundings) -> Action:
    return SendMessage(data=encode_message(revocation_of(channel, surroundings)))


def _commitment_again(channel: Channel) -> list[Action]:
    assert channel.sent_commitment is not None
    return [SendMessage(data=data) for data in (*channel.signed_updates, channel.sent_commitment)]


def _forget_unsigned_removal(htlc: Htlc, number: int) -> Htlc:
    """A removal by the peer that it has not signed never happened, but a preimage once seen stays known: it has done its work."""
    if htlc.owner is Side.LOCAL and htlc.removed[Side.LOCAL] == number and htlc.removed[Side.REMOTE] is None:
        return replace(htlc, removed=(None, None), outcome=htlc.outcome if htlc.is_fulfilled else None)
    return htlc


def _is_unsigned_by_peer(added: tuple[int | None, int | None], number: int) -> bool:
    """The peer's own update, not yet in a transaction of ours that it signed. Ours enter the peer's transaction first."""
    return added[Side.LOCAL] == number and added[Side.REMOTE] is None
