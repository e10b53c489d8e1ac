"""
The keys of a channel: what each side derives from the basepoints it exchanged once and a point that changes with every commitment.

A key of its own for every commitment makes an old one useless to whoever finds it, and lets one side hand over the power to punish
(the per-commitment secret) for exactly one transaction. The same derivation is asked for several times in the life of one payment,
so it is cached by its bytes. A ChannelSecrets must never be logged: its repr shows nothing.

BOLT 3, Key Derivation
"""

from __future__ import annotations

import hmac
from functools import cached_property, lru_cache

import msgspec

from payments.lightning.crypto import secp256k1, shachain
from payments.lightning.crypto.hashes import sha256

_CACHE = 1 << 13


@lru_cache(_CACHE)
def derive_public_key(basepoint: bytes, per_commitment_point: bytes) -> bytes:
    """
    The key[33] that belongs to a basepoint[33] in the commitment of this point[33].

    BOLT 3, `localpubkey`, `local_htlcpubkey`, `remote_htlcpubkey`, `local_delayedpubkey`, and `remote_delayedpubkey` Derivation
    """
    return secp256k1.add_to_point(basepoint, sha256(per_commitment_point + basepoint))


@lru_cache(_CACHE)
def derive_private_key(basepoint_secret: bytes, per_commitment_point: bytes) -> bytes:
    """The private key[32] of `derive_public_key`, known to the owner of the basepoint."""
    basepoint = secp256k1.public_key(basepoint_secret)
    return secp256k1.add_scalars(basepoint_secret, sha256(per_commitment_point + basepoint))


@lru_cache(_CACHE)
def derive_revocation_public_key(revocation_basepoint: bytes, per_commitment_point: bytes) -> bytes:
    """
    The key[33] that may take everything once a commitment is revoked: of one side's basepoint[33] and the other's point[33].

    BOLT 3, `revocationpubkey` Derivation
    """
    return secp256k1.add_points(
        secp256k1.multiply_point(revocation_basepoint, sha256(revocation_basepoint + per_commitment_point)),
        secp256k1.multiply_point(per_commitment_point, sha256(per_commitment_point + revocation_basepoint)),
    )


def derive_revocation_private_key(revocation_basepoint_secret: bytes, per_commitment_secret: bytes) -> bytes:
    """The private key[32] of `derive_revocation_public_key`: it takes a secret of both sides, so nobody knows it before revocation."""
    basepoint = secp256k1.public_key(revocation_basepoint_secret)
    point = secp256k1.public_key(per_commitment_secret)
    return secp256k1.add_scalars(
        secp256k1.multiply_scalars(revocation_basepoint_secret, sha256(basepoint + point)),
        secp256k1.multiply_scalars(per_commitment_secret, sha256(point + basepoint)),
    )


class Basepoints(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one side tells the other about its keys when a channel opens: five points[33].

    BOLT 2, The `open_channel` Message
    """

    funding_pubkey: bytes
    revocation_basepoint: bytes
    payment_basepoint: bytes
    delayed_payment_basepoint: bytes
    htlc_basepoint: bytes


class CommitmentKeys(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Every key[33] of one commitment transaction, seen from its holder; each is derived when it is first asked for."""

    holder: Basepoints
    counterparty: Basepoints
    per_commitment_point: bytes

    @staticmethod
    def derive(holder: Basepoints, counterparty: Basepoints, per_commitment_point: bytes) -> CommitmentKeys:
        """The keys of the holder's commitment with this point[33]."""
        return _commitment_keys(holder, counterparty, per_commitment_point)

    @cached_property
    def holder_htlc_pubkey(self) -> bytes:
        """With which the holder takes an HTLC on."""
        return derive_public_key(self.holder.htlc_basepoint, self.per_commitment_point)

    @cached_property
    def counterparty_htlc_pubkey(self) -> bytes:
        """With which the counterparty takes an HTLC on."""
        return derive_public_key(self.counterparty.htlc_basepoint, self.per_commitment_point)

    @cached_property
    def holder_delayed_pubkey(self) -> bytes:
        """With which the holder spends its own money after waiting."""
        return derive_public_key(self.holder.delayed_payment_basepoint, self.per_commitment_point)

    @cached_property
    def revocation_pubkey(self) -> bytes:
        """With which the counterparty takes everything once the commitment is revoked."""
        return derive_revocation_public_key(self.counterparty.revocation_basepoint, self.per_commitment_point)

    @property
    def counterparty_payment_pubkey(self) -> bytes:
        """To which the counterparty's balance is paid: the same in every commitment."""
        return self.counterparty.payment_basepoint

    @property
    def holder_funding_pubkey(self) -> bytes:
        """The holder's half of the funding."""
        return self.holder.funding_pubkey

    @property
    def counterparty_funding_pubkey(self) -> bytes:
        """The counterparty's half of the funding."""
        return self.counterparty.funding_pubkey


@lru_cache(_CACHE)
def _commitment_keys(holder: Basepoints, counterparty: Basepoints, per_commitment_point: bytes) -> CommitmentKeys:
    return CommitmentKeys(holder=holder, counterparty=counterparty, per_commitment_point=per_commitment_point)


class ChannelSecrets(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that one side must keep secret about one channel: five private keys[32] and the seed[32] of its commitments."""

    funding_private_key: bytes
    revocation_basepoint_secret: bytes
    payment_basepoint_secret: bytes
    delayed_payment_basepoint_secret: bytes
    htlc_basepoint_secret: bytes
    per_commitment_seed: bytes

    @staticmethod
    def derive(node_seed: bytes, channel_key_index: int) -> ChannelSecrets:
        """The secrets of a node's channel number so-and-so: the same seed[32] and number give the same ones for ever."""
        names = ChannelSecrets.__struct_fields__
        return ChannelSecrets(**{name: _derive_scalar(node_seed, channel_key_index, purpose=name) for name in names})

    @cached_property
    def basepoints(self) -> Basepoints:
        """The points that the counterparty is told."""
        return Basepoints(
            funding_pubkey=secp256k1.public_key(self.funding_private_key),
            revocation_basepoint=secp256k1.public_key(self.revocation_basepoint_secret),
            payment_basepoint=secp256k1.public_key(self.payment_basepoint_secret),
            delayed_payment_basepoint=secp256k1.public_key(self.delayed_payment_basepoint_secret),
            htlc_basepoint=secp256k1.public_key(self.htlc_basepoint_secret),
        )

    @cached_property
    def destination_private_key(self) -> bytes:
        """The key[32] of the wallet output to which everything from this channel goes when it is closed."""
        return hmac.digest(self.payment_basepoint_secret, b"lnweb/destination", "sha256")

    def per_commitment_secret(self, commitment_number: int) -> bytes:
        """The secret[32] that revokes our commitment of this number. Must not leave the node before it is replaced."""
        return shachain.per_commitment_secret(self.per_commitment_seed, commitment_number)

    def per_commitment_point(self, commitment_number: int) -> bytes:
        """The point[33] of that secret, which the counterparty needs to build our commitment of this number."""
        return _per_commitment_point(self.per_commitment_seed, commitment_number)

    def __repr__(self) -> str:
        return f"ChannelSecrets(of {self.basepoints.funding_pubkey.hex()})"


@lru_cache(_CACHE)
def _per_commitment_point(seed: bytes, commitment_number: int) -> bytes:
    return secp256k1.public_key(shachain.per_commitment_secret(seed, commitment_number))


def _derive_scalar(node_seed: bytes, channel_key_index: int, *, purpose: str) -> bytes:
    """A private key[32] for one purpose; the counter only moves in the one case of 2^128 where a hash is not a key."""
    counter = 0
    while True:
        message = b"lnweb/channel/%d/%s/%d" % (channel_key_index, purpose.encode(), counter)
        candidate = hmac.digest(node_seed, message, "sha256")
        if secp256k1.is_private_key(candidate):
            return candidate
        counter += 1
