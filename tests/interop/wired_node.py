"""
A node of ours on a TCP line, with a store that holds what a disk would hold.

Every arrival is a turn: hand in, settle, write to the store, and only then send. A crash keeps the store and nothing else. `cut` ends the
line at a chosen message, as cables do.
"""

from __future__ import annotations

import hmac
import os
import time

from msgspec import Struct

from payments.lightning.config import ChannelConfig, EngineConfig
from payments.lightning.events import PaymentClaimable
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.invoice.network import Network
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.node_state import NodeIdentity
from payments.lightning.wire.messages import ErrorMessage, WarningMessage, decode_message
from payments.nodes.tcp import PeerConnected, PeerDisconnected, PeerSaid, TcpPeers
from payments.sandbox.clock import TurnClock

CONFIG = EngineConfig(channel=ChannelConfig(feerate_per_kw=253))
CHANNEL_UPDATES = frozenset({38, 39, 128, 130, 131, 132, 133, 134, 135})
"""The messages of adding, removing, committing, revoking and closing."""


OPENING_MESSAGES = frozenset({32, 33, 34, 35, 36})


class Cut(Struct):
    """End the line at message number `at`, counted from 1 over both directions; `after` says whether a received one is still taken."""

    at: int
    after: bool
    counts: frozenset[int] = CHANNEL_UPDATES
    passed: int = 0
    done: bool = False

    def falls(self, data):
        """Count a message; whether the line ends at it."""
        if self.done or int.from_bytes(data[:2], "big") not in self.counts:
            return False
        self.passed += 1
        self.done = self.passed == self.at
        return self.done


def now_ms():
    return time.time_ns() // 1_000_000


class WiredNode:
    """One node; `store` and `events` outlive its crashes."""

    def __init__(self, name, bell, *, config=CONFIG, height=0, graph=None, limits=None, store=None):
        self.name = name
        self.bell = bell
        self.config = config
        self.height = height
        self.graph = graph or NetworkGraph()
        self.limits = limits
        self.identity = NodeIdentity(
            private_key=hmac.digest(b"interop", b"node " + name.encode(), "sha256"),
            seed=hmac.digest(b"interop", b"seed " + name.encode(), "sha256"),
        )
        self.node_id = self.identity.node_id
        self.store = store or {}
        self.events = []
        self.broadcasts = []
        self.gossip = []
        self.heard_complaints = []
        self.claims = True
        self.cut = None
        self.change_sent = lambda data: data
        self.change_heard = lambda data: data
        self.stumbles = []
        self.ended_lines = []
        self._boot()

    def _boot(self):
        self.clock = TurnClock(now_ms())
        self.manager = ChannelManager(
            self.identity, config=self.config, network=Network.REGTEST, graph=self.graph, clock=self.clock, entropy=os.urandom
        )
        for (namespace, key), value in self.store.items():
            self.manager.load(namespace, key[33:], value)
        self.manager.resume()
        self.manager.best_block_updated(self.height)
        self.connected = set()
        self.peers = TcpPeers(self.identity.private_key, handle=self._handler(), entropy=os.urandom, limits=self.limits)

    def _handler(self):
        manager = self.manager

        async def handle(arrival):
            if self.manager is not manager:  # what belongs to a life before the last crash does not count
                return
            try:
                self._handle(arrival)
            except Exception as stumble:
                self.stumbles.append(stumble)
                raise

        return handle

    # ---- life

    async def listen(self):
        self.port = await self.peers.listen("127.0.0.1", 0)
        return self.port

    async def connect(self, node_id, port):
        await self.peers.connect(node_id, "127.0.0.1", port)

    async def disconnect(self, node_id):
        self.peers.disconnect(node_id)
        await self.bell.until(lambda: node_id not in self.connected, what="the end of a line")

    async def stop(self):
        await self.peers.close()

    async def crash(self):
        """Lose everything but the store, and start again from it."""
        gone = self.peers
        self._boot()
        await gone.close()

    # ---- turns

    def _handle(self, arrival):
        self.clock.set(now_ms())
        match arrival:
            case PeerConnected(node_id=peer):
                self.connected.add(peer)
                self.manager.peer_connected(peer)
            case PeerDisconnected(node_id=peer, reason=reason):
                self.connected.discard(peer)
                self.ended_lines.append(reason)
                self.manager.peer_disconnected(peer)
            case PeerSaid(node_id=peer, data=data):
                if not self._hear(peer, self.change_heard(data)):
                    return
        self.turn()

    def _hear(self, peer, data):
        """Take a message; False when the line was cut at it and nothing shall leave any more."""
        falls = self.cut is not None and self.cut.falls(data)
        if falls and not self.cut.after:
            self.peers.disconnect(peer)
            return False
        kind = int.from_bytes(data[:2], "big")
        if kind in {ErrorMessage.TYPE, WarningMessage.TYPE}:
            self.heard_complaints.append(decode_message(data))
        self.manager.handle_message(peer, data)
        if falls:
            self._commit()
            self.manager.take_messages()
            self.peers.disconnect(peer)
            self.bell.ring()
        return not falls

    def turn(self):
        """Finish what was handed in, write it down, then send."""
        self._commit()
        for peer, data in self.manager.take_messages():
            if peer not in self.connected:
                continue
            self.peers.send(peer, self.change_sent(data))
            if self.cut is not None and self.cut.falls(data):
                self.connected.discard(peer)
                self.peers.disconnect(peer)
        for peer in self.manager.take_hang_ups():
            self.peers.disconnect(peer)
        self.bell.ring()

    def _commit(self):
        """What must be on the disk before anything leaves."""
        while True:
            self.manager.settle()
            events = self.manager.take_events()
            self.events += events
            claimable = [event for event in events if isinstance(event, PaymentClaimable)]
            if not claimable or not self.claims:
                break
            for event in claimable:
                self.manager.claim_funds(self.manager.preimage_of(event.payment_hash))
        self.broadcasts += self.manager.take_broadcasts()
        self.gossip += self.manager.take_gossip()
        for write in self.manager.take_writes():
            if write.value is None:
                self.store.pop((write.namespace, write.key), None)
            else:
                self.store[write.namespace, write.key] = write.value

    def do(self, work):
        """One turn for a wish of ours."""
        self.clock.set(now_ms())
        answer = work(self.manager)
        self.turn()
        return answer

    def grow(self, transactions=()):
        """One block more, with these transactions after its first."""
        self.height += 1
        self.do(lambda manager: manager.transactions_confirmed(list(enumerate(transactions, start=1)), self.height))
        self.do(lambda manager: manager.best_block_updated(self.height))
