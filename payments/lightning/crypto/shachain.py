"""
Per-commitment secrets: 2^48 of them from one seed, and a receipt book for the peer's that never holds more than 49.

The secrets are leaves of a binary tree that is walked from the seed by flipping a bit and hashing. An inner node gives every leaf
below it and nothing else, so revealing the leaves in descending index order lets the other side keep one node per finished subtree.
A secret must never be revealed before its commitment transaction is replaced: this module cannot know, the channel must.

BOLT 3, Per-commitment Secret Requirements
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from payments.lightning.crypto.errors import SecretDoesNotFit
from payments.lightning.crypto.hashes import sha256

LAST_INDEX = (1 << 48) - 1
"""Index of the first secret that is used: indices count down while commitment numbers count up."""

_CACHED_BITS = 8
"""Leaves that share all but this many low bits share the node above them: neighbours then cost some hashes instead of 48."""


def _derive(node: bytes, index: int, bits: int) -> bytes:
    """The secret of `index` from an ancestor that has not decided the lowest `bits` bits yet."""
    for bit in range(bits - 1, -1, -1):
        if index >> bit & 1:
            flipped = bytearray(node)
            flipped[bit >> 3] ^= 1 << (bit & 7)
            node = sha256(bytes(flipped))
    return node


@lru_cache(1 << 10)
def _branch(seed: bytes, prefix: int) -> bytes:
    return _derive(seed, prefix << _CACHED_BITS, 48)


@lru_cache(1 << 13)
def per_commitment_secret(seed: bytes, commitment_number: int) -> bytes:
    """
    The secret[32] that revokes one commitment transaction, from the channel's seed[32].

    BOLT 3, Per-commitment Secret Requirements
    """
    if not 0 <= commitment_number <= LAST_INDEX:
        raise ValueError(f"no such commitment number: {commitment_number}")
    index = LAST_INDEX - commitment_number
    return _derive(_branch(seed, index >> _CACHED_BITS), index, _CACHED_BITS)


def _bucket(index: int) -> int:
    """How many trailing zero bits an index has: its secret gives the 2^bucket secrets from this index on."""
    return (index & -index).bit_length() - 1 if index else 48


class SecretStore(msgspec.Struct, frozen=True):
    """
    Every secret that the peer has revealed, in at most 49 entries: (index, secret[32]) by bucket.

    BOLT 3, Efficient Per-commitment Secret Storage
    """

    known: tuple[tuple[int, bytes], ...] = ()

    @property
    def next_commitment_number(self) -> int:
        """The commitment number whose secret is revealed next: how many are known."""
        return LAST_INDEX - min((index for index, _ in self.known), default=LAST_INDEX + 1) + 1

    def insert(self, commitment_number: int, secret: bytes) -> SecretStore:
        """
        The store with one more secret[32]; they come in the order of commitment numbers, without a gap (else ValueError).

        Raises SecretDoesNotFit when the secrets known so far do not follow from it: the peer has made them up.
        """
        if commitment_number != self.next_commitment_number:
            raise ValueError(f"secret {commitment_number} out of order, expected {self.next_commitment_number}")
        index = LAST_INDEX - commitment_number
        bucket = _bucket(index)
        for known_index, known_secret in self.known[:bucket]:
            if _derive(secret, known_index, bucket) != known_secret:
                raise SecretDoesNotFit(commitment_number=commitment_number)
        return SecretStore(known=(*self.known[:bucket], (index, secret), *self.known[bucket + 1 :]))

    def secret(self, commitment_number: int) -> bytes | None:
        """The secret[32] of a revoked commitment, or None when it has not been revealed."""
        index = LAST_INDEX - commitment_number
        for bucket, (known_index, known_secret) in enumerate(self.known):
            if known_index >> bucket == index >> bucket:
                return _derive(known_secret, index, bucket)
        return None
