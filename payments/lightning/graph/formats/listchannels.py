"""
Core Lightning's `listchannels` as JSON: one entry a direction, names of nodes in none of them.

Amounts stand in it as numbers or, in older versions, as text with the unit: "1000msat". Channels that are not public are left aside:
nobody else can be routed over them.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
from msgspec import Struct, field

from payments.lightning.graph.arrays import DISABLED, POLICY_KNOWN, UNKNOWN, Pieces
from payments.lightning.graph.assembly import ChannelColumns, PolicyColumns
from payments.lightning.graph.formats.columns import MapFormat, SaidMap, keys_of, no_nodes, numbers_of, seconds_of
from payments.lightning.graph.formats.json_text import decode_json
from payments.lightning.ids import parse_scid
from payments.lightning.units import MSAT_PER_SAT

_UNIT = "msat"
_NO_ID = -1
"""In place of a short channel id that is none: no map takes it."""

Amount = int | str | None


class _Half(Struct, kw_only=True, gc=False):
    source: str
    destination: str
    short_channel_id: str
    fee_base_msat: int = field(name="base_fee_millisatoshi")
    fee_ppm: int = field(name="fee_per_millionth")
    delay_blocks: int = field(name="delay")
    active: bool = True
    public: bool = True
    satoshis: Amount = None
    amount_msat: Amount = None
    htlc_minimum_msat: Amount = None
    htlc_maximum_msat: Amount = None
    last_update: int = 0
    features: str = ""


class _Channels(Struct, kw_only=True, gc=False):
    channels: list[_Half]


class _Channel(Struct):
    """Both directions of one id, as far as they name the same two nodes."""

    first: _Half
    back: _Half | None = None


def read_listchannels(data: bytes) -> SaidMap:
    """
    A map from what `lightning-cli listchannels` printed.

    raises    MapTruncated, MapUnreadable
    """
    halves = decode_json(data, _Channels, source_format=MapFormat.LISTCHANNELS).channels
    channels, stray = _paired([half for half in halves if half.public])
    both = [half for channel in channels for half in (channel.first, channel.back)]
    return SaidMap(
        source_format=MapFormat.LISTCHANNELS,
        nodes=no_nodes(),
        channels=_columns(channels),
        policies=_policies(both),
        stray_policies=stray,
    )


def _paired(halves: list[_Half]) -> tuple[list[_Channel], int]:
    """The channels of these directions, and how many directions belong to another pair of nodes than the first with their id."""
    channels: dict[str, _Channel] = {}
    stray = 0
    for half in halves:
        channel = channels.setdefault(half.short_channel_id, _Channel(half))
        first = channel.first
        if (half.source, half.destination) == (first.source, first.destination):
            channel.first = half
        elif (half.destination, half.source) == (first.source, first.destination):
            channel.back = half
        else:
            stray += 1
    return list(channels.values()), stray


def _columns(channels: list[_Channel]) -> ChannelColumns:
    firsts = [channel.first for channel in channels]
    return ChannelColumns(
        short_channel_ids=numbers_of([_scid(half.short_channel_id) for half in firsts]),
        capacity_sat=numbers_of([_capacity_sat(half) for half in firsts]),
        keys=keys_of(list(chain.from_iterable((half.source, half.destination) for half in firsts))).reshape(-1, 2, 33),
        features=Pieces.of(_features(half.features) for half in firsts),
    )


def _policies(halves: list[_Half | None]) -> PolicyColumns:
    return PolicyColumns(
        fee_base_msat=numbers_of([0 if half is None else half.fee_base_msat for half in halves]),
        fee_ppm=numbers_of([0 if half is None else half.fee_ppm for half in halves]),
        htlc_minimum_msat=numbers_of([0 if half is None else _msat(half.htlc_minimum_msat, unsaid_msat=0) for half in halves]),
        htlc_maximum_msat=numbers_of([0 if half is None else _msat(half.htlc_maximum_msat, unsaid_msat=UNKNOWN) for half in halves]),
        cltv_expiry_delta=numbers_of([0 if half is None else half.delay_blocks for half in halves]),
        flags=np.array([0 if half is None else POLICY_KNOWN | (0 if half.active else DISABLED) for half in halves], np.uint8),
        timestamp_s=seconds_of([0 if half is None else half.last_update for half in halves]),
    )


def _msat(amount: Amount, *, unsaid_msat: int) -> int:
    """An amount, whichever way it is written; -2, which no field holds, when it is none."""
    if amount is None:
        return unsaid_msat
    if isinstance(amount, int):
        return amount
    digits = amount.removesuffix(_UNIT)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else -2


def _capacity_sat(half: _Half) -> int:
    if half.amount_msat is not None:
        return _msat(half.amount_msat, unsaid_msat=UNKNOWN) // MSAT_PER_SAT
    return _msat(half.satoshis, unsaid_msat=UNKNOWN)


def _scid(text: str) -> int:
    try:
        return parse_scid(text)
    except ValueError:
        return _NO_ID


def _features(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
