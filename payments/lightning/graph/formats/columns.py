"""
What every reader of a foreign map needs: texts and numbers of strangers as columns, whatever they hold.

A value that cannot be right becomes one that `graph.assembly` leaves out and counts; nothing here refuses a file for one line in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from msgspec import Struct

from payments.lightning.graph.arrays import Bytes, Numbers, Pieces, Seconds
from payments.lightning.graph.assembly import KEY_BYTES, ChannelColumns, NodeColumns, PolicyColumns

_NO_KEY = "00" * KEY_BYTES
_NO_COLOR = "000000"
_INT64 = np.iinfo(np.int64)
_UINT32 = np.iinfo(np.uint32)
_MAX_ALIAS_BYTES = 96
"""An alias[32] in which every byte became a replacement character of three."""


class MapFormat(StrEnum):
    """Who wrote a file, and in which form."""

    DESCRIBEGRAPH = "describegraph"
    LISTCHANNELS = "listchannels"
    RAPID_GOSSIP_SYNC = "rapid_gossip_sync"


class SaidMap(Struct, frozen=True, kw_only=True, eq=False):
    """A foreign file, read and not yet judged."""

    source_format: MapFormat
    nodes: NodeColumns
    channels: ChannelColumns
    policies: PolicyColumns
    chain_hash: bytes | None = None
    """[32]; None: the file does not say."""
    stray_policies: int = 0
    """Directions of channels that the file does not announce."""


def keys_of(texts: list[str]) -> Bytes:
    """Keys[33] in hex as rows [k, 33]; what is no key becomes zeros, which no map takes."""
    joined = "".join(text if len(text) == len(_NO_KEY) else _NO_KEY for text in texts)
    try:
        data = bytes.fromhex(joined)
    except ValueError:
        data = b"".join(map(_key_of, texts))
    # `fromhex` passes over blanks, so a key may have been shorter than it looked.
    if len(data) != KEY_BYTES * len(texts):
        data = b"".join(map(_key_of, texts))
    return np.frombuffer(data, np.uint8).reshape(-1, KEY_BYTES)


def _key_of(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return bytes(KEY_BYTES)
    return key if len(key) == KEY_BYTES else bytes(KEY_BYTES)


def colors_of(texts: list[str]) -> Bytes:
    """'#rrggbb' as rows [k, 3]; black where it is none."""
    rows = (text[1:] if len(text) == 7 and text[1:].isalnum() and text.isascii() else _NO_COLOR for text in texts)
    return np.frombuffer(b"".join(map(_color_of, rows)), np.uint8).reshape(-1, 3)


def _color_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return bytes(3)


def aliases_of(texts: Iterable[str]) -> Pieces:
    """Names as UTF-8, no longer than an alias[32] can become."""
    return Pieces.of(text.encode(errors="replace")[:_MAX_ALIAS_BYTES] for text in texts)


def numbers_of(values: list[int]) -> Numbers:
    """Whole numbers of any size; the largest and the smallest are what 64 bits hold."""
    try:
        return np.array(values, np.int64)
    except OverflowError:
        return np.array([max(_INT64.min, min(value, _INT64.max)) for value in values], np.int64)


def seconds_of(values: list[int]) -> Seconds:
    """Times as BOLT 7 has them, in 32 bits."""
    return np.clip(numbers_of(values), 0, _UINT32.max).astype(np.uint32)


def no_nodes() -> NodeColumns:
    """Where a file says nothing about nodes."""
    return NodeColumns(
        keys=np.zeros((0, KEY_BYTES), np.uint8),
        aliases=Pieces.empty(0),
        colors=np.zeros((0, 3), np.uint8),
        features=Pieces.empty(0),
        timestamp_s=np.zeros(0, np.uint32),
    )
