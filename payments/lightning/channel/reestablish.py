"""
After the line was cut: both sides say which commitment and which revocation they wait for, and what was lost is sent again.

Nothing is decided anew: the very bytes of the lost updates and of the commitment that covers them go out again, in the order in which they
went out first. A peer that proves that it knows newer states than we do makes the channel DATA_LOSS: what we would publish is worthless.

BOLT 2, Message Retransmission
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.actions import Action, ChannelFailed, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.errors import PeerLostState, SecretNotOurs, UnexpectedReestablish, WeLostState
from payments.lightning.channel.exchange import revocation_of
from payments.lightning.channel.htlc import Htlc, Side
from payments.lightning.channel.readiness import ready_again
from payments.lightning.crypto.shachain import LAST_INDEX
from payments.lightning.wire.messages import ChannelReestablish, ErrorMessage, encode_message

NO_SECRET = bytes(32)
"""Shown when the peer has not revoked anything yet."""
CLOSED = b"channel_closed"
"""Said at every new connection: the peer may not have heard it when the channel ended. BOLT 2, Message Retransmission"""


def disconnect(channel: Channel) -> Channel:
    """The line is cut: what the peer said and did not sign is forgotten, what we said and did not sign stays in the log."""
    number = channel.local_number + 1
    kept = [htlc for htlc in channel.htlcs if not (htlc.owner is Side.REMOTE and htlc.added[Side.LOCAL] == number)]
    forgotten = len(channel.htlcs) - len(kept)
    return replace(
        channel,
        connection=Connection.OFFLINE,
        closing=None if channel.closing is None else channel.closing.disconnected(),
        htlcs=tuple(_forget_unsigned_removal(htlc, number) for htlc in kept),
        fee_updates=tuple(update for update in channel.fee_updates if not _is_unsigned_by_peer(update.added, number)),
        next_htlc_id=(channel.next_htlc_id[Side.LOCAL], channel.next_htlc_id[Side.REMOTE] - forgotten),
    )


def connect(channel: Channel, surroundings: Surroundings) -> Step:
    """The peer is there again: say which commitment and which revocation we wait for, or once more that the channel is over."""
    if channel.phase in {Phase.FORCE_CLOSING, Phase.CLOSED}:
        error = ErrorMessage(channel_id=channel.id, data=CLOSED)
        return Step(channel=channel, actions=(SendMessage(data=encode_message(error)),))
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

    raises    UnexpectedReestablish, PeerLostState, SecretNotOurs
    """
    if channel.connection is not Connection.REESTABLISHING:
        raise UnexpectedReestablish
    _check_secret(message, surroundings)
    if message.next_revocation_number > channel.local_number:
        return _we_are_behind(channel, message)
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
    ready = ready_again(online, surroundings, next_commitment_number=message.next_commitment_number)
    actions: list[Action] = [*ready, *ordered, *fresh]
    return Step(channel=online, actions=tuple(actions))


def _we_are_behind(channel: Channel, message: ChannelReestablish) -> Step:
    """The peer showed a secret that we gave away later than we remember: ask it to close, publish nothing."""
    loss = WeLostState(local_number=channel.local_number, next_revocation_number=message.next_revocation_number)
    error = ErrorMessage(channel_id=channel.id, data=loss.code.encode())
    return Step(
        channel=replace(channel, phase=Phase.DATA_LOSS),
        actions=(SendMessage(data=encode_message(error)), ChannelFailed(code=loss.code)),
    )


def _check_secret(message: ChannelReestablish, surroundings: Surroundings) -> None:
    """A peer that claims a revocation of ours must show its secret."""
    revoked = message.next_revocation_number - 1
    if revoked > LAST_INDEX:
        raise SecretNotOurs
    expected = surroundings.secrets.per_commitment_secret(revoked) if revoked >= 0 else NO_SECRET
    if message.your_last_per_commitment_secret != expected:
        raise SecretNotOurs


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
