"""
The engine's process side: one turn = one database transaction, then the bytes leave.

    commands + due messages --> the network of nodes --> state, events, results, read models in one commit --> messages on their way

Nothing is sent that is not committed, so manager, payments and events can never disagree. A crash before the commit is as if nothing had
come in; after it, a cut line. When a commit fails, memory is ahead of the disk: it is thrown away and read again.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import chain

from django.conf import settings
from django.db import transaction
from msgspec import DecodeError, msgpack
from msgspec.structs import replace

from payments.lightning.events import Event
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId
from payments.lightning.invoice.network import Network
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.node_state import NodeIdentity
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.models import EngineState, NodeRecord
from payments.nodes.command_queue import Clerk, queued_commands
from payments.nodes.errors import EngineDeposed, NodeSecretMismatch, StoredStateUnreadable
from payments.nodes.gossip_map import read_graph
from payments.nodes.lease import Lease
from payments.nodes.lines import OutsideLines
from payments.nodes.network_plan import is_built, plan_network, planned_network
from payments.nodes.read_models import write_channels, write_faults, write_gossip, write_height, write_nodes
from payments.nodes.store import NODE_ID_LENGTH, read_knowledge, read_state, write_events, write_state
from payments.nodes.tcp import Arrival, PeerConnected, PeerDisconnected, PeerSaid
from payments.sandbox.building import Tell, found_network, identity_of
from payments.sandbox.chain import SandboxChain
from payments.sandbox.clock import TurnClock
from payments.sandbox.mischief import Mischief, SandboxState
from payments.sandbox.network import SandboxNetwork, TurnEffects

CHAIN_NAMESPACE = "chain"
SANDBOX_NAMESPACE = "sandbox"
WAKING_MS = 5_000
"""The longest that commands wait for our channels to come back after a start; on a line it takes a few round trips."""


def now_ms() -> int:
    """Milliseconds since 1970, UTC: the one place where the engine's time comes from."""
    return time.time_ns() // 1_000_000


class EngineHost:
    """Loads the sandbox from the database, or builds it there, and takes its turns."""

    def __init__(self, lease: Lease, *, tell: Tell | None = None) -> None:
        self._lease = lease
        self._outside = OutsideLines()
        self._secret = hmac.digest(settings.LNWEB_NODE_SECRET.encode(), b"sandbox nodes", "sha256")
        self._topology = planned_network()
        self._own_id = self._own_identity.node_id
        self._stored_sandbox = SandboxState()
        self._is_ahead_of_disk = False
        if not is_built():
            self._build(tell)
        self._load()

    def listening(self, address: tuple[str, int], *, ring: Callable[[], None]) -> AbstractContextManager[int]:
        """Peers from outside may call our node at this address while the block lasts; `ring` when one of them did something."""
        return self._outside.listening(self._own_identity.private_key, address, ring=ring)

    @property
    def next_due_ms(self) -> int:
        """When there will be something to do if no command comes."""
        return min(self._network.next_due_ms, self._mischief.next_due_ms)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way and no command waits."""
        return not self._is_ahead_of_disk and self._network.is_idle and not queued_commands()

    def take_turn(self) -> bool:
        """Do everything that is due, in one commit; whether anything was."""
        if self._is_ahead_of_disk:
            self._load()
        try:
            return self._turn()
        except EngineDeposed:
            raise
        except BaseException:
            self._outside.cut_all()
            self._is_ahead_of_disk = True  # stays so when the database cannot be read now either: no turn is taken before it was
            self._load()
            raise

    def _turn(self) -> bool:
        commands = [] if self._is_waking() else queued_commands()
        clerk = Clerk(self._network, self._ids, mischief=self._mischief, clock=self._clock, config=settings.LIGHTNING)
        self._clock.set(now_ms())
        for arrival in self._outside.take_arrivals():
            self._hear(arrival)
        for command in commands:
            clerk.execute(command)
        self._mischief.keep_up()
        effects = self._network.turn(self._clock.now_ms())
        if not (commands or effects.writes or effects.events or effects.gossip or self._has_changed):
            self._lease.renew_when_due()
            self._outside.leave(effects.to_outside, hang_ups=effects.hang_ups)
            return False
        with transaction.atomic(durable=True):
            self._lease.check()
            self._store(effects, events=[*clerk.events, *self._own_events(effects)])
            clerk.mark_done()
        self._outside.leave(effects.to_outside, hang_ups=effects.hang_ups)
        return True

    def _hear(self, arrival: Arrival) -> None:
        """Hand our node what a peer from outside does. Who bears the name of a sandbox node has stolen its key and is not heard."""
        if arrival.node_id in self._network.managers:
            return
        own = self._network.wake(self._own_id)
        match arrival:
            case PeerConnected(node_id=peer):
                own.peer_connected(peer)
            case PeerSaid(node_id=peer, data=data):
                own.handle_message(peer, data)
            case PeerDisconnected(node_id=peer):
                own.peer_disconnected(peer)

    @property
    def _has_changed(self) -> bool:
        """Whether the world around the nodes is another than what is stored of it."""
        return (self._network.chain, self._mischief.state) != (self._stored_chain, self._stored_sandbox)

    def _is_waking(self) -> bool:
        """Right after the start channels come back within a few messages: commands wait for that, but not for ever."""
        return now_ms() < self._awake_at_ms and any(node.is_reestablishing for node in self._network.managers.values())

    def _store(self, effects: TurnEffects, *, events: list[Event]) -> None:
        write_state(effects.writes)
        write_gossip(effects.gossip)
        write_events(events)
        changed = {write.key for write in effects.writes if write.namespace == "channel" and write.key.startswith(self._own_id)}
        if changed:
            write_channels(details for details in self._own.list_channels() if self._own_id + details.channel_id in changed)
        if self._stored_chain != self._network.chain:
            self._store_chain(self._network.chain)
        if self._stored_sandbox != self._mischief.state:
            self._store_sandbox(self._mischief.state)

    def _store_chain(self, chain: SandboxChain) -> None:
        EngineState.objects.update_or_create(namespace=CHAIN_NAMESPACE, key="tip", defaults={"value": msgpack.encode(chain)})
        write_height(chain.height)
        self._stored_chain = chain

    def _store_sandbox(self, state: SandboxState) -> None:
        EngineState.objects.update_or_create(namespace=SANDBOX_NAMESPACE, key="faults", defaults={"value": msgpack.encode(state)})
        if state.faults != self._stored_sandbox.faults:
            write_faults(state.faults)
        self._stored_sandbox = state

    def _own_events(self, effects: TurnEffects) -> list[Event]:
        return [event for node_id, event in effects.events if node_id == self._own_id]

    @property
    def _own_identity(self) -> NodeIdentity:
        return identity_of(self._secret, self._topology.own_slug)

    @property
    def _own(self) -> ChannelManager:
        return self._network[self._own_id]

    def _managers(self, graph: NetworkGraph) -> dict[str, ChannelManager]:
        managers = {
            plan.slug: ChannelManager(
                identity_of(self._secret, plan.slug),
                config=replace(settings.LIGHTNING, forwarding=plan.forwarding),
                network=Network(settings.LNWEB_NETWORK),
                graph=graph,
                clock=self._clock,
                entropy=os.urandom,
            )
            for plan in self._topology.nodes
        }
        # Only our own node pays enough to learn anything, and the map is one and the same for all.
        managers[self._topology.own_slug].remember(ProbabilisticScorer(graph, keeps_evidence=True))
        managers[self._topology.own_slug].keep_map()
        return managers

    def _build(self, tell: Tell | None) -> None:
        """A new sandbox: every channel opened, signed and announced, in one commit."""
        self._clock = TurnClock(now_ms())
        managers = self._managers(NetworkGraph())
        founding = found_network(self._topology, managers, clock=self._clock, tell=tell)
        told = [event for node_id, event in founding.events if node_id == self._own_id]
        with transaction.atomic(durable=True):
            self._lease.check()
            plan_network(self._topology)
            write_nodes(self._topology, self._secret)
            write_gossip(founding.gossip)
            write_state(founding.writes)
            write_channels(managers[self._topology.own_slug].list_channels())
            self._store_chain(founding.chain)
            write_events(told)

    def _load(self) -> None:
        """Everything as it was committed last; every line is cut and made anew."""
        known = NodeRecord.objects.filter(role=NodeRecord.Role.OWN).values_list("node_id", flat=True).get()
        if known != self._own_id.hex():
            raise NodeSecretMismatch
        self._clock = TurnClock(now_ms())
        managers = self._managers(read_graph())
        self._ids = {slug: manager.get_our_node_id() for slug, manager in managers.items()}
        by_id = {manager.get_our_node_id(): manager for manager in managers.values()}
        for item in chain(read_state(next(iter(by_id.values())).namespaces), read_knowledge(self._own_id)):
            assert item.value is not None
            try:
                by_id[NodeId(item.key[:NODE_ID_LENGTH])].load(item.namespace, item.key[NODE_ID_LENGTH:], item.value)
            except DecodeError as error:
                raise StoredStateUnreadable(namespace=item.namespace) from error
        for manager in by_id.values():
            manager.resume()
        tip = EngineState.objects.get(namespace=CHAIN_NAMESPACE, key="tip")
        self._stored_chain = msgpack.decode(bytes(tip.value), type=SandboxChain)
        self._network = SandboxNetwork(
            by_id.values(), clock=self._clock, chain=self._stored_chain, latency_ms=settings.LNWEB_SANDBOX_LATENCY_MS
        )
        wished = EngineState.objects.filter(namespace=SANDBOX_NAMESPACE, key="faults").first()
        self._stored_sandbox = SandboxState() if wished is None else msgpack.decode(bytes(wished.value), type=SandboxState)
        self._mischief = Mischief(self._network, self._topology, self._ids, self._stored_sandbox)
        self._network.connect_all()
        self._awake_at_ms = now_ms() + WAKING_MS
        self._is_ahead_of_disk = False
