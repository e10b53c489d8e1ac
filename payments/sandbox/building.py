"""
Building the sandbox: keys from one secret, channels opened by the nodes themselves, everything announced as on a real network.

Every node derives from the installation's secret and its own name, so the same secret builds the same nodes. The channels are opened by
messages, paid for by the faucet, buried and announced: there is no second way to a channel.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from msgspec import Struct

from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import Event
from payments.lightning.ids import NodeId
from payments.lightning.manager.announcing import ANNOUNCEMENT_DEPTH_BLOCKS, GossipItem, MapChange
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.node_state import NodeIdentity
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.shelf import StoreWrite
from payments.lightning.units import MSAT_PER_SAT
from payments.sandbox.chain import FIRST_HEIGHT, SandboxChain
from payments.sandbox.clock import TurnClock
from payments.sandbox.network import SandboxNetwork, TurnEffects
from payments.sandbox.topology import ChannelPlan, Topology

Tell = Callable[[str, int, int], None]
"""(what is done now, how many are done, of how many)"""


class Founding(Struct, frozen=True, kw_only=True):
    """What a new network leaves to be stored, and its chain."""

    chain: SandboxChain
    writes: tuple[StoreWrite, ...]
    events: tuple[tuple[NodeId, Event], ...]
    gossip: tuple[MapChange, ...]


def identity_of(secret: bytes, slug: str) -> NodeIdentity:
    """The keys of a sandbox node."""
    return NodeIdentity(
        private_key=hmac.digest(secret, b"node key of " + slug.encode(), "sha256"),
        seed=hmac.digest(secret, b"channel seed of " + slug.encode(), "sha256"),
    )


def found_network(topology: Topology, managers: dict[str, ChannelManager], *, clock: TurnClock, tell: Tell | None = None) -> Founding:
    """
    Open a topology's channels between its nodes, bury and announce them; then the nodes tell who they are.

    managers    by slug; at the end their channels are in use and their map is complete
    tell        hears how far it is
    """
    chain = SandboxChain(height=FIRST_HEIGHT - ANNOUNCEMENT_DEPTH_BLOCKS)
    network = SandboxNetwork(managers.values(), clock=clock, chain=chain)
    turns = []
    for opened, plan in enumerate(topology.channels):
        if tell is not None:
            tell("channels opened", opened, len(topology.channels))
        turns.append(_open(network, managers, plan))
    _ask_special_policies(topology, managers)
    for _ in range(ANNOUNCEMENT_DEPTH_BLOCKS):
        network.advance(network.chain.mined())
        turns.append(network.turn(clock.now_ms()))
    nodes = [
        GossipItem(message=managers[plan.slug].announcer.node_announcement(plan.name, rgb_color=sha256(plan.slug.encode())[:3]))
        for plan in topology.nodes
    ]
    news = [item for item in nodes if network.tell_everybody(item)]
    latest = {(write.namespace, write.key): write for turn in turns for write in turn.writes}
    return Founding(
        chain=network.chain,
        writes=tuple(latest.values()),
        events=tuple(event for turn in turns for event in turn.events),
        gossip=(*(item for turn in turns for item in turn.gossip), *news),
    )


def _ask_special_policies(topology: Topology, managers: dict[str, ChannelManager]) -> None:
    """Before the channels are announced: what a node asks on one of them alone."""
    slugs = {manager.get_our_node_id(): slug for slug, manager in managers.items()}
    special = topology.special_policies()
    for slug in dict.fromkeys(node for node, _peer in special):
        for details in managers[slug].list_channels():
            policy = special.get((slug, slugs[details.counterparty_node_id]))
            if policy is not None:
                managers[slug].update_channel_config(details.channel_id, policy, is_told=False)


def _open(network: SandboxNetwork, managers: dict[str, ChannelManager], plan: ChannelPlan) -> TurnEffects:
    opener, accepter = managers[plan.opener].get_our_node_id(), managers[plan.accepter].get_our_node_id()
    network.join(opener, accepter)
    wish = ChannelWish(
        capacity_sat=plan.capacity_sat,
        push_msat=plan.capacity_sat * MSAT_PER_SAT * (100 - plan.opener_percent) // 100,
        channel_type=plan.channel_type,
        is_announced=plan.is_announced,
    )
    network.wake(opener).create_channel(accepter, wish)
    return network.turn(network.now_ms)
