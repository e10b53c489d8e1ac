"""
What was published: which transaction has spent a channel's funding, and what each of its outputs is.

A commitment tells its number to whoever knows both payment basepoints, and the number tells whose it is and whether it was revoked. Its
outputs are hashes of scripts; every script that could be there is made and compared, so nothing but the channel, the HTLCs that it once
had, and the peer's revealed secrets is needed to read any commitment that there ever was.

BOLT 5, Commitment Transaction; BOLT 3, Commitment Transaction
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from payments.lightning.channel import scripts
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.commitment import build_commitment, commitment_number_in
from payments.lightning.channel.htlc import Htlc, Side
from payments.lightning.channel.keys import ChannelSecrets, CommitmentKeys
from payments.lightning.channel.transactions import Transaction
from payments.lightning.crypto import secp256k1
from payments.lightning.ids import ChannelId, PaymentHash
from payments.lightning.units import MSAT_PER_SAT


class PastHtlc(Struct, frozen=True, kw_only=True):
    """An HTLC that is gone, as it stood in the peer's commitments `since_number` to `end_number` - 1: to be known if one is published."""

    channel_id: ChannelId
    owner: Side
    id: int
    amount_msat: int
    payment_hash: PaymentHash
    cltv_expiry: int
    since_number: int
    end_number: int

    @property
    def key(self) -> bytes:
        """Where it is kept."""
        return self.channel_id + bytes([self.owner]) + self.id.to_bytes(8, "big")


def past_htlc(channel: Channel, htlc: Htlc) -> PastHtlc | None:
    """What must be remembered of an HTLC that is irrevocably gone; None when it never was an output of a commitment of the peer's."""
    since, end = htlc.added[Side.REMOTE], htlc.removed[Side.REMOTE]
    if since is None or end is None or since >= end or htlc.amount_msat < channel.terms.remote.dust_limit_sat * MSAT_PER_SAT:
        return None
    return PastHtlc(
        channel_id=channel.id,
        owner=htlc.owner,
        id=htlc.id,
        amount_msat=htlc.amount_msat,
        payment_hash=htlc.payment_hash,
        cltv_expiry=htlc.cltv_expiry,
        since_number=since,
        end_number=end,
    )


class Kind(StrEnum):
    """What kind of transaction ended a channel."""

    TOGETHER = "together"
    """Both signed it for this."""
    OURS = "ours"
    THEIRS = "theirs"
    """The peer's, and not revoked."""
    REVOKED = "revoked"
    """The peer cheated: everything in it is ours."""
    FUTURE = "future"
    """The peer's, newer than all that we know: we have lost data, and only our balance can be recognised."""


class Role(StrEnum):
    """What an output is for. The holder is whose commitment it is."""

    HOLDER_BALANCE = "holder_balance"
    COUNTERPARTY_BALANCE = "counterparty_balance"
    HTLC = "htlc"


class PublishedHtlc(Struct, frozen=True, kw_only=True):
    """An HTLC that stands in a commitment."""

    owner: Side
    id: int
    amount_msat: int
    payment_hash: PaymentHash
    cltv_expiry: int


class PublishedOutput(Struct, frozen=True, kw_only=True):
    """An output of a commitment that could be somebody's to take."""

    index: int
    amount_sat: int
    role: Role
    witness_script: bytes
    """Empty where the output pays to a key."""
    htlc: PublishedHtlc | None = None


class Published(Struct, frozen=True, kw_only=True):
    """The transaction that spent the funding, read."""

    kind: Kind
    transaction: Transaction
    keys: CommitmentKeys | None = None
    """None where no commitment's keys are known."""
    number: int = 0
    outputs: tuple[PublishedOutput, ...] = ()

    @property
    def holder(self) -> Side:
        """Whose commitment it is."""
        return Side.LOCAL if self.kind is Kind.OURS else Side.REMOTE


def read_published(channel: Channel, transaction: Transaction, secrets: ChannelSecrets, past: Iterable[PastHtlc]) -> Published:
    """
    Read the transaction that spent a channel's funding.

    past    what is remembered of this channel's HTLCs that are gone
    """
    terms = channel.terms
    opener, accepter = (terms.local, terms.remote) if terms.is_opener else (terms.remote, terms.local)
    number = commitment_number_in(
        transaction,
        opener_payment_basepoint=opener.basepoints.payment_basepoint,
        accepter_payment_basepoint=accepter.basepoints.payment_basepoint,
    )
    if number is None:
        return Published(kind=Kind.TOGETHER, transaction=transaction)
    kind = _kind_of(channel, transaction, number, secrets)
    holder = Side.LOCAL if kind is Kind.OURS else Side.REMOTE
    point = _point_of(channel, kind, number, secrets)
    if point is None:
        return Published(kind=kind, transaction=transaction, number=number, outputs=_our_balance(channel, transaction))
    keys = CommitmentKeys.derive(terms.side(holder).basepoints, terms.side(holder.other).basepoints, point)
    htlcs = _htlcs_in(channel, holder, number, past)
    outputs = _read_outputs(channel, transaction, keys, holder=holder, htlcs=htlcs)
    return Published(kind=kind, transaction=transaction, keys=keys, number=number, outputs=outputs)


def holder_balance_script(channel: Channel, keys: CommitmentKeys, holder: Side) -> bytes:
    """The witness script of the holder's balance and of what its HTLC transactions pay."""
    return scripts.to_local_script(
        revocation_pubkey=keys.revocation_pubkey,
        to_self_delay_blocks=channel.terms.side(holder).to_self_delay_blocks,
        delayed_pubkey=keys.holder_delayed_pubkey,
    )


def _kind_of(channel: Channel, transaction: Transaction, number: int, secrets: ChannelSecrets) -> Kind:
    ours = build_commitment(channel.commitment_spec(Side.LOCAL, channel.local_number, secrets)).tx
    if transaction.txid == ours.txid:
        return Kind.OURS
    if number > channel.latest(Side.REMOTE):
        return Kind.FUTURE
    return Kind.REVOKED if number < channel.remote_number else Kind.THEIRS


def _point_of(channel: Channel, kind: Kind, number: int, secrets: ChannelSecrets) -> bytes | None:
    if kind is Kind.FUTURE:
        return None
    if kind is Kind.REVOKED:
        secret = channel.remote_secrets.secret(number)
        return None if secret is None else secp256k1.public_key(secret)
    return channel.per_commitment_point(Side.LOCAL if kind is Kind.OURS else Side.REMOTE, number, secrets)


def _htlcs_in(channel: Channel, holder: Side, number: int, past: Iterable[PastHtlc]) -> list[PublishedHtlc]:
    standing: list[Htlc | PastHtlc] = [htlc for htlc in channel.htlcs if htlc.stands_in(holder, number)]
    if holder is Side.REMOTE:
        standing += [gone for gone in past if gone.since_number <= number < gone.end_number]
    return [
        PublishedHtlc(
            owner=htlc.owner, id=htlc.id, amount_msat=htlc.amount_msat, payment_hash=htlc.payment_hash, cltv_expiry=htlc.cltv_expiry
        )
        for htlc in sorted(standing, key=lambda htlc: htlc.id)
    ]


def _read_outputs(
    channel: Channel, transaction: Transaction, keys: CommitmentKeys, *, holder: Side, htlcs: list[PublishedHtlc]
) -> tuple[PublishedOutput, ...]:
    """Twins (same script, same amount) are told apart by their ids, as when the commitment was built."""
    balance = holder_balance_script(channel, keys, holder)
    candidates = [(htlc, _htlc_script(channel, keys, htlc, holder)) for htlc in htlcs]
    found = list(_our_balance(channel, transaction)) if holder is Side.REMOTE else []
    for index, output in enumerate(transaction.outputs):
        if output.script_pubkey == scripts.p2wsh(balance):
            found.append(PublishedOutput(index=index, amount_sat=output.amount_sat, role=Role.HOLDER_BALANCE, witness_script=balance))
            continue
        for candidate in candidates:
            htlc, script = candidate
            if output.script_pubkey == scripts.p2wsh(script) and output.amount_sat == htlc.amount_msat // MSAT_PER_SAT:
                found.append(PublishedOutput(index=index, amount_sat=output.amount_sat, role=Role.HTLC, witness_script=script, htlc=htlc))
                candidates.remove(candidate)
                break
    return tuple(sorted(found, key=lambda one: one.index))


def _our_balance(channel: Channel, transaction: Transaction) -> tuple[PublishedOutput, ...]:
    """Our balance in the peer's commitment: its key never changes, so it is found in any of them."""
    point = channel.terms.local.basepoints.payment_basepoint
    script = scripts.to_remote_script(point) if channel.terms.channel_type.has_anchors else b""
    pays = scripts.p2wsh(script) if script else scripts.p2wpkh(point)
    return tuple(
        PublishedOutput(index=index, amount_sat=output.amount_sat, role=Role.COUNTERPARTY_BALANCE, witness_script=script)
        for index, output in enumerate(transaction.outputs)
        if output.script_pubkey == pays
    )


def _htlc_script(channel: Channel, keys: CommitmentKeys, htlc: PublishedHtlc, holder: Side) -> bytes:
    has_anchors = channel.terms.channel_type.has_anchors
    if htlc.owner is holder:
        return scripts.offered_htlc_script(
            revocation_pubkey=keys.revocation_pubkey,
            counterparty_htlc_pubkey=keys.counterparty_htlc_pubkey,
            holder_htlc_pubkey=keys.holder_htlc_pubkey,
            payment_hash=htlc.payment_hash,
            has_anchors=has_anchors,
        )
    return scripts.received_htlc_script(
        revocation_pubkey=keys.revocation_pubkey,
        counterparty_htlc_pubkey=keys.counterparty_htlc_pubkey,
        holder_htlc_pubkey=keys.holder_htlc_pubkey,
        payment_hash=htlc.payment_hash,
        cltv_expiry=htlc.cltv_expiry,
        has_anchors=has_anchors,
    )
