"""
A sandbox after a real map: its hubs and leaves, prices and sizes, with names and keys of our own.

The map lends its shape alone. Our node, the shops and the ways into them are those of the built-in sandbox, and so are the names of the
nodes next to them, so that every page and every story finds what it knows. Who holds how much in a channel no map says: it is drawn from
what probes of the real network have met, mostly nearly all on one side.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ForwardingConfig
from payments.lightning.graph.arrays import GraphArrays
from payments.lightning.units import MSAT_PER_SAT
from payments.sandbox.dice import Dice
from payments.sandbox.errors import MapTooSmall, NetworkSizeOutOfRange
from payments.sandbox.names import made_up_names, slug_of
from payments.sandbox.picking import Picked, pick
from payments.sandbox.topology import CHANNELS, NODES, ChannelPlan, NodePlan, Role, Topology

LEAST_NODES = len(NODES)
"""As many as the built-in sandbox has: the shops and the nodes that lead to them must be there."""
MOST_NODES = 500
"""One process plays them all."""
CAPACITIES_SAT = range(500_000, 40_000_001)
"""Below, reserve and fees leave little to pay with; above, nothing would ever be too large to pay."""
CAPACITY_WHERE_UNKNOWN_SAT = 2_000_000
"""About the median of the network: a map without amounts says nothing better."""
CLTV_DELTAS_BLOCKS = range(34, 433)
"""From what BOLT 2 calls safe to three days: with more, three nodes would use up all the time that a payer allows."""
_OPENER_PERCENTS = range(4, 97)
"""What one side has at least and at most: both stay above their reserve, and the opener able to pay for commitments."""
_WHOLE_PERCENT = 95
"""Who carries this share of a channel sets no limit beside the reserve."""
_OLDER_ONE_IN = 8
"""Channels from the time before anchors."""

_LAST_NAMES = ("canal", "outpost", "relay-nine")
"""For nodes at the edge, so that there are few ways to them: the stories play there."""
_ENOUGH_CHANNELS = 3
"""Of a node at the edge on which a shop hangs: one or two may have run dry."""
_HUB_NAMES = ("junction", "harbour", "northgate", "stone-bridge", "old-mill", "ferry", "lantern")
"""For the best connected, in this order; our own channels lead to some of them."""


class _Side(Struct, frozen=True):
    """One direction of a picked channel: who asks whom for what."""

    node: int
    peer: int
    policy: ForwardingConfig


def network_from_map(arrays: GraphArrays, *, nodes: int, seed: bytes) -> Topology:
    """
    A network of so many nodes, ours and the shops included. The same map, number and seed draw the same one.

    raises    NetworkSizeOutOfRange, MapTooSmall
    """
    check_network_size(nodes)
    dice = Dice(seed)
    kept = [plan for plan in NODES if plan.role is not Role.ROUTING]
    picked = pick(arrays, count=nodes - len(kept), dice=dice)
    if len(picked.nodes) < nodes - len(kept):
        raise MapTooSmall(nodes=nodes, limit=len(picked.nodes) + len(kept))
    sides = _sides(arrays, picked)
    routing = _routing_plans(picked, sides, _degrees(arrays, picked), dice)
    own, *shops = kept
    return Topology(
        nodes=(own, *routing.values(), *shops),
        channels=(
            *(plan for plan in CHANNELS if not {plan.opener, plan.accepter} <= _BUILT_IN_ROUTING),
            *_channel_plans(arrays, sides, routing, dice),
        ),
    )


def check_network_size(nodes: int) -> None:
    """
    Whether a network may have so many nodes.

    raises    NetworkSizeOutOfRange
    """
    if not LEAST_NODES <= nodes <= MOST_NODES:
        raise NetworkSizeOutOfRange(nodes=nodes, least=LEAST_NODES, limit=MOST_NODES)


_BUILT_IN_ROUTING = {plan.slug for plan in NODES if plan.role is Role.ROUTING}


def _sides(arrays: GraphArrays, picked: Picked) -> dict[int, tuple[_Side, _Side]]:
    """Both directions of every picked channel."""
    sides = {}
    for channel in picked.channels:
        first, second = int(arrays.node1[channel]), int(arrays.node2[channel])
        sides[channel] = (
            _Side(first, second, _policy(arrays, 2 * channel)),
            _Side(second, first, _policy(arrays, 2 * channel + 1)),
        )
    return sides


def _policy(arrays: GraphArrays, half: int) -> ForwardingConfig:
    """What the map says that is asked there, as far as a channel of the sandbox can ask it."""
    real_sat = _capacity_sat(arrays, half // 2)
    capacity_msat = capacity_in_sandbox_sat(real_sat) * MSAT_PER_SAT
    most_msat = int(arrays.htlc_maximum_msat[half]) * capacity_msat // (real_sat * MSAT_PER_SAT)
    is_limited = 0 <= most_msat < capacity_msat * _WHOLE_PERCENT // 100
    return ForwardingConfig(
        fee_base_msat=int(arrays.fee_base_msat[half]),
        fee_proportional_millionths=int(arrays.fee_ppm[half]),
        cltv_expiry_delta=_within(int(arrays.cltv_expiry_delta[half]), CLTV_DELTAS_BLOCKS),
        htlc_minimum_msat=_within(int(arrays.htlc_minimum_msat[half]), range(1, capacity_msat // 100 + 1)),
        htlc_maximum_msat=max(most_msat, capacity_msat // 100) if is_limited else None,
    )


def capacity_in_sandbox_sat(capacity_sat: int) -> int:
    """
    A real capacity in the sandbox: larger ones stay larger, but a thousandfold becomes thirtyfold. One of 1,000,000 sat stays.

    >>> [capacity_in_sandbox_sat(sat) for sat in (20_000, 1_000_000, 100_000_000, 10_000_000_000)]
    [500000, 1000000, 10000000, 40000000]
    """
    return _within(1_000 * isqrt(capacity_sat), CAPACITIES_SAT)


def _capacity_sat(arrays: GraphArrays, channel: int) -> int:
    known_sat = int(arrays.capacity_sat[channel])
    return known_sat if known_sat > 0 else CAPACITY_WHERE_UNKNOWN_SAT


def _within(number: int, bounds: range) -> int:
    return max(bounds[0], min(number, bounds[-1]))


def _degrees(arrays: GraphArrays, picked: Picked) -> dict[int, int]:
    degrees = dict.fromkeys(picked.nodes, 0)
    for channel in picked.channels:
        for end in (int(arrays.node1[channel]), int(arrays.node2[channel])):
            degrees[end] += 1
    return degrees


def _routing_plans(picked: Picked, sides: dict[int, tuple[_Side, _Side]], degrees: dict[int, int], dice: Dice) -> dict[int, NodePlan]:
    """What every picked node is called, the best connected first, and what it usually asks."""
    ranked = sorted(picked.nodes, key=lambda node: -degrees[node])
    asked: dict[int, list[ForwardingConfig]] = {node: [] for node in ranked}
    for side in (side for pair in sides.values() for side in pair):
        asked[side.node].append(side.policy)
    return {
        node: NodePlan(slug=slug, name=name, role=Role.ROUTING, forwarding=_usual(asked[node]))
        for node, (slug, name) in zip(ranked, _names(ranked, degrees, dice), strict=True)
    }


def _names(ranked: list[int], degrees: dict[int, int], dice: Dice) -> Iterable[tuple[str, str]]:
    """Slug and name for each: those of the built-in sandbox for the well connected and for some at the edge, made-up ones for the rest."""
    built_in = {plan.slug: plan.name for plan in NODES}
    middle = [plan.slug for plan in NODES if plan.slug in _BUILT_IN_ROUTING - set(_HUB_NAMES) - set(_LAST_NAMES)]
    first = [(slug, built_in[slug]) for slug in (*_HUB_NAMES, *middle)]
    last = [(slug, built_in[slug]) for slug in _LAST_NAMES]
    made_up = [(slug_of(name), name) for name in made_up_names(len(ranked), dice=dice, taken=built_in.values())]
    at_edge = sum(degrees[node] >= _ENOUGH_CHANNELS for node in ranked) - len(last)
    edge = max(at_edge, len(first))
    names = [*first, *made_up[: edge - len(first)], *last, *made_up[edge:]]
    return names[: len(ranked)]


def _usual(policies: list[ForwardingConfig]) -> ForwardingConfig:
    """The middle one of what a node asks; single channels may differ. Small payments are welcome where nothing else is said."""
    ranked = sorted(policies, key=lambda policy: (policy.fee_proportional_millionths, policy.fee_base_msat, policy.cltv_expiry_delta))
    return replace(ranked[len(ranked) // 2], htlc_minimum_msat=1, htlc_maximum_msat=None)


def _channel_plans(
    arrays: GraphArrays, sides: dict[int, tuple[_Side, _Side]], plans: dict[int, NodePlan], dice: Dice
) -> Iterable[ChannelPlan]:
    weights = [_weight(percent) for percent in range(101)]
    for channel, pair in sides.items():
        opener, accepter = pair if dice.below(2) else pair[::-1]
        yield ChannelPlan(
            opener=plans[opener.node].slug,
            accepter=plans[accepter.node].slug,
            capacity_sat=capacity_in_sandbox_sat(_capacity_sat(arrays, channel)),
            opener_percent=_within(dice.weighted(weights), _OPENER_PERCENTS),
            channel_type=ChannelType.ANCHORS if dice.below(_OLDER_ONE_IN) else ChannelType.STATIC_REMOTEKEY,
            opener_forwarding=opener.policy,
            accepter_forwarding=accepter.policy,
        )


def _weight(percent: int) -> int:
    """How likely a side holds this share, in whole numbers: 1/256 + 9 * (share - 1/2)^8, the density that fits probes of the network."""
    return 100**8 + 256 * 9 * (percent - 50) ** 8
