"""
Real engine nodes in one process, in the words of the stories told with them.

    nodes = line("alice", "bob", "carol", capacity_sat=1_000_000)
    nodes.pay("alice", to="carol", amount_msat=5_000_000)
    nodes.expect("alice", PaymentSent)

Only wires, chain and clock are imitated. What every turn leaves to be stored is kept, and a restart takes a node back from exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import count, pairwise
from typing import TypeVar

import msgspec

from payments.lightning.background import BackgroundProcessor
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import EngineConfig, ForwardingConfig
from payments.lightning.events import Event, PaymentClaimable
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId, PaymentId, ShortChannelId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.invoice.network import Network
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.outbound import OutboundPayment, Retry, RetryableSendFailure
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.shelf import StoreWrite
from payments.sandbox.building import found_network, identity_of
from payments.sandbox.chain import BLOCK_INTERVAL_MS
from payments.sandbox.clock import TurnClock
from payments.sandbox.network import SandboxNetwork
from payments.sandbox.topology import ChannelPlan, NodePlan, Role, Topology
from tests.network.laws import check_rest

SECRET = b"the sandbox's secret of the test"
START_MS = 1_700_000_000_000
NODE_ID_BYTES = 33
MANY_TURNS = 10_000
T = TypeVar("T")


class PatientNetwork(SandboxNetwork):
    """A network in which some payees do not claim until they are told to."""

    patient: frozenset[NodeId] = frozenset()

    def _claim(self, node_id: NodeId, event: PaymentClaimable) -> None:
        if node_id not in self.patient:
            super()._claim(node_id, event)


class Nodes:
    """Some named nodes and the lines between them."""

    def __init__(self, topology: Topology, *, latency_ms: int = 0, config: EngineConfig | None = None) -> None:
        self.config = config or EngineConfig()
        self.clock = TurnClock(START_MS)
        self.graph = NetworkGraph()
        self.topology = topology
        self._plans = {plan.slug: plan for plan in topology.nodes}
        self._latency_ms = latency_ms
        self._entropy = (sha256(b"entropy %d" % number).digest() for number in count())
        self.names = {identity_of(SECRET, plan.slug).node_id: plan.slug for plan in topology.nodes}
        self.ids = {name: node_id for node_id, name in self.names.items()}
        self.store: dict[tuple[NodeId, str, bytes], bytes] = {}
        self.log: list[tuple[str, Event]] = []
        self._payment_numbers = count(1)
        managers = {plan.slug: self._manager(plan.slug) for plan in topology.nodes}
        founding = found_network(topology, managers, clock=self.clock)
        self._keep(founding.writes)
        self.network = PatientNetwork(managers.values(), clock=self.clock, chain=founding.chain, latency_ms=latency_ms)
        self.network.connect_all()
        self.run()

    def __repr__(self) -> str:
        return f"Nodes({self.topology.channels}, latency_ms={self._latency_ms})"

    def _manager(self, name: str) -> ChannelManager:
        return ChannelManager(
            identity_of(SECRET, name),
            config=msgspec.structs.replace(self.config, forwarding=self._plans[name].forwarding),
            network=Network.REGTEST,
            graph=self.graph,
            clock=self.clock,
            entropy=lambda length: next(self._entropy)[:length],
        )

    def __getitem__(self, name: str) -> ChannelManager:
        """A node to which something is about to be said."""
        return self.network.wake(self.ids[name])

    # -- time

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def turn(self, *, after_ms: int = 0) -> None:
        """One turn of the engine, and what it leaves on the disk."""
        effects = self.network.turn(self.now_ms + after_ms)
        self._keep(effects.writes)
        self.log += [(self.names[node_id], event) for node_id, event in effects.events]

    def _keep(self, writes: Iterable[StoreWrite]) -> None:
        for write in writes:
            place = (NodeId(write.key[:NODE_ID_BYTES]), write.namespace, write.key[NODE_ID_BYTES:])
            if write.value is None:
                self.store.pop(place, None)
            else:
                self.store[place] = write.value

    def run(self) -> None:
        """Turns until nothing is under way."""
        for _ in range(MANY_TURNS):
            self.turn()
            if self.network.is_idle:
                return
            self.clock.set(min(self.network.next_due_ms, self.now_ms + max(1, self._latency_ms)))
        raise AssertionError("the network does not come to rest")

    def wait(self, ms: int) -> None:
        """Time passes, and whatever is due happens."""
        self.turn(after_ms=ms)
        self.run()

    def mine(self, blocks: int) -> None:
        """Blocks come, one a turn."""
        for _ in range(blocks):
            self.turn(after_ms=BLOCK_INTERVAL_MS)
        self.run()

    # -- money

    def invoice(self, name: str, amount_msat: int | None, *, expiry_s: int = 3_600) -> str:
        text = self[name].create_bolt11_invoice(InvoiceWish(amount_msat=amount_msat, description="test", expiry_s=expiry_s))
        self.turn()
        return text

    def begin(
        self,
        name: str,
        invoice: str,
        *,
        payment_id: bytes | None = None,
        max_attempts: int = 6,
        fee_limit_msat: int | None = None,
        **changes: int,
    ) -> PaymentId | RetryableSendFailure:
        """Begin to pay an invoice; the answer is the payment's id, or why it was not begun."""
        read = decode(invoice)
        params = RouteParameters.from_invoice(read, max_total_routing_fee_msat=fee_limit_msat, **changes)
        chosen = PaymentId(payment_id or sha256(b"payment %d" % next(self._payment_numbers)).digest())
        retry = Retry(max_attempts=max_attempts, until_ms=self.now_ms + 60_000)
        return self[name].pay_for_bolt11_invoice(read, chosen, params=params, retry=retry) or chosen

    def pay(self, name: str, *, to: str, amount_msat: int, max_attempts: int = 6) -> OutboundPayment:
        """Pay a fresh invoice and wait for what comes of it."""
        begun = self.begin(name, self.invoice(to, amount_msat), max_attempts=max_attempts)
        assert not isinstance(begun, RetryableSendFailure), begun
        self.run()
        return self.payment(name, begun)

    def payment(self, name: str, payment_id: PaymentId) -> OutboundPayment:
        return next(payment for payment in self[name].list_recent_payments() if payment.payment_id == payment_id)

    # -- trouble

    def break_line(self, left: str, right: str) -> None:
        self.network.disconnect(self.ids[left], self.ids[right])

    def mend_line(self, left: str, right: str) -> None:
        self.network.connect(self.ids[left], self.ids[right])

    def restart(self, name: str) -> None:
        """A node dies and comes back from what was stored."""
        node_id = self.ids[name]
        for plan in self.topology.channels:
            if name in {plan.opener, plan.accepter}:
                self.break_line(plan.opener, plan.accepter)
        fresh = self._manager(name)
        self._load(fresh)
        self.network.managers[node_id] = fresh
        self.network._background = BackgroundProcessor(self.network.managers.values(), now_ms=self.now_ms)
        self[name].best_block_updated(self.network.chain.height)
        for plan in self.topology.channels:
            if name in {plan.opener, plan.accepter}:
                self.mend_line(plan.opener, plan.accepter)

    def restart_all(self) -> None:
        """The whole process dies: what was on any wire is lost."""
        patient = self.network.patient
        managers = [self._manager(plan.slug) for plan in self.topology.nodes]
        for manager in managers:
            self._load(manager)
        self.network = PatientNetwork(managers, clock=self.clock, chain=self.network.chain, latency_ms=self._latency_ms)
        self.network.patient = patient
        self.network.connect_all()

    def _load(self, manager: ChannelManager) -> None:
        for (owner, namespace, key), value in sorted(self.store.items()):
            if owner == manager.get_our_node_id():
                manager.load(namespace, key, value)
        manager.resume()

    def hold(self, name: str) -> None:
        """This payee claims nothing until `claim`."""
        self.network.patient |= {self.ids[name]}

    def ask_for(self, name: str, peer: str, **policy: int) -> None:
        """A node asks something else on its channel with a peer, and its gossip has not told anybody."""
        state = self[name]._state
        channel = self.channel(name, peer)
        state.channels.put(channel.id, msgspec.structs.replace(channel, forwarding=ForwardingConfig(**policy)))

    # -- questions

    def channel(self, name: str, peer: str) -> Channel:
        manager = self.network.managers[self.ids[name]]
        return next(manager.channel(one.channel_id) for one in manager.list_channels() if one.counterparty_node_id == self.ids[peer])

    def scid(self, name: str, peer: str) -> ShortChannelId:
        return self.channel(name, peer).terms.short_channel_id

    def heard(self, name: str, kind: type[T]) -> list[T]:
        """The events of one kind at one node, in order."""
        return [event for who, event in self.log if who == name and isinstance(event, kind)]

    def expect(self, name: str, kind: type[T]) -> T:
        """The only event of its kind at a node."""
        (event,) = self.heard(name, kind)
        return event

    def balance_msat(self, name: str) -> int:
        return sum(details.balance_msat for details in self.network.managers[self.ids[name]].list_channels())

    def ends(self) -> Iterator[tuple[tuple[str, Channel], tuple[str, Channel]]]:
        """Both ends of every channel."""
        for plan in self.topology.channels:
            yield (plan.opener, self.channel(plan.opener, plan.accepter)), (plan.accepter, self.channel(plan.accepter, plan.opener))

    def check_rest(self) -> None:
        """The laws of a network at rest."""
        check_rest(self)


def channel(opener: str, accepter: str, **terms: object) -> ChannelPlan:
    """A channel of 1,000,000 sat, of which each side has half, unless said otherwise."""
    return msgspec.convert({"opener": opener, "accepter": accepter, "capacity_sat": 1_000_000, "opener_percent": 50, **terms}, ChannelPlan)


def network(*channels: ChannelPlan, policies: dict[str, ForwardingConfig] | None = None, **world: object) -> Nodes:
    """The nodes that these channels connect."""
    names = dict.fromkeys(name for plan in channels for name in (plan.opener, plan.accepter))
    nodes = [
        NodePlan(slug=name, name=name.title(), role=Role.ROUTING, forwarding=(policies or {}).get(name, ForwardingConfig()))
        for name in names
    ]
    return Nodes(Topology(nodes=tuple(nodes), channels=channels), **world)


def line(*names: str, capacity_sat: int = 1_000_000, channel_type: ChannelType = ChannelType.ANCHORS, **world: object) -> Nodes:
    """Nodes in a row, each with a channel to the next."""
    return network(*[channel(*pair, capacity_sat=capacity_sat, channel_type=channel_type) for pair in pairwise(names)], **world)


def square(*, cheap: str = "bob", **world: object) -> Nodes:
    """
    Two ways from alice to dave, of which one is cheaper.

        alice --- bob
          |        |
        carol --- dave
    """
    policies = {cheap: ForwardingConfig(fee_base_msat=100)}
    return network(
        channel("alice", "bob"), channel("alice", "carol"), channel("bob", "dave"), channel("carol", "dave"), policies=policies, **world
    )
