"""
On-chain addresses that an invoice names for the case that Lightning fails.

Money sent to a wrongly written address is gone, so nothing is rendered that is not exactly one of the known forms: version 0 in bech32,
versions 1 to 16 in bech32m, hashes in base58. A form that is not known is skipped, as BOLT 11 asks; it does not spoil the invoice.
"""

from __future__ import annotations

import msgspec

from payments.lightning.crypto.bech32 import Checksum, bytes_to_words, encode, words_to_bytes
from payments.lightning.invoice.base58 import encode_check
from payments.lightning.invoice.network import Network

P2PKH_VERSION = 17
P2SH_VERSION = 18
_LAST_WITNESS_VERSION = 16
_HASH_BYTES = 20
_WITNESS_V0_BYTES = (20, 32)


class Fallback(msgspec.Struct, frozen=True, kw_only=True):
    """
    An output that the payee would also accept.

    version   0..16: witness version; 17: `program` is a public key's hash[20]; 18: it is a script's hash[20]
    program   2 to 40 bytes; 20 or 32 for version 0

    BOLT 11, Tagged Fields
    """

    version: int
    program: bytes

    def address(self, network: Network) -> str:
        """
        The address as every wallet reads it.

        >>> Fallback(version=0, program=bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")).address(Network.MAINNET)
        'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'
        """
        if self.version >= P2PKH_VERSION:
            version_byte = network.base58_versions[self.version - P2PKH_VERSION]
            return encode_check(bytes((version_byte,)) + self.program)
        checksum = Checksum.BECH32M if self.version else Checksum.BECH32
        return encode(network.segwit_prefix, bytes((self.version,)) + bytes_to_words(self.program), checksum=checksum)


def read_fallback(words: bytes) -> Fallback | None:
    """The output that an `f` field (at least one word) names, or None when its form is not known."""
    fallback = Fallback(version=words[0], program=words_to_bytes(words[1:]))
    return fallback if is_known(fallback) else None


def write_fallback(fallback: Fallback) -> bytes:
    """The field's words. ValueError when nobody could pay to it."""
    if not is_known(fallback):
        raise ValueError(f"no such address: version {fallback.version}, {len(fallback.program)} bytes")
    return bytes((fallback.version,)) + bytes_to_words(fallback.program)


def is_known(fallback: Fallback) -> bool:
    """Whether the version is known and the program has a length that it may have. BIP 141, Witness program"""
    length = len(fallback.program)
    if fallback.version == 0:
        return length in _WITNESS_V0_BYTES
    if fallback.version <= _LAST_WITNESS_VERSION:
        return 2 <= length <= 40
    return fallback.version <= P2SH_VERSION and length == _HASH_BYTES
