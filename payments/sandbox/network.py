"""
A network of engine nodes in one process: real messages as bytes, real signatures, only wires and blocks are imitated.

A message takes `latency_ms` from node to node. Without latency whole conversations happen within one turn: allowed, because all nodes are
stored in the same commit, so a crash takes the whole network back to one moment. With latency, what is under way at a crash is lost as on
a real line, and the channels find out by reestablishing.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from msgspec import Struct

from payments.lightning.background import BackgroundProcessor
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.events import Event, FundingGenerationReady, PaymentClaimable
from payments.lightning.ids import NodeId
from payments.lightning.manager.announcing import MapChange
from payments.lightning.manager.intercepting import NEVER_MS
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.shelf import StoreWrite
from payments.sandbox.chain import SandboxChain, funding_transaction
from payments.sandbox.clock import TurnClock


class Parcel(Struct, frozen=True, order=True):
    """A message on its way. The order of fields is the order of delivery."""

    due_ms: int
    sequence: int
    sender: NodeId
    receiver: NodeId
    data: bytes


class TurnEffects(Struct, frozen=True, kw_only=True):
    """What a turn leaves to be stored."""

    writes: tuple[StoreWrite, ...]
    events: tuple[tuple[NodeId, Event], ...]
    gossip: tuple[MapChange, ...]
    """News that changed the map."""
    to_outside: tuple[tuple[NodeId, bytes], ...] = ()
    """For peers that are no nodes of this network: send it after the commit."""
    hang_ups: tuple[NodeId, ...] = ()
    """Peers outside with which there is no talking, once that is sent."""


class SandboxNetwork:
    """Some nodes, the wires between them, and the chain they all see."""

    def __init__(self, managers: Iterable[ChannelManager], *, clock: TurnClock, chain: SandboxChain, latency_ms: int = 0) -> None:
        self.managers = {manager.get_our_node_id(): manager for manager in managers}
        self.chain = chain.resumed(clock.now_ms())
        self._clock = clock
        self._latency_ms = latency_ms
        self._background = BackgroundProcessor(self.managers.values(), now_ms=clock.now_ms())
        self._parcels: list[Parcel] = []
        self._sequence = 0
        self._awake: dict[NodeId, None] = {}
        self._events: list[tuple[NodeId, Event]] = []
        self._gossip: list[MapChange] = []
        self._to_outside: list[tuple[NodeId, bytes]] = []
        self._hang_ups: list[NodeId] = []
        self._offline: frozenset[NodeId] = frozenset()
        self.refusing: frozenset[NodeId] = frozenset()
        """Nodes that give back what is paid to them."""
        self.advance(self.chain)

    def __getitem__(self, node_id: NodeId) -> ChannelManager:
        return self.managers[node_id]

    def wake(self, node_id: NodeId) -> ChannelManager:
        """A node to which something is about to be said from outside: it takes part in the next turn."""
        self._awake[node_id] = None
        return self.managers[node_id]

    def connect(self, left: NodeId, right: NodeId) -> None:
        """A line between two nodes, if neither is kept offline. One that was there before is gone."""
        self.disconnect(left, right)
        if {left, right} & self._offline:
            return
        self.wake(left).peer_connected(right)
        self.wake(right).peer_connected(left)

    def join(self, left: NodeId, right: NodeId) -> None:
        """A line between two nodes, unless there is one; both have introduced themselves when this returns, however slow lines are."""
        if self.managers[left].is_connected(right):
            return
        self.connect(left, right)
        self._settle_awake()
        self._parcels = _hurried(self._parcels, {left, right}, now_ms=self._clock.now_ms())
        self._finish()

    def disconnect(self, left: NodeId, right: NodeId) -> None:
        """Cut the line: what is on it is lost."""
        ends = {left, right}
        self._parcels = sorted(parcel for parcel in self._parcels if {parcel.sender, parcel.receiver} != ends)
        self.wake(left).peer_disconnected(right)
        self.wake(right).peer_disconnected(left)

    def connect_all(self) -> None:
        """Lines between all who have a channel with each other."""
        for left, right in self._neighbours():
            self.connect(left, right)

    def keep_offline(self, nodes: frozenset[NodeId]) -> None:
        """Cut every line of these nodes and make none to them; those that were kept offline so far get theirs back."""
        gone, back, self._offline = nodes - self._offline, self._offline - nodes, nodes
        for left, right in self._neighbours() if gone or back else ():
            if {left, right} & gone:
                self.disconnect(left, right)
            elif {left, right} & back:
                self.connect(left, right)

    def _neighbours(self) -> list[tuple[NodeId, NodeId]]:
        pairs = {
            (node_id, details.counterparty_node_id) for node_id, manager in self.managers.items() for details in manager.list_channels()
        }
        return sorted((left, right) for left, right in pairs if left < right and right in self.managers)

    @property
    def next_due_ms(self) -> int:
        """When there will be something to do if nothing is said from outside."""
        holding = (manager for manager in self.managers.values() if manager.holding.next_release_ms < NEVER_MS)
        releases = (manager.holding.next_release_ms for manager in holding if not manager.is_reestablishing)
        due = [self._background.next_due_ms, self.chain.next_block_ms, *releases]
        return min([*due, self._parcels[0].due_ms] if self._parcels else due)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._parcels and not self._awake

    @property
    def has_parcels(self) -> bool:
        """Whether a message is on its way."""
        return bool(self._parcels)

    def turn(self, now_ms: int) -> TurnEffects:
        """Deliver what is due, let every node finish, and say what must be stored. Messages to others leave with `flush`."""
        self._clock.set(now_ms)
        self._pass_time(self._clock.now_ms())
        self._finish()
        writes = [write for manager in self.managers.values() for write in manager.take_writes()]
        events, self._events = self._events, []
        gossip, to_outside, hang_ups = self._gossip, self._to_outside, self._hang_ups
        self._gossip, self._to_outside, self._hang_ups = [], [], []
        return TurnEffects(
            writes=tuple(writes), events=tuple(events), gossip=tuple(gossip), to_outside=tuple(to_outside), hang_ups=tuple(hang_ups)
        )

    @property
    def now_ms(self) -> int:
        """The time of the turn."""
        return self._clock.now_ms()

    def _finish(self) -> None:
        """Deliver and settle until nobody has anything left to do now."""
        while True:
            self._deliver_due()
            if not self._awake:
                break
            self._settle_awake()

    def _pass_time(self, now_ms: int) -> None:
        if self._background.tick(now_ms):
            self._awake.update(dict.fromkeys(self.managers))
        for node_id, manager in self.managers.items():
            if manager.holding.next_release_ms <= now_ms and not manager.is_reestablishing:
                self.wake(node_id).holding.release()
        grown = self.chain.grown(now_ms)
        if grown is not self.chain:
            self.advance(grown)

    def advance(self, chain: SandboxChain) -> None:
        """The chain is this far now."""
        self.chain = chain
        block = list(enumerate(chain.block, start=1))
        for node_id in self.managers:
            if block:
                self.wake(node_id).transactions_confirmed(block, chain.height)
            self.wake(node_id).best_block_updated(chain.height)

    def _deliver_due(self) -> None:
        now_ms = self._clock.now_ms()
        while self._parcels and self._parcels[0].due_ms <= now_ms:
            parcel = heappop(self._parcels)
            self.wake(parcel.receiver).handle_message(parcel.sender, parcel.data)

    def _settle_awake(self) -> None:
        """Every node that heard something finishes, claims what it can claim, and hands its messages to the wires."""
        awake, self._awake = list(self._awake), {}
        for node_id in awake:
            manager = self.managers[node_id]
            manager.settle()
            for event in manager.take_events():
                self._events.append((node_id, event))
                self._answer(node_id, event)
            for raw in manager.take_broadcasts():
                self.chain = self.chain.with_transaction(parse_transaction(raw), self._clock.now_ms())
            self._gossip += [item for item in manager.take_gossip() if self.tell_everybody(item)]
            for receiver, data in manager.take_messages():
                self._post(node_id, receiver, data)
            for peer in manager.take_hang_ups():
                if peer in self.managers:
                    self.disconnect(node_id, peer)
                else:
                    self._hang_ups.append(peer)

    def _post(self, sender: NodeId, receiver: NodeId, data: bytes) -> None:
        """Put a message on the wire, or out of the door when its receiver is not of this network."""
        if receiver not in self.managers:
            self._to_outside.append((receiver, data))
            return
        self._sequence += 1
        heappush(self._parcels, Parcel(self._clock.now_ms() + self._latency_ms, self._sequence, sender, receiver, data))

    def _answer(self, node_id: NodeId, event: Event) -> None:
        """What a node's owner would do: take what is paid, and pay for a channel that a peer agreed to."""
        match event:
            case PaymentClaimable():
                self._claim(node_id, event)
            case FundingGenerationReady():
                self.chain, coin = self.chain.with_coin()
                transaction = funding_transaction(coin, amount_sat=event.capacity_sat, script_pubkey=event.output_script)
                manager = self.wake(node_id)
                manager.funding_transaction_generated(event.counterparty_node_id, event.temporary_channel_id, transaction)

    def tell_everybody(self, item: MapChange) -> bool:
        """Gossip needs no time here: every map has it at once. Whether it was news."""
        graphs = {id(manager.graph): manager for manager in self.managers.values()}
        news = [manager.hear(item) for manager in graphs.values()]
        return any(news)

    def _claim(self, node_id: NodeId, event: PaymentClaimable) -> None:
        """Whoever can be paid here wants to be, but for those that refuse."""
        manager = self.wake(node_id)
        if node_id in self.refusing:
            manager.fail_htlc_backwards(event.payment_hash)
            return
        preimage = manager.preimage_of(event.payment_hash)
        assert preimage is not None, "only payments to an invoice become claimable"
        manager.claim_funds(preimage)


def _hurried(parcels: list[Parcel], ends: set[NodeId], *, now_ms: int) -> list[Parcel]:
    """With those between these two nodes arriving now."""
    return sorted(
        Parcel(now_ms, one.sequence, one.sender, one.receiver, one.data) if {one.sender, one.receiver} == ends else one for one in parcels
    )
