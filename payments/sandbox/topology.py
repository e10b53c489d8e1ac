"""
Who lives in the sandbox and who has a channel with whom.

Invented names, realistic sizes: a dozen routing nodes that ask different prices, shops at the edge, one node far away and one that no
map shows. The same list builds the same network everywhere; keys come from the installation's own secret. A larger network can be drawn
after a real map instead (`from_map`).
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ForwardingConfig


class Role(StrEnum):
    """What a node is there for."""

    OWN = "own"
    SHOP = "shop"
    ROUTING = "routing"


class NodePlan(Struct, frozen=True, kw_only=True):
    """A node of the sandbox."""

    slug: str
    name: str
    role: Role
    forwarding: ForwardingConfig = ForwardingConfig()
    sells: str = ""


class ChannelPlan(Struct, frozen=True, kw_only=True):
    """A channel of the sandbox; the opener funds it and keeps `opener_percent` of it."""

    opener: str
    accepter: str
    capacity_sat: int
    opener_percent: int
    channel_type: ChannelType = ChannelType.ANCHORS
    is_announced: bool = True
    opener_forwarding: ForwardingConfig | None = None
    """What the opener asks on this channel; None: what it asks everywhere."""
    accepter_forwarding: ForwardingConfig | None = None


class Topology(Struct, frozen=True, kw_only=True):
    """A whole network. The first node is ours."""

    nodes: tuple[NodePlan, ...]
    channels: tuple[ChannelPlan, ...]

    @property
    def own_slug(self) -> str:
        """What our node is called."""
        return self.nodes[0].slug

    def special_policies(self) -> dict[tuple[str, str], ForwardingConfig]:
        """(node, peer) -> what the node asks on its channel with the peer, where that is something else than it asks everywhere."""
        sides = [((plan.opener, plan.accepter), plan.opener_forwarding) for plan in self.channels]
        sides += [((plan.accepter, plan.opener), plan.accepter_forwarding) for plan in self.channels]
        return {pair: policy for pair, policy in sides if policy is not None}


def _routing(slug: str, name: str, fee_base_msat: int, fee_ppm: int, cltv_expiry_delta: int) -> NodePlan:
    forwarding = ForwardingConfig(fee_base_msat=fee_base_msat, fee_proportional_millionths=fee_ppm, cltv_expiry_delta=cltv_expiry_delta)
    return NodePlan(slug=slug, name=name, role=Role.ROUTING, forwarding=forwarding)


def _shop(slug: str, name: str, sells: str) -> NodePlan:
    return NodePlan(slug=slug, name=name, role=Role.SHOP, sells=sells)


NODES = (
    NodePlan(slug="own", name="Your node", role=Role.OWN),
    _routing("harbour", "Harbour", 1_000, 50, 40),
    _routing("northgate", "Northgate", 0, 250, 40),
    _routing("old-mill", "Old Mill", 500, 120, 34),
    _routing("lantern", "Lantern", 1_000, 1, 144),
    _routing("stone-bridge", "Stone Bridge", 1_000, 100, 40),
    _routing("ferry", "The Ferry", 2_000, 10, 80),
    _routing("summit", "Summit", 0, 500, 40),
    _routing("meadow", "Meadow", 100, 75, 34),
    _routing("junction", "Grand Junction", 1_000, 20, 40),
    _routing("lighthouse", "Lighthouse", 250, 180, 72),
    _routing("quarry", "Quarry", 1_000, 300, 40),
    _routing("canal", "Canal Street", 800, 60, 40),
    _routing("terrace", "Terrace", 0, 90, 34),
    _routing("outpost", "Outpost", 3_000, 700, 144),
    _routing("relay-nine", "Relay Nine", 1_000, 400, 100),
    _shop("aurora-coffee", "Aurora Coffee", "Coffee and cake"),
    _shop("beacon-books", "Beacon Books", "Second-hand books"),
    _shop("cedar-cycles", "Cedar Cycles", "Bicycles and repairs"),
    _shop("dune-data", "Dune Data", "Mobile data by the gigabyte"),
    _shop("ember-bakery", "Ember Bakery", "Bread, early in the morning"),
    _shop("fern-florist", "Fern Florist", "Flowers, delivered"),
    _shop("granite-games", "Granite Games", "Board games"),
    _shop("cellar-records", "Cellar Records", "Vinyl, by invitation: on no map, only through the hint in its invoice"),
    _shop("farpoint", "Farpoint Observatory", "Night-sky tickets, at the far end of the network"),
)


def _channel(opener: str, accepter: str, capacity_sat: int, opener_percent: int) -> ChannelPlan:
    return ChannelPlan(opener=opener, accepter=accepter, capacity_sat=capacity_sat, opener_percent=opener_percent)


def _older(opener: str, accepter: str, capacity_sat: int, opener_percent: int) -> ChannelPlan:
    """A channel from the time before anchors."""
    return ChannelPlan(
        opener=opener,
        accepter=accepter,
        capacity_sat=capacity_sat,
        opener_percent=opener_percent,
        channel_type=ChannelType.STATIC_REMOTEKEY,
    )


CHANNELS = (
    _channel("own", "harbour", 5_000_000, 62),
    _channel("own", "northgate", 3_000_000, 71),
    _older("own", "old-mill", 2_000_000, 54),
    _channel("lantern", "own", 1_000_000, 17),
    _channel("harbour", "junction", 16_000_000, 55),
    _channel("harbour", "stone-bridge", 8_000_000, 48),
    _channel("harbour", "canal", 6_000_000, 60),
    _channel("northgate", "junction", 12_000_000, 66),
    _channel("northgate", "summit", 5_000_000, 40),
    _older("northgate", "lighthouse", 4_000_000, 52),
    _channel("old-mill", "stone-bridge", 7_000_000, 58),
    _channel("old-mill", "meadow", 3_000_000, 45),
    _channel("lantern", "ferry", 9_000_000, 70),
    _channel("lantern", "junction", 5_000_000, 35),
    _channel("junction", "stone-bridge", 20_000_000, 50),
    _channel("junction", "ferry", 14_000_000, 43),
    _channel("junction", "terrace", 10_000_000, 64),
    _older("junction", "lighthouse", 8_000_000, 57),
    _channel("stone-bridge", "meadow", 6_000_000, 51),
    _channel("stone-bridge", "quarry", 4_000_000, 38),
    _channel("ferry", "quarry", 5_000_000, 49),
    _channel("ferry", "outpost", 3_000_000, 72),
    _channel("summit", "lighthouse", 4_000_000, 60),
    _channel("summit", "terrace", 3_000_000, 44),
    _channel("meadow", "canal", 5_000_000, 56),
    _channel("canal", "terrace", 4_000_000, 50),
    _older("outpost", "relay-nine", 2_000_000, 81),
    _channel("harbour", "aurora-coffee", 3_000_000, 78),
    _channel("meadow", "aurora-coffee", 1_000_000, 50),
    _channel("junction", "beacon-books", 4_000_000, 69),
    _channel("stone-bridge", "cedar-cycles", 5_000_000, 74),
    _channel("terrace", "cedar-cycles", 2_000_000, 63),
    _channel("ferry", "dune-data", 3_000_000, 70),
    _older("lighthouse", "ember-bakery", 2_000_000, 66),
    _channel("canal", "ember-bakery", 2_000_000, 59),
    _channel("quarry", "fern-florist", 2_000_000, 73),
    _channel("summit", "granite-games", 2_000_000, 68),
    _channel("terrace", "granite-games", 1_000_000, 55),
    ChannelPlan(opener="canal", accepter="cellar-records", capacity_sat=2_000_000, opener_percent=80, is_announced=False),
    _channel("relay-nine", "farpoint", 1_500_000, 82),
)

SANDBOX = Topology(nodes=NODES, channels=CHANNELS)
