"""Nodes of which some misbehave: the sandbox's own faults on the networks of these stories, stored and loaded like everything else."""

from __future__ import annotations

from payments.lightning.manager.receiving import InvoiceWish
from payments.sandbox.faults import Fault
from payments.sandbox.mischief import Mischief
from payments.sandbox.topology import ChannelPlan, NodePlan, Role, Topology
from tests.network.nodes import Nodes, channel


class MischievousNodes(Nodes):
    """Nodes whose faults are set by the sandbox."""

    mischief: Mischief | None = None

    def turn(self, *, after_ms: int = 0) -> None:
        """One turn as the engine's process takes it."""
        if self.mischief is not None:
            self.clock.set(self.now_ms + after_ms)
            self.mischief.keep_up()
            after_ms = 0
        super().turn(after_ms=after_ms)

    def set(self, *faults: Fault) -> None:
        """These faults, and whatever their setting takes."""
        if self.mischief is None:
            self.mischief = Mischief(self.network, self.topology, self.ids)
        for fault in faults:
            self.mischief.set(fault)
        self.run()

    def shop_invoice(self, name: str, amount_msat: int) -> str:
        """An invoice that a node makes as its faults let it."""
        assert self.mischief is not None
        text = self.mischief.create_invoice(name, InvoiceWish(amount_msat=amount_msat, description="test", expiry_s=3_600))
        self.turn()
        return text

    def clear(self) -> None:
        """No faults, and whatever their clearing takes."""
        assert self.mischief is not None
        self.mischief.clear()
        self.run()

    def restart_all(self) -> None:
        """The whole process dies and comes back with the stored faults."""
        assert self.mischief is not None
        state = self.mischief.state
        self.mischief = None
        super().restart_all()
        self.mischief = Mischief(self.network, self.topology, self.ids, state)
        self.network.connect_all()
        self.run()


def mischievous(*channels: ChannelPlan, **world: object) -> MischievousNodes:
    """The nodes that these channels connect."""
    names = dict.fromkeys(name for plan in channels for name in (plan.opener, plan.accepter))
    nodes = tuple(NodePlan(slug=name, name=name.title(), role=Role.ROUTING) for name in names)
    return MischievousNodes(Topology(nodes=nodes, channels=channels), **world)


def two_ways(**world: object) -> MischievousNodes:
    """
    A short way over bob and a long one over carol and erin.

        alice --- bob --- dave
          |                |
        carol ---------- erin
    """
    pairs = [("alice", "bob"), ("bob", "dave"), ("alice", "carol"), ("carol", "erin"), ("erin", "dave")]
    return mischievous(*[channel(*pair) for pair in pairs], **world)


def one_way(**world: object) -> MischievousNodes:
    """Alice, bob, carol and dave in a row."""
    return mischievous(channel("alice", "bob"), channel("bob", "carol"), channel("carol", "dave"), **world)
