"""Two connected nodes without a channel, and every message between them in the test's hands."""

from __future__ import annotations

from hashlib import sha256
from itertools import count

from msgspec.structs import replace

from payments.lightning.channel.transactions import Transaction
from payments.lightning.config import EngineConfig
from payments.lightning.events import Event, FundingGenerationReady
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import ChannelId, NodeId
from payments.lightning.invoice.network import Network
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.wire.messages import Message, decode_message, encode_message
from payments.sandbox.building import identity_of
from payments.sandbox.chain import funding_transaction
from payments.sandbox.clock import TurnClock

HEIGHT = 800_000
WISH = ChannelWish(capacity_sat=1_000_000, push_msat=300_000_000)


class TwoNodes:
    """Alice and bob. What is said waits in `wire` until it is delivered."""

    def __init__(self, *, config: EngineConfig | None = None) -> None:
        self.config = config or EngineConfig()
        self.clock = TurnClock(1_700_000_000_000)
        self.height = HEIGHT
        self._entropy = count()
        self.graph = NetworkGraph()
        self.nodes = {name: self._manager(name) for name in ("alice", "bob")}
        self.ids = {name: node.get_our_node_id() for name, node in self.nodes.items()}
        self.store: dict[str, dict[tuple[str, bytes], bytes]] = {"alice": {}, "bob": {}}
        self.wire: list[tuple[str, Message]] = []
        self.said: list[str] = []
        self.events: list[tuple[str, Event]] = []
        self.broadcasts: list[bytes] = []
        self.broadcasters: list[str] = []
        self.speaker = ""
        """Who said what `run_until` took off the line."""
        for node in self.nodes.values():
            node.best_block_updated(HEIGHT)
        self.connect()

    def _manager(self, name: str) -> ChannelManager:
        return ChannelManager(
            identity_of(b"the test's secret", name),
            config=self.config,
            network=Network.REGTEST,
            graph=self.graph,
            clock=self.clock,
            entropy=lambda length: sha256(b"entropy %d" % next(self._entropy)).digest()[:length],
        )

    def __getitem__(self, name: str) -> ChannelManager:
        return self.nodes[name]

    def connect(self) -> None:
        self.nodes["alice"].peer_connected(self.ids["bob"])
        self.nodes["bob"].peer_connected(self.ids["alice"])
        self.run()

    def cut(self) -> None:
        """What is on the line is lost."""
        self.wire.clear()
        self.nodes["alice"].peer_disconnected(self.ids["bob"])
        self.nodes["bob"].peer_disconnected(self.ids["alice"])
        self.collect()
        self.wire.clear()

    def restart(self, name: str) -> None:
        """A node dies and comes back from what it has stored; the line is made anew."""
        self.collect()
        self.nodes[name] = self._manager(name)
        for (namespace, key), value in self.store[name].items():
            self.nodes[name].load(namespace, key, value)
        self.nodes[name].resume()
        self.nodes[name].best_block_updated(self.height)
        self.cut()
        self.connect()

    def collect(self) -> None:
        """What both have to store, to say and to tell."""
        for name, node in self.nodes.items():
            node.settle()
            for write in node.take_writes():
                place = (write.namespace, write.key[33:])
                self.store[name].pop(place, None)
                if write.value is not None:
                    self.store[name][place] = write.value
            for event in node.take_events():
                self.events.append((name, event))
                if isinstance(event, FundingGenerationReady) and self.funds:
                    node.funding_transaction_generated(self.ids["bob"], event.temporary_channel_id, self.transaction(event))
            for raw in node.take_broadcasts():
                self.broadcasts.append(raw)
                self.broadcasters.append(name)
            self.wire += [(name, decode_message(data)) for _, data in node.take_messages()]

    funds = True
    """Whether alice makes the transactions that she is asked for."""

    def transaction(self, event: FundingGenerationReady) -> Transaction:
        return funding_transaction(sha256(event.output_script).digest(), amount_sat=event.capacity_sat, script_pubkey=event.output_script)

    def step(self) -> Message | None:
        """Deliver one message; None when nobody has anything to say."""
        self.collect()
        if not self.wire:
            self.collect()
        if not self.wire:
            return None
        name, message = self.wire.pop(0)
        self.said.append(f"{name} {type(message).__name__}")
        self.hand(message, sender=name)
        return message

    def hand(self, message: Message, *, sender: str) -> None:
        """Let the other one hear this, whoever made it."""
        receiver = "bob" if sender == "alice" else "alice"
        self.nodes[receiver].handle_message(self.ids[sender], encode_message(message))

    def run(self) -> list[str]:
        """Deliver until both are at rest; what was said meanwhile."""
        before = len(self.said)
        while self.step() is not None:
            pass
        return self.said[before:]

    def run_until(self, kind: type[Message]) -> Message:
        """Deliver until the next message is of this kind, which is taken off the line instead."""
        while True:
            self.collect()
            self.collect()
            assert self.wire, f"nobody says {kind.__name__}"
            if isinstance(self.wire[0][1], kind):
                self.speaker, message = self.wire.pop(0)
                return message
            self.step()

    def ask(self, wish: ChannelWish = WISH) -> ChannelId:
        """Alice asks bob for a channel."""
        return self.nodes["alice"].create_channel(self.ids["bob"], wish)

    def mine(self, blocks: int, *transactions: Transaction) -> None:
        """Blocks come; the first holds these transactions."""
        for number in range(blocks):
            self.height += 1
            for node in self.nodes.values():
                if number == 0 and transactions:
                    node.transactions_confirmed(list(enumerate(transactions, start=1)), self.height)
                node.best_block_updated(self.height)
            self.run()

    def heard(self, name: str, kind: type) -> list[Event]:
        return [event for who, event in self.events if who == name and isinstance(event, kind)]

    def peer_of(self, name: str) -> NodeId:
        return self.ids["bob" if name == "alice" else "alice"]


def changed(message: Message, **fields: object) -> Message:
    """The same message with some fields said otherwise."""
    return replace(message, **fields)
