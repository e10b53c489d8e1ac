"""
LND's `lncli describegraph` as JSON: nodes with names, and one edge a channel with both policies.

64-bit numbers stand in it as text or as numbers. Fields that we do not know are passed over.
"""

from __future__ import annotations

from itertools import chain

import msgspec
import numpy as np
from msgspec import Struct, field

from payments.lightning.graph.arrays import DISABLED, POLICY_KNOWN, UNKNOWN, Pieces
from payments.lightning.graph.assembly import ChannelColumns, NodeColumns, PolicyColumns
from payments.lightning.graph.formats.columns import (
    MapFormat,
    SaidMap,
    aliases_of,
    colors_of,
    keys_of,
    numbers_of,
    seconds_of,
)
from payments.lightning.graph.formats.json_text import decode_json
from payments.lightning.wire.features import Features

_MAX_FEATURE_BIT = 8 * 0xFFFF
"""The highest that a feature vector of the wire, two bytes of length before it, can hold."""


class _Node(Struct, kw_only=True, gc=False):
    pub_key: str
    alias: str = ""
    color: str = ""
    last_update: int = 0
    features: dict[str, msgspec.Raw] = field(default_factory=dict)


class _Policy(Struct, kw_only=True, gc=False):
    time_lock_delta_blocks: int = field(name="time_lock_delta", default=0)
    min_htlc: int = 0
    fee_base_msat: int = 0
    fee_rate_milli_msat: int = 0
    max_htlc_msat: int = UNKNOWN
    disabled: bool = False
    last_update: int = 0


class _Edge(Struct, kw_only=True, gc=False):
    channel_id: int
    node1_pub: str
    node2_pub: str
    capacity_sat: int = field(name="capacity", default=UNKNOWN)
    node1_policy: _Policy | None = None
    node2_policy: _Policy | None = None


class _Graph(Struct, kw_only=True, gc=False):
    edges: list[_Edge]
    nodes: list[_Node] = field(default_factory=list)


_NOTHING = _Policy()


def read_describegraph(data: bytes) -> SaidMap:
    """
    A map from what `lncli describegraph` printed.

    raises    MapTruncated, MapUnreadable
    """
    graph = decode_json(data, _Graph, source_format=MapFormat.DESCRIBEGRAPH)
    return SaidMap(
        source_format=MapFormat.DESCRIBEGRAPH,
        nodes=_nodes(graph.nodes),
        channels=_channels(graph.edges),
        policies=_policies([policy for edge in graph.edges for policy in (edge.node1_policy, edge.node2_policy)]),
    )


def _nodes(nodes: list[_Node]) -> NodeColumns:
    return NodeColumns(
        keys=keys_of([node.pub_key for node in nodes]),
        aliases=aliases_of(node.alias for node in nodes),
        colors=colors_of([node.color for node in nodes]),
        features=Pieces.of(_features(node.features) for node in nodes),
        timestamp_s=seconds_of([node.last_update for node in nodes]),
    )


def _features(by_bit: dict[str, msgspec.Raw]) -> bytes:
    numbers = [int(bit) for bit in by_bit if bit.isascii() and bit.isdigit() and len(bit) <= 6]
    return Features(sum(1 << number for number in set(numbers) if number < _MAX_FEATURE_BIT)).encode()


def _channels(edges: list[_Edge]) -> ChannelColumns:
    return ChannelColumns(
        short_channel_ids=numbers_of([edge.channel_id for edge in edges]),
        capacity_sat=numbers_of([edge.capacity_sat for edge in edges]),
        keys=keys_of(list(chain.from_iterable((edge.node1_pub, edge.node2_pub) for edge in edges))).reshape(-1, 2, 33),
        features=Pieces.empty(len(edges)),
    )


def _policies(policies: list[_Policy | None]) -> PolicyColumns:
    said = [policy or _NOTHING for policy in policies]
    flags = [0 if policy is None else POLICY_KNOWN | (DISABLED if policy.disabled else 0) for policy in policies]
    return PolicyColumns(
        fee_base_msat=numbers_of([policy.fee_base_msat for policy in said]),
        fee_ppm=numbers_of([policy.fee_rate_milli_msat for policy in said]),
        htlc_minimum_msat=numbers_of([policy.min_htlc for policy in said]),
        htlc_maximum_msat=numbers_of([policy.max_htlc_msat for policy in said]),
        cltv_expiry_delta=numbers_of([policy.time_lock_delta_blocks for policy in said]),
        flags=np.array(flags, np.uint8),
        timestamp_s=seconds_of([policy.last_update for policy in said]),
    )
