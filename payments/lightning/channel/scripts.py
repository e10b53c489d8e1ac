"""
The scripts of BOLT 3, each as bytes: who may take an output, and when.

They are written as concatenations of opcodes in the order of the specification, so that the two can be read side by side. "holder" is
whoever can publish the commitment that carries the script, "counterparty" is the other. Keys are points[33].
Scripts must match the peer's byte for byte: a single different byte makes every signature invalid.

BOLT 3, Transactions
"""

from __future__ import annotations

from functools import lru_cache

from payments.lightning.crypto.hashes import hash160, ripemd160, sha256

_OP_0 = b"\x00"
_OP_1 = b"\x51"
_OP_2 = b"\x52"
_OP_16 = b"\x60"
_OP_IF = b"\x63"
_OP_NOTIF = b"\x64"
_OP_ELSE = b"\x67"
_OP_ENDIF = b"\x68"
_OP_DROP = b"\x75"
_OP_DUP = b"\x76"
_OP_SWAP = b"\x7c"
_OP_SIZE = b"\x82"
_OP_EQUAL = b"\x87"
_OP_EQUALVERIFY = b"\x88"
_OP_HASH160 = b"\xa9"
_OP_CHECKSIG = b"\xac"
_OP_CHECKSIGVERIFY = b"\xad"
_OP_CHECKMULTISIG = b"\xae"
_OP_IFDUP = b"\x73"
_OP_CHECKLOCKTIMEVERIFY = b"\xb1"
_OP_CHECKSEQUENCEVERIFY = b"\xb2"

_PUSH_20 = b"\x14"
_PUSH_32 = b"\x20"
_PUSH_33 = b"\x21"
_NUMBER_32 = b"\x01\x20"

_AFTER_ONE_BLOCK = _OP_1 + _OP_CHECKSEQUENCEVERIFY + _OP_DROP


def push_number(number: int) -> bytes:
    """
    A non-negative number as a script pushes it in the fewest bytes.

    >>> push_number(16).hex(), push_number(17).hex(), push_number(144).hex()
    ('60', '0111', '029000')
    """
    if number == 0:
        return _OP_0
    if number <= 16:
        return bytes([_OP_1[0] - 1 + number])
    encoded = number.to_bytes(number.bit_length() // 8 + 1, "little")
    return bytes([len(encoded)]) + encoded


def p2wsh(script: bytes) -> bytes:
    """The output script[34] that pays to a witness script."""
    return _OP_0 + _PUSH_32 + sha256(script)


def p2wpkh(public_key: bytes) -> bytes:
    """The output script[22] that pays to a key."""
    return _OP_0 + _PUSH_20 + hash160(public_key)


@lru_cache(1 << 12)
def funding_script(first_pubkey: bytes, second_pubkey: bytes) -> bytes:
    """
    The witness script of a channel's funding output: both must sign. The order of the two keys does not matter.

    BOLT 3, Funding Transaction Output
    """
    lesser, greater = sorted((first_pubkey, second_pubkey))
    return _OP_2 + _PUSH_33 + lesser + _PUSH_33 + greater + _OP_2 + _OP_CHECKMULTISIG


def funding_output_script(first_pubkey: bytes, second_pubkey: bytes) -> bytes:
    """The output script[34] of a channel's funding output."""
    return p2wsh(funding_script(first_pubkey, second_pubkey))


def to_local_script(*, revocation_pubkey: bytes, to_self_delay_blocks: int, delayed_pubkey: bytes) -> bytes:
    """
    The holder's own money: the holder after a delay, or at once whoever has the revocation key. HTLC transactions pay here too.

    BOLT 3, `to_local` Output
    """
    return (
        _OP_IF + _PUSH_33 + revocation_pubkey
        + _OP_ELSE + push_number(to_self_delay_blocks) + _OP_CHECKSEQUENCEVERIFY + _OP_DROP + _PUSH_33 + delayed_pubkey
        + _OP_ENDIF + _OP_CHECKSIG
    )  # fmt: skip


def to_remote_script(payment_pubkey: bytes) -> bytes:
    """
    The counterparty's money where there are anchors: its key, one block after confirmation.

    BOLT 3, `to_remote` Output
    """
    return _PUSH_33 + payment_pubkey + _OP_CHECKSIGVERIFY + _OP_1 + _OP_CHECKSEQUENCEVERIFY


def anchor_script(funding_pubkey: bytes) -> bytes:
    """
    An output for adding a fee: its owner at once, anybody after 16 blocks so that it does not stay in the chain's books.

    BOLT 3, `to_local_anchor` and `to_remote_anchor` Output (option_anchors)
    """
    return (
        _PUSH_33 + funding_pubkey + _OP_CHECKSIG + _OP_IFDUP
        + _OP_NOTIF + _OP_16 + _OP_CHECKSEQUENCEVERIFY + _OP_ENDIF
    )  # fmt: skip


def offered_htlc_script(
    *, revocation_pubkey: bytes, counterparty_htlc_pubkey: bytes, holder_htlc_pubkey: bytes, payment_hash: bytes, has_anchors: bool
) -> bytes:
    """
    What the holder offered: the counterparty with the preimage, both after the timeout, or whoever has the revocation key.

    BOLT 3, Offered HTLC Outputs
    """
    return (
        _htlc_head(revocation_pubkey, counterparty_htlc_pubkey)
        + _OP_NOTIF + _OP_DROP + _OP_2 + _OP_SWAP + _PUSH_33 + holder_htlc_pubkey + _OP_2 + _OP_CHECKMULTISIG
        + _OP_ELSE + _OP_HASH160 + _PUSH_20 + ripemd160(payment_hash) + _OP_EQUALVERIFY + _OP_CHECKSIG
        + _htlc_tail(has_anchors=has_anchors)
    )  # fmt: skip


def received_htlc_script(
    *,
    revocation_pubkey: bytes,
    counterparty_htlc_pubkey: bytes,
    holder_htlc_pubkey: bytes,
    payment_hash: bytes,
    cltv_expiry: int,
    has_anchors: bool,
) -> bytes:
    """
    What the counterparty offered: both with the preimage, the counterparty after the timeout, or whoever has the revocation key.

    BOLT 3, Received HTLC Outputs
    """
    return (
        _htlc_head(revocation_pubkey, counterparty_htlc_pubkey)
        + _OP_IF + _OP_HASH160 + _PUSH_20 + ripemd160(payment_hash) + _OP_EQUALVERIFY
        + _OP_2 + _OP_SWAP + _PUSH_33 + holder_htlc_pubkey + _OP_2 + _OP_CHECKMULTISIG
        + _OP_ELSE + _OP_DROP + push_number(cltv_expiry) + _OP_CHECKLOCKTIMEVERIFY + _OP_DROP + _OP_CHECKSIG
        + _htlc_tail(has_anchors=has_anchors)
    )  # fmt: skip


def _htlc_head(revocation_pubkey: bytes, counterparty_htlc_pubkey: bytes) -> bytes:
    """How both kinds begin: the revocation key, or else look whether a preimage of 32 bytes is on the stack."""
    return (
        _OP_DUP + _OP_HASH160 + _PUSH_20 + hash160(revocation_pubkey) + _OP_EQUAL
        + _OP_IF + _OP_CHECKSIG
        + _OP_ELSE + _PUSH_33 + counterparty_htlc_pubkey + _OP_SWAP + _OP_SIZE + _NUMBER_32 + _OP_EQUAL
    )  # fmt: skip


def _htlc_tail(*, has_anchors: bool) -> bytes:
    """How both kinds end: with anchors every path but revocation waits a block, so that nobody can pin the parent."""
    return _OP_ENDIF + (_AFTER_ONE_BLOCK if has_anchors else b"") + _OP_ENDIF
