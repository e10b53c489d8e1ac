"""
Test networks: drawn in ASCII in the test that needs one, and described here as data.

Names stand for nodes: `node("bob")` is always the same key, so that a failing test reads the same every time. Channels are given as
`channel("bob", "carol", fee_base_msat=...)` and numbered in the order in which they are given, unless they name a number.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import msgspec

from payments.lightning.crypto import secp256k1
from payments.lightning.graph.network import ChannelInfo, DirectedPolicy, NetworkGraph
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.routing.parameters import FirstHop, PaymentParameters, RouteParameters
from payments.lightning.wire.features import Features


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as a drawing has it: both directions ask the same, unless `one_way`."""

    left: str
    right: str
    capacity_sat: int = 1_000_000
    fee_base_msat: int = 1_000
    fee_proportional_millionths: int = 0
    cltv_expiry_delta: int = 40
    htlc_minimum_msat: int = 1
    htlc_maximum_msat: int | None = None
    is_disabled: bool = False
    one_way: bool = False
    features: Features = Features()
    number: int | None = None


def channel(left: str, right: str, **terms: object) -> Drawn:
    """A channel between two named nodes."""
    return msgspec.convert({"left": left, "right": right, **terms}, Drawn)


@lru_cache(None)
def key(name: str) -> bytes:
    """The private key of a named node."""
    return sha256(name.encode()).digest()


@lru_cache(None)
def node(name: str) -> NodeId:
    """The id of a named node."""
    return NodeId(secp256k1.public_key(key(name)))


def scid(number: int) -> ShortChannelId:
    """The id of the channel with this number."""
    return ShortChannelId(number << 40 | 1 << 16)


def network(*drawn: Drawn) -> NetworkGraph:
    """The map of these channels; the first is number 1."""
    graph = NetworkGraph()
    for index, line in enumerate(drawn, start=1):
        number = scid(line.number or index)
        node_one, node_two = sorted((node(line.left), node(line.right)))
        graph.add_channel(
            ChannelInfo(
                short_channel_id=number, node_one=node_one, node_two=node_two, capacity_sat=line.capacity_sat, features=line.features
            )
        )
        maximum_msat = line.capacity_sat * 1_000 if line.htlc_maximum_msat is None else line.htlc_maximum_msat
        policy = DirectedPolicy(
            fee_base_msat=line.fee_base_msat,
            fee_proportional_millionths=line.fee_proportional_millionths,
            cltv_expiry_delta=line.cltv_expiry_delta,
            htlc_minimum_msat=line.htlc_minimum_msat,
            htlc_maximum_msat=maximum_msat,
            is_disabled=line.is_disabled,
        )
        for name in (line.left,) if line.one_way else (line.left, line.right):
            graph.set_policy(number, source=node(name), policy=policy)
    return graph


def first_hop(peer: str, *, number: int = 1, limit_msat: int = 500_000_000, minimum_msat: int = 1) -> FirstHop:
    """Our channel to a named node, with what it can send now."""
    return FirstHop(
        short_channel_id=scid(number),
        counterparty_node_id=node(peer),
        outbound_capacity_msat=limit_msat,
        next_outbound_htlc_limit_msat=limit_msat,
        next_outbound_htlc_minimum_msat=minimum_msat,
        capacity_sat=1_000_000,
    )


def wish(payee: str, amount_msat: int, *, fee_limit_msat: int = 10_000_000, **payment: object) -> RouteParameters:
    """The question how to pay this to a named node."""
    params = PaymentParameters(payee=node(payee), **{"final_cltv_expiry_delta": 18, **payment})  # type: ignore[arg-type]
    return RouteParameters(payment_params=params, final_value_msat=amount_msat, max_total_routing_fee_msat=fee_limit_msat)
