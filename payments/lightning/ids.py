"""
The names of things: each is plain bytes (or an int) with a type of its own, so that no hash can stand where a key should.

Lengths are checked where bytes enter (parsers), not here: a NewType costs nothing at run time.
"""

from __future__ import annotations

import re
from typing import NewType

NodeId = NewType("NodeId", bytes)
"""A node's public key: 33 bytes, compressed secp256k1 point."""
ChannelId = NewType("ChannelId", bytes)
"""32 bytes: funding txid with its last two bytes XORed with the output index. BOLT 2, Definition of `channel_id`"""
PaymentHash = NewType("PaymentHash", bytes)
"""32 bytes: SHA-256 of the preimage."""
PaymentPreimage = NewType("PaymentPreimage", bytes)
"""32 bytes: whoever shows it has been paid."""
PaymentSecret = NewType("PaymentSecret", bytes)
"""32 bytes: known to payer and payee only, so that no hop can probe or underpay."""
PaymentId = NewType("PaymentId", bytes)
"""32 bytes chosen by the caller: one intention to pay, for ever."""
ShortChannelId = NewType("ShortChannelId", int)
"""64 bits: block height << 40 | transaction index << 16 | output index. BOLT 7, Definition of `short_channel_id`"""
UNCONFIRMED = ShortChannelId(0)
"""Of a channel whose funding is in no block yet."""

_SCID_TEXT = re.compile(r"([0-9]{1,8})x([0-9]{1,8})x([0-9]{1,5})", re.ASCII)


def make_scid(block: int, transaction: int, output: int) -> ShortChannelId:
    """The short channel id of an output's place in the chain; ValueError when a part does not fit."""
    if not (0 <= block < 1 << 24 and 0 <= transaction < 1 << 24 and 0 <= output < 1 << 16):
        raise ValueError(f"no such place in a chain: {block}x{transaction}x{output}")
    return ShortChannelId(block << 40 | transaction << 16 | output)


def block_of_scid(scid: ShortChannelId) -> int:
    """
    The height of the block that holds the funding.

    >>> block_of_scid(ShortChannelId(592931436542885889))
    539268
    """
    return scid >> 40


def format_scid(scid: ShortChannelId) -> str:
    """
    The way people write it.

    >>> format_scid(ShortChannelId(592931436542885889))
    '539268x845x1'
    """
    return f"{scid >> 40}x{scid >> 16 & 0xFFFFFF}x{scid & 0xFFFF}"


def parse_scid(text: str) -> ShortChannelId:
    """The reverse of `format_scid`; ValueError when it is not one."""
    match = _SCID_TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"not a short channel id: {text[:40]!r}")
    block, transaction, output = (int(part) for part in match.groups())
    return make_scid(block, transaction, output)
