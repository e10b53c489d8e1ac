"""
The parts of a node and what every turn does with them: finish what follows, and hand out what must be stored, told and sent.

ChannelManager is this with its doors. It is apart because no door should have to be read to know what a turn does.
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.actions import ChannelBecameReady, ChannelFailed, IncomingHtlc, OutgoingFulfilled, OutgoingRemoved
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.details import ChannelDetails, balance_msat, details_of
from payments.lightning.channel.dues import next_due
from payments.lightning.channel.htlc import Forwarded, Htlc, OwnPayment, OwnProbe
from payments.lightning.channel.reestablish import disconnect
from payments.lightning.config import EngineConfig
from payments.lightning.events import ChannelReady, Event, RouteDecided
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import ChannelId, NodeId, PaymentHash
from payments.lightning.invoice.network import Network
from payments.lightning.manager.announcing import Announcer, MapChange
from payments.lightning.manager.connections import Connections
from payments.lightning.manager.deciding import decide_route
from payments.lightning.manager.freshness import Freshness
from payments.lightning.manager.holding import Holding
from payments.lightning.manager.learning import teach
from payments.lightning.manager.monitoring import Monitor
from payments.lightning.manager.node_state import FollowUp, NodeIdentity, NodeState
from payments.lightning.manager.probing import Prober
from payments.lightning.manager.receiving import Receiver
from payments.lightning.manager.relaying import Relay
from payments.lightning.manager.sending import Sender
from payments.lightning.payment.outbound import OutboundPayment
from payments.lightning.ports import Clock, Entropy
from payments.lightning.routing.inflight import InFlightHtlcs, UsedRoom
from payments.lightning.routing.parameters import FirstHop, RouteParameters
from payments.lightning.routing.question import Question
from payments.lightning.routing.route import Route
from payments.lightning.routing.router import DefaultRouter
from payments.lightning.scoring.memory import EVIDENCE_NAMESPACE, KNOWLEDGE_NAMESPACE, ScorerMemory
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer, Score
from payments.lightning.shelf import StoreWrite


class TurnTaker:
    """One node's parts, and how a turn ends."""

    def __init__(
        self,
        identity: NodeIdentity,
        *,
        config: EngineConfig,
        network: Network,
        graph: NetworkGraph,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._state = NodeState(identity, config=config, clock=clock, entropy=entropy)
        self.graph = graph
        self._receiver = Receiver(self._state, network)
        self._relay = Relay(self._state, self._receiver)
        self.holding = Holding(self._state, self._relay.handle)
        self._room = UsedRoom(self._state.node_id)
        self._sender = Sender(self._state, self._decide, self._room)
        self._monitor = Monitor(self._state)
        self._prober = Prober(self._state, self._room)
        self.scorer: Score = FixedPenaltyScorer()
        """What judges channels and learns from attempts; whoever has a better one puts it here, or has it remembered."""
        self._memory: ScorerMemory | None = None
        self._taught_events = 0
        self._seen_hops: dict[ChannelId, tuple[Channel, FirstHop]] = {}
        self.announcer = Announcer(self._state, network.chain_hash)
        self._freshness = Freshness(self._state, self.announcer)
        self._connections = Connections(self._state, self.announcer, network.chain_hash)

    def settle(self) -> None:
        """Do everything that follows from what was handed in, then sign for every peer that is owed a commitment."""
        state = self._state
        while state.follow_ups or state.touched or self._sender.has_due:
            while state.follow_ups:
                self._follow_up(*state.follow_ups.popleft())
            self._sender.try_again()
            touched, state.touched = list(state.touched), {}
            for channel_id in touched:
                self._say_what_is_due(channel_id)

    def _say_what_is_due(self, channel_id: ChannelId) -> None:
        self._monitor.look(channel_id)
        channel = self._state.channels[channel_id]
        due = next_due(channel, self._state.surroundings(channel))
        if due is not None:
            self._state.act(channel_id, lambda _: due)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Where `take_writes` puts values: what must be handed to `load`."""
        return tuple(shelf.namespace for shelf in self._state.shelves())

    def remember(self, scorer: ProbabilisticScorer) -> None:
        """From now on this one judges and learns, and what it learns is stored. Call it before `load`."""
        self.scorer, self._memory = scorer, ScorerMemory(scorer)

    def forget_learnt(self) -> None:
        """What the scorer learnt is void: the network was changed in a way that no payment explains."""
        if self._memory is not None:
            self._memory.scorer.forget(now_s=self._state.clock.now_ms() // 1_000)

    def load(self, namespace: str, key: bytes, value: bytes) -> None:
        """Take one stored value back. Call `resume` after the last one."""
        if namespace not in {EVIDENCE_NAMESPACE, KNOWLEDGE_NAMESPACE}:
            self._state.load(namespace, key, value)
        elif self._memory is not None:
            self._memory.load(namespace, key, value)

    def resume(self) -> None:
        """After loading: every connection is gone."""
        for channel in self._state.channels:
            self._state.channels.put(channel.id, disconnect(channel))
        self._connections.opener.resume()
        self._sender.index()
        self._prober.index()
        if self._memory is not None:
            self._memory.resume()

    def take_writes(self) -> list[StoreWrite]:
        """What must be on disk before any message leaves."""
        learnt = [] if self._memory is None else self._memory.take_writes(self._state.node_id)
        return [*self._state.take_writes(), *learnt]

    def take_events(self) -> list[Event]:
        """What happened, in order; stored in the same commit. The scorer has heard of it before anybody else does."""
        self._teach()
        self._taught_events = 0
        return self._state.take_events()

    def _teach(self) -> None:
        """Let the scorer hear of what has happened in this turn so far."""
        now_s = self._state.clock.now_ms() // 1_000
        for event in self._state.events[self._taught_events :]:
            teach(self.scorer, event, payer=self._state.node_id, now_s=now_s)
        self._taught_events = len(self._state.events)
        self.scorer.time_passed(now_s=now_s)

    def take_messages(self) -> list[tuple[NodeId, bytes]]:
        """What may leave after the commit."""
        return self._state.take_messages()

    def take_hang_ups(self) -> list[NodeId]:
        """Peers with which there is no talking: close their connections once the messages have left. They count as disconnected."""
        return self._state.take_hang_ups()

    def take_broadcasts(self) -> list[bytes]:
        """Signed transactions for the chain."""
        return self._state.take_broadcasts()

    def keep_map(self) -> None:
        """From now on this node forgets what has gone stale on its map. Where several share a map, one of them does."""
        self._freshness.forgets = True

    def take_gossip(self) -> list[MapChange]:
        """What is to be told to everybody about our channels, and what is forgotten; stored in the same commit, told after it."""
        return self.announcer.take_gossip()

    def hear(self, item: MapChange) -> bool:
        """
        News of the network: onto the map when it proves what it says. Whether it changed anything.

        raises    GossipError leaves
        """
        return self.announcer.hear(item, self.graph)

    def compute_inflight_htlcs(self) -> InFlightHtlcs:
        """What our own payments and probes take up of every channel that they are on. LDK's name."""
        return self._room.now()

    def _follow_up(self, channel_id: ChannelId, action: FollowUp) -> None:
        match action:
            case IncomingHtlc():
                self.holding.take(channel_id, action.htlc)
            case OutgoingFulfilled(htlc=htlc):
                match htlc.origin:
                    case OwnPayment() as payment:
                        self._sender.fulfilled(payment, htlc)
                    case Forwarded() as upstream:
                        self._relay.fulfilled(channel_id, upstream, htlc)
            case OutgoingRemoved(htlc=htlc):
                self._removed(htlc)
            case ChannelBecameReady():
                self._became_ready(channel_id)
            case ChannelFailed():
                self.announcer.policy_changed(self._state.channels[channel_id], self.graph)

    def _removed(self, htlc: Htlc) -> None:
        match htlc.origin:
            case OwnPayment() as payment:
                self._sender.removed(payment, htlc)
            case OwnProbe() as probe:
                self._prober.removed(probe, htlc)
            case Forwarded() as upstream:
                self._relay.removed(upstream, htlc)

    def _became_ready(self, channel_id: ChannelId) -> None:
        channel = self._state.channels[channel_id]
        self._state.events.append(
            ChannelReady(
                channel_id=channel_id,
                counterparty_node_id=channel.terms.counterparty_node_id,
                short_channel_id=channel.terms.short_channel_id,
                capacity_sat=channel.terms.capacity_sat,
                balance_msat=balance_msat(channel),
            )
        )
        self.announcer.became_ready(channel)

    def _question(self, params: RouteParameters, payment_hash: PaymentHash) -> Question:
        """How to pay this, as of now."""
        return Question(
            our_node_id=self._state.node_id,
            params=params,
            first_hops=self._first_hops(),
            inflight=self.compute_inflight_htlcs(),
            shadow_seed=payment_hash,
        )

    def _decide(self, payment: OutboundPayment, params: RouteParameters, chosen: Route | None) -> RouteDecided:
        self._teach()  # the way that comes next shall know how the one before it ended
        question = self._question(params, payment.payment_hash)
        router = DefaultRouter(self.graph, self.scorer)
        decided = decide_route((payment.payment_id, payment.payment_hash), question, router, chosen=chosen)
        return replace(decided, knowledge=None if self._memory is None else self._memory.mark(), map_version=self.graph.version)

    def _first_hops(self) -> tuple[FirstHop, ...]:
        return tuple([self._first_hop(channel) for channel in self._state.channels if channel.is_usable])

    def _first_hop(self, channel: Channel) -> FirstHop:
        """Looked at again only when it is another value than last time: most channels are not changed by a payment."""
        seen = self._seen_hops.get(channel.id)
        if seen is None or seen[0] is not channel:
            seen = self._seen_hops[channel.id] = (channel, _first_hop(details_of(channel, self._state.config.channel)))
        return seen[1]


def _first_hop(details: ChannelDetails) -> FirstHop:
    """A channel as the router takes it."""
    return FirstHop(
        short_channel_id=details.short_channel_id,
        counterparty_node_id=details.counterparty_node_id,
        outbound_capacity_msat=details.outbound_capacity_msat,
        next_outbound_htlc_limit_msat=details.next_outbound_htlc_limit_msat,
        next_outbound_htlc_minimum_msat=details.next_outbound_htlc_minimum_msat,
        further_htlc_cost_msat=details.further_htlc_cost_msat,
        capacity_sat=details.capacity_sat,
    )
