"""
Commit and revoke: how two logs become one truth.

A commitment_signed covers all that the other side's next transaction is to hold; the answer, revoke_and_ack, makes the older transaction
worthless. Only then are updates acted on. Our own next commitment is revoked into at once when its signatures are right, in the same
step: we never hold two that are both valid.

BOLT 2, Committing Updates So Far: `commitment_signed`; Completing the Transition to the Updated State: `revoke_and_ack`
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.actions import Action, IncomingHtlc, OutgoingRemoved, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.commitment import build_commitment, sign_commitment, verify_commitment
from payments.lightning.channel.errors import RevocationSecretMismatch, UnexpectedRevocation
from payments.lightning.channel.htlc import FeeUpdate, Htlc, Side, Span, holds, span_with
from payments.lightning.channel.updates import is_locked_in
from payments.lightning.crypto import secp256k1
from payments.lightning.wire.messages import CommitmentSigned, RevokeAndAck, encode_message


def owes_commitment(channel: Channel) -> bool:
    """Whether there is something to sign for the peer and it may be signed now."""
    return channel.carries_updates and not channel.awaiting_revocation and channel.has_pending_updates(Side.REMOTE)


def send_commitment(channel: Channel, surroundings: Surroundings) -> Step:
    """Sign the peer's next transaction. Call only when `owes_commitment`."""
    assert owes_commitment(channel)
    number = channel.remote_number + 1
    spec = channel.commitment_spec(Side.REMOTE, number, surroundings.secrets)
    signature, htlc_signatures = sign_commitment(build_commitment(spec), spec, surroundings.secrets)
    message = CommitmentSigned(
        channel_id=channel.id, signature=signature, htlc_signatures=htlc_signatures, funding_txid=channel.terms.funding_txid
    )
    data = encode_message(message)
    signed = replace(
        channel,
        awaiting_revocation=True,
        signed_updates=channel.unsigned_updates,
        sent_commitment=data,
        unsigned_updates=(),
        revoked_last=False,
    )
    return Step(channel=signed, actions=(SendMessage(data=data),))


def receive_commitment(channel: Channel, message: CommitmentSigned, surroundings: Surroundings) -> Step:
    """
    The peer signed our next transaction: check every signature, adopt it, revoke the one before.

    raises    InvalidCommitmentSignature, InvalidHtlcSignature, HtlcSignatureCount
    """
    number = channel.local_number + 1
    spec = channel.commitment_spec(Side.LOCAL, number, surroundings.secrets)
    verify_commitment(build_commitment(spec), spec, signature=message.signature, htlc_signatures=message.htlc_signatures)
    due = channel.latest(Side.REMOTE) + 1
    adopted = replace(
        channel,
        local_number=number,
        local_signature=message.signature,
        local_htlc_signatures=message.htlc_signatures,
        htlcs=tuple(_carry_over(htlc, Side.LOCAL, number, due) for htlc in channel.htlcs),
        fee_updates=tuple(_carry_fee_over(update, Side.LOCAL, number, due) for update in channel.fee_updates),
        revoked_last=True,
    )
    revocation = encode_message(revocation_of(adopted, surroundings))
    settled = _settle(adopted, surroundings)
    return Step(channel=settled.channel, actions=(SendMessage(data=revocation), *settled.actions))


def revocation_of(channel: Channel, surroundings: Surroundings) -> RevokeAndAck:
    """The message that revokes the transaction before our current one."""
    secrets = surroundings.secrets
    return RevokeAndAck(
        channel_id=channel.id,
        per_commitment_secret=secrets.per_commitment_secret(channel.local_number - 1),
        next_per_commitment_point=secrets.per_commitment_point(channel.local_number + 1),
    )


def receive_revocation(channel: Channel, message: RevokeAndAck, surroundings: Surroundings) -> Step:
    """
    The peer revoked its older transaction: what we signed is now the only one it can publish.

    raises    UnexpectedRevocation, RevocationSecretMismatch, SecretDoesNotFit
    """
    if not channel.awaiting_revocation:
        raise UnexpectedRevocation
    revoked = channel.remote_number
    if not _is_secret_of(message.per_commitment_secret, channel.remote_point):
        raise RevocationSecretMismatch(commitment_number=revoked)
    number, due = revoked + 1, channel.local_number + 1
    advanced = replace(
        channel,
        remote_number=number,
        awaiting_revocation=False,
        remote_point=channel.remote_next_point,
        remote_next_point=message.next_per_commitment_point,
        remote_secrets=channel.remote_secrets.insert(revoked, message.per_commitment_secret),
        htlcs=tuple(_carry_over(htlc, Side.REMOTE, number, due) for htlc in channel.htlcs),
        fee_updates=tuple(_carry_fee_over(update, Side.REMOTE, number, due) for update in channel.fee_updates),
        signed_updates=(),
        sent_commitment=None,
    )
    return _settle(advanced, surroundings)


def _is_secret_of(secret: bytes, point: bytes) -> bool:
    return secp256k1.is_private_key(secret) and secp256k1.public_key(secret) == point


def _carry(span: Span, acknowledged: Side, number: int, due: int) -> Span:
    """What one side has acknowledged enters the other side's transaction `due`."""
    if span[acknowledged.other] is None and holds(span, acknowledged, number):
        return span_with(span, acknowledged.other, due)
    return span


def _carry_over(htlc: Htlc, acknowledged: Side, number: int, due: int) -> Htlc:
    added = _carry(htlc.added, acknowledged, number, due)
    removed = _carry(htlc.removed, acknowledged, number, due)
    if added == htlc.added and removed == htlc.removed:
        return htlc
    return replace(htlc, added=added, removed=removed)


def _carry_fee_over(update: FeeUpdate, acknowledged: Side, number: int, due: int) -> FeeUpdate:
    return replace(update, added=_carry(update.added, acknowledged, number, due))


def _settle(channel: Channel, surroundings: Surroundings) -> Step:
    """Act on what has become irrevocable: hand incoming HTLCs out, book removed ones, adopt feerates."""
    actions: list[Action] = []
    balances = list(channel.settled_msat)
    remaining: list[Htlc] = []
    for htlc in channel.htlcs:
        if _is_gone(channel, htlc):
            if htlc.is_fulfilled:
                balances[htlc.owner] -= htlc.amount_msat
                balances[htlc.owner.other] += htlc.amount_msat
            if htlc.owner is Side.LOCAL:
                actions.append(OutgoingRemoved(htlc=htlc))
            continue
        if htlc.owner is Side.REMOTE and not htlc.handled and is_locked_in(channel, htlc):
            htlc = replace(htlc, handled=True, received_at_ms=surroundings.now_ms)  # noqa: PLW2901  the loop's one change
            actions.append(IncomingHtlc(htlc=htlc))
        remaining.append(htlc)
    settled = replace(channel, htlcs=tuple(remaining), settled_msat=(balances[0], balances[1]))
    return Step(channel=_adopt_feerate(settled), actions=tuple(actions))


def _is_gone(channel: Channel, htlc: Htlc) -> bool:
    return all(holds(htlc.removed, side, channel.irrevocable(side)) for side in Side)


def _adopt_feerate(channel: Channel) -> Channel:
    """Feerates that hold in both transactions become the channel's."""
    settled = [update for update in channel.fee_updates if all(holds(update.added, side, channel.irrevocable(side)) for side in Side)]
    if not settled:
        return channel
    pending = tuple(update for update in channel.fee_updates if update not in settled)
    return replace(channel, feerate_per_kw=settled[-1].feerate_per_kw, fee_updates=pending)
