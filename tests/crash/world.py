"""
The engine's host on a real database, with a clock that is turned by hand, and a process that dies where it is told to.

What a dying process leaves is what its commits left: a new host takes everything from the database, every line is made anew, and whoever
was waiting for an answer asks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.core.management.color import no_style
from django.db import connection

from payments.lightning.channel.channel import Channel
from payments.lightning.events import Event
from payments.lightning.ids import NodeId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.outbound import Retry
from payments.lightning.routing.parameters import RouteParameters
from payments.models import PaymentRecord
from payments.nodes.engine import EngineHost
from payments.nodes.lease import Lease
from payments.sandbox.network import TurnEffects
from payments.sandbox.topology import Topology
from payments.services.pay_invoice import pay_invoice
from payments.services.record_event import handle_pending_events, has_pending_events
from tests.crash.points import CrashPoints, Killed, StatementRefused

PATIENCE_MS = 300_000
"""Longer than a payment retries; what has not ended then never will."""
_MANY_TURNS = 3_000
_ERROR_TYPES = (1, 17)
"""`warning` and `error`. BOLT 1, The `error` and `warning` Messages"""


class WatchedHost(EngineHost):
    """An engine whose turns are written down once they are on the disk, and whose complaints are heard."""

    def __init__(self, lease: Lease, world: World) -> None:
        self._world = world
        super().__init__(lease)

    def _store(self, effects: TurnEffects, *, events: list[Event]) -> None:
        self._world.uncommitted = list(effects.events)
        super()._store(effects, events=events)

    def take_turn(self) -> bool:
        busy = super().take_turn()
        for parcel in self._network._parcels:
            if int.from_bytes(parcel.data[:2], "big") in _ERROR_TYPES:
                self._world.complaints.add(parcel.data)
        return busy


class World:
    """A topology with our node in it. `points` says where it breaks."""

    def __init__(self, topology: Topology, points: CrashPoints) -> None:
        self.topology = topology
        self.points = points
        self.uncommitted: list[tuple[NodeId, Event]] = []
        self.log: list[tuple[NodeId, Event]] = []
        self.complaints: set[bytes] = set()
        self.payment_ids: list[str] = []
        self._now_ms = time.time_ns() // 1_000_000
        points.on_commit = self._keep
        _empty_database()
        self.host = WatchedHost(Lease(take_over=True), self)
        self.run(lambda: True)

    def _keep(self) -> None:
        self.log += self.uncommitted
        self.uncommitted = []

    # -- what is asked of it

    def node(self, slug: str) -> ChannelManager:
        return self.host._network.wake(self.host._ids[slug])

    def channel(self, slug: str, peer: str) -> Channel:
        """A node's end of its channel with another."""
        manager = self.host._network[self.host._ids[slug]]
        ours = (one.channel_id for one in manager.list_channels() if one.counterparty_node_id == self.host._ids[peer])
        return manager.channel(next(ours))

    def invoice(self, slug: str, amount_msat: int) -> str:
        """An invoice of a node, stored."""
        text = self.node(slug).create_bolt11_invoice(InvoiceWish(amount_msat=amount_msat, description="", expiry_s=3_600))
        self.host.take_turn()
        return text

    def pay(self, text: str, *, payment_id: str) -> None:
        """Our node pays, as a person asks for it: whoever hears nothing asks again."""
        self.payment_ids.append(payment_id)
        self.do(lambda: pay_invoice(text, payment_id=payment_id))

    def pay_from(self, slug: str, text: str, *, payment_id: bytes) -> None:
        """Another node pays: its owner looks whether it has begun already."""
        read = decode(text)

        def begin() -> None:
            self.calm_down()
            manager = self.node(slug)
            if all(payment.payment_id != payment_id for payment in manager.list_recent_payments()):
                retry = Retry(max_attempts=6, until_ms=self._now_ms + 60_000)
                assert manager.pay_for_bolt11_invoice(read, payment_id, params=RouteParameters.from_invoice(read), retry=retry) is None
            self.host.take_turn()

        self.do(begin)

    def do(self, action: Callable[[], object]) -> None:
        """Until it has gone through. Whatever it does must be harmless when it is done again."""
        while not self._survives(action):
            pass

    def calm_down(self) -> None:
        """Wait until every line is up again, when it is not."""
        if not self._is_joined():
            self.run(lambda: True)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Turns until it is over and nothing is under way."""
        deadline_ms = self._now_ms + PATIENCE_MS
        for _ in range(_MANY_TURNS):
            self._survives(self._round)
            if self._is_at_rest() and is_over():
                return
            assert self._now_ms < deadline_ms, "it never ends"
            self._now_ms = max(self._now_ms + 1, min(self.host.next_due_ms, self._now_ms + 1_000))
        raise AssertionError("it does not come to rest")

    def is_paid_or_failed(self) -> bool:
        """Whether every payment of ours has ended."""
        return not PaymentRecord.objects.exclude(status__in=("paid", "failed")).exists()

    # -- how it breaks

    def _round(self) -> None:
        self.host.take_turn()
        if has_pending_events():
            handle_pending_events()

    def _is_at_rest(self) -> bool:
        return self.host.is_idle and self._is_joined() and not has_pending_events()

    def _is_joined(self) -> bool:
        return not any(manager.is_reestablishing for manager in self.host._network.managers.values())

    def _survives(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except Killed:
            self.restart()
        except StatementRefused:
            pass
        else:
            return True
        return False

    def restart(self) -> None:
        """A new process; it may die while it starts."""
        while True:
            self.uncommitted = []
            try:
                self.host = WatchedHost(Lease(take_over=True), self)
            except (Killed, StatementRefused):
                continue
            return


@contextmanager
def in_world(topology: Topology, points: CrashPoints) -> Iterator[World]:
    """A new world in an empty database."""
    clock: list[World] = []

    def now_ms() -> int:
        return clock[0]._now_ms

    class Clocked(World):
        def __init__(self) -> None:
            clock.append(self)
            super().__init__(topology, points)

    with patch.multiple("payments.nodes.engine", SANDBOX=topology, NODES=topology.nodes, now_ms=now_ms):
        yield Clocked()


def _empty_database() -> None:
    tables = [table for table in connection.introspection.django_table_names(only_existing=True) if table.startswith("payments_")]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=False))
