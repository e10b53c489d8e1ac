"""
Building the sandbox: keys from one secret, channels opened and signed by both sides, everything announced as on a real network.

Every node derives from the installation's secret and its own name, so the same secret builds the same nodes. Channels get their money from
the faucet; both first commitments are signed and verified before a channel counts as open.
"""

from __future__ import annotations

import hmac

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.channel import Channel
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.channel.opening import (
    Funding,
    Party,
    first_signature,
    funding_script_of,
    new_channel,
    party,
    with_first_signature,
)
from payments.lightning.config import EngineConfig
from payments.lightning.crypto.hashes import sha256
from payments.lightning.graph.gossip import (
    UNSIGNED,
    encode_alias,
    sign_node_announcement,
    verify_channel_announcement,
    verify_channel_update,
    verify_node_announcement,
)
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId, make_scid
from payments.lightning.invoice.network import Network
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.node_state import NodeIdentity
from payments.lightning.units import MSAT_PER_SAT
from payments.lightning.wire.features import NODE_FEATURES
from payments.lightning.wire.messages import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement
from payments.sandbox.chain import FIRST_HEIGHT, funding_transaction
from payments.sandbox.topology import ChannelPlan, Topology

Gossip = ChannelAnnouncement | ChannelUpdate | NodeAnnouncement


class GossipItem(Struct, frozen=True, kw_only=True):
    """A signed message of the network, and for an announcement what the chain says about the channel's size."""

    message: Gossip
    capacity_sat: int | None = None


def identity_of(secret: bytes, slug: str) -> NodeIdentity:
    """The keys of a sandbox node."""
    return NodeIdentity(
        private_key=hmac.digest(secret, b"node key of " + slug.encode(), "sha256"),
        seed=hmac.digest(secret, b"channel seed of " + slug.encode(), "sha256"),
    )


class Builder:
    """Opens a topology's channels between managers."""

    def __init__(self, topology: Topology, managers: dict[str, ChannelManager], *, config: EngineConfig, secret: bytes) -> None:
        self._plans = {plan.slug: plan for plan in topology.nodes}
        self._topology = topology
        self._managers = managers
        self._config = config
        self._identities = {plan.slug: identity_of(secret, plan.slug) for plan in topology.nodes}
        self._next_key_index = dict.fromkeys(self._plans, 0)

    def open_all(self) -> None:
        """Every channel of the plan, with both first commitments signed and verified."""
        for number, plan in enumerate(self._topology.channels):
            self._open(number, plan)

    def announce_all(self, network: Network, *, now_s: int) -> list[GossipItem]:
        """What every node says about itself and its announced channels, signed by all who must."""
        items: list[GossipItem] = []
        for plan in self._topology.channels:
            if plan.is_announced:
                items += self._announce_channel(plan)
        items += [GossipItem(message=self._announce_node(slug, now_s)) for slug in self._plans]
        check_gossip(items, network, now_s=now_s)
        return items

    def _open(self, number: int, plan: ChannelPlan) -> None:
        opener, opener_secrets = self._party(plan.opener)
        accepter, accepter_secrets = self._party(plan.accepter)
        coin = sha256(b"faucet coin " + number.to_bytes(4, "big") + opener.basepoints.funding_pubkey)
        transaction = funding_transaction(coin, amount_sat=plan.capacity_sat, script_pubkey=funding_script_of(opener, accepter))
        funding = Funding(
            txid=transaction.txid,
            output_index=0,
            short_channel_id=make_scid(FIRST_HEIGHT - len(self._topology.channels) + number, 1, 0),
            capacity_sat=plan.capacity_sat,
            push_msat=plan.capacity_sat * MSAT_PER_SAT * (100 - plan.opener_percent) // 100,
            channel_type=plan.channel_type,
            is_announced=plan.is_announced,
        )
        ours = new_channel(opener, accepter, funding, is_opener=True)
        theirs = new_channel(accepter, opener, funding, is_opener=False)
        self._managers[plan.opener].add_channel(with_first_signature(ours, first_signature(theirs, accepter_secrets), opener_secrets))
        self._managers[plan.accepter].add_channel(with_first_signature(theirs, first_signature(ours, opener_secrets), accepter_secrets))

    def _party(self, slug: str) -> tuple[Party, ChannelSecrets]:
        identity, index = self._identities[slug], self._next_key_index[slug]
        self._next_key_index[slug] = index + 1
        secrets = ChannelSecrets.derive(identity.seed, index)
        forwarding = self._plans[slug].forwarding
        return party(identity.node_id, index, secrets, config=self._config.channel, forwarding=forwarding), secrets

    def _announce_node(self, slug: str, now_s: int) -> NodeAnnouncement:
        plan, identity = self._plans[slug], self._identities[slug]
        announcement = NodeAnnouncement(
            signature=UNSIGNED,
            features=NODE_FEATURES.encode(),
            timestamp=now_s,
            node_id=identity.node_id,
            rgb_color=sha256(slug.encode())[:3],
            alias=encode_alias(plan.name),
            addresses=b"",
        )
        return sign_node_announcement(announcement, node_key=identity.private_key)

    def _announce_channel(self, plan: ChannelPlan) -> list[GossipItem]:
        ends = [(self._managers[plan.opener], plan.accepter), (self._managers[plan.accepter], plan.opener)]
        sides = [(manager, _channel_with(manager, self._identities[peer].node_id)) for manager, peer in ends]
        sides.sort(key=lambda side: side[0].get_our_node_id())
        halves = [manager.announcer.announcement_signatures(channel) for manager, channel in sides]
        announcement = replace(
            sides[0][0].announcer.unsigned_announcement(sides[0][1]),
            node_signature_1=halves[0][0],
            node_signature_2=halves[1][0],
            bitcoin_signature_1=halves[0][1],
            bitcoin_signature_2=halves[1][1],
        )
        updates = [GossipItem(message=manager.announcer.channel_update(channel)) for manager, channel in sides]
        return [GossipItem(message=announcement, capacity_sat=plan.capacity_sat), *updates]


def check_gossip(items: list[GossipItem], network: Network, *, now_s: int) -> NetworkGraph:
    """
    The map that these messages make, each verified before it is believed.

    raises    GossipError leaves
    """
    graph = NetworkGraph()
    for item in items:
        match item.message:
            case ChannelAnnouncement():
                verify_channel_announcement(item.message, chain_hash=network.chain_hash)
            case ChannelUpdate():
                signer = graph.signer_of(item.message)
                assert signer is not None, "a channel is announced before its policies"
                verify_channel_update(item.message, node_id=signer, chain_hash=network.chain_hash, now_s=now_s)
            case NodeAnnouncement():
                verify_node_announcement(item.message, now_s=now_s)
        graph.apply(item.message, capacity_sat=item.capacity_sat)
    return graph


def _channel_with(manager: ChannelManager, peer: NodeId) -> Channel:
    """The channel with a peer; the plan has at most one for each pair."""
    return next(manager.channel(details.channel_id) for details in manager.list_channels() if details.counterparty_node_id == peer)
