"""
The engine's host on a real database, with a clock that is turned by hand, and a process that dies where it is told to.

What a dying process leaves is what its commits left: a new host takes everything from the database, every line is made anew, and whoever
was waiting for an answer asks again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from unittest.mock import patch

from django.db import connection
from django.test import override_settings
from msgspec import Struct

from payments.lightning.channel.channel import Channel
from payments.lightning.config import ChannelConfig, EngineConfig
from payments.lightning.events import Event
from payments.lightning.ids import NodeId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.outbound import Retry
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.shelf import StoreWrite
from payments.models import PaymentRecord
from payments.nodes.engine import EngineHost
from payments.nodes.lease import Lease
from payments.nodes.store import NODE_ID_LENGTH
from payments.sandbox.network import TurnEffects
from payments.sandbox.topology import Topology
from payments.services.advance_blocks import advance_blocks
from payments.services.pay_invoice import pay_invoice
from payments.services.record_event import handle_pending_events
from tests.crash.copies import Copy, empty_database, put_back, take_copy
from tests.crash.points import CrashPoints, Killed, StatementRefused
from tests.crash.watch import Watch

PATIENCE_MS = 300_000
"""Longer than a payment retries; what has not ended then never will."""
_MANY_TURNS = 3_000
DELAY_BLOCKS = 12
"""How long whoever publishes a commitment waits for its own money: enough to be a wait, not a day."""
_HASTY = EngineConfig(channel=ChannelConfig(to_self_delay_blocks=DELAY_BLOCKS))
_NEWS = (
    "SELECT 1 FROM payments_engineevent WHERE handled_at IS NULL"
    " UNION ALL SELECT 1 FROM payments_enginecommand WHERE handled_at IS NULL AND state <> 'queued' LIMIT 1"
)
_ERROR_TYPES = (1, 17)
"""`warning` and `error`. BOLT 1, The `error` and `warning` Messages"""


class Turn(Struct, kw_only=True):
    """What a turn is about to write."""

    events: list[tuple[NodeId, Event]]
    changed: set[tuple[NodeId, bytes]]
    """Channels."""


class Beginning(Struct, frozen=True, kw_only=True):
    """What there is before a story's first point: its database, and what was seen until then."""

    copy: Copy
    log: list[tuple[NodeId, Event]]
    payment_ids: list[str]
    watch: Watch
    kept: str


Begin = Callable[["World"], str]
"""What comes before a story, once for all its trials; it must end at rest. What it returns is `World.kept`."""
_BEGINNINGS: dict[tuple[Topology, Begin | None], Beginning] = {}
"""Building a network anew takes longer than most stories."""


def _channel_of(write: StoreWrite) -> tuple[NodeId, bytes] | None:
    is_channel = write.namespace == "channel" and write.value is not None
    return (NodeId(write.key[:NODE_ID_LENGTH]), write.key[NODE_ID_LENGTH:]) if is_channel else None


class WatchedHost(EngineHost):
    """An engine whose turns are written down once they are on the disk, and whose complaints are heard."""

    def __init__(self, lease: Lease, world: World) -> None:
        self._world = world
        super().__init__(lease)

    def _store(self, effects: TurnEffects, *, events: list[Event]) -> None:
        self._world.uncommitted = Turn(events=list(effects.events), changed={_channel_of(write) for write in effects.writes} - {None})
        super()._store(effects, events=events)

    def take_turn(self) -> bool:
        busy = super().take_turn()
        for parcel in self._network._parcels:
            if int.from_bytes(parcel.data[:2], "big") in _ERROR_TYPES:
                self._world.complaints.add(parcel.data)
        return busy


class World:
    """A topology with our node in it. `points` says where it breaks."""

    def __init__(self, topology: Topology, points: CrashPoints, begin: Begin | None) -> None:
        self.topology = topology
        self.points = points
        self.uncommitted: Turn | None = None
        self.watch = Watch()
        self.copies: list[Copy] | None = None
        """Every database that a commit left, when they are wanted."""
        self.log: list[tuple[NodeId, Event]] = []
        self.complaints: set[bytes] = set()
        self.payment_ids: list[str] = []
        self.kept = ""
        """What came out of the beginning: an invoice."""
        self._now_ms = time.time_ns() // 1_000_000
        points.on_commit = self._keep
        if (topology, begin) not in _BEGINNINGS:
            _BEGINNINGS[topology, begin] = self._found(begin)
        beginning = _BEGINNINGS[topology, begin]
        put_back(beginning.copy)
        self.log, self.payment_ids = list(beginning.log), list(beginning.payment_ids)
        self.watch, self.kept = deepcopy(beginning.watch), beginning.kept
        self.host = WatchedHost(Lease(take_over=True), self)
        self.run(lambda: True)
        self.watch.saw_commit()

    def _found(self, begin: Begin | None) -> Beginning:
        empty_database()
        self.host = WatchedHost(Lease(take_over=True), self)
        self.run(lambda: True)
        with self.points.watching(), self.points.resting():
            kept = begin(self) if begin is not None else ""
        return Beginning(copy=take_copy(), log=self.log, payment_ids=self.payment_ids, watch=self.watch, kept=kept)

    def _keep(self) -> None:
        turn, self.uncommitted = self.uncommitted, None
        self.watch.saw_commit()
        if turn is not None:
            self.log += turn.events
            self.watch.saw_turn(self.host._network, turn.changed, self.host._own_id)
        if self.copies is not None:
            self.copies.append(take_copy())

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

    def mine(self, blocks: int) -> None:
        """Let the chain grow, and let everybody do what follows."""
        self.do(lambda: advance_blocks(blocks))
        self.run(lambda: not self.host._mischief.state.blocks_owed)

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
            self._pass_time()
        raise AssertionError("it does not come to rest")

    def run_to(self, is_there: Callable[[], bool]) -> None:
        """Turns until a moment in the middle of things, or until nothing is under way and it will not come."""
        while not is_there():
            self._survives(self._round)
            if self._is_at_rest():
                return
            self._pass_time()

    def _pass_time(self) -> None:
        self._now_ms = max(self._now_ms + 1, min(self.host.next_due_ms, self._now_ms + 1_000))

    def is_paid_or_failed(self) -> bool:
        """Whether every payment of ours has ended."""
        return not PaymentRecord.objects.exclude(status__in=("paid", "failed")).exists()

    # -- how it breaks

    def _round(self) -> None:
        self.host.take_turn()
        if _has_news():
            handle_pending_events()

    def _is_at_rest(self) -> bool:
        return self.host.is_idle and self._is_joined() and not _has_news()

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
            self.uncommitted = None
            try:
                self.host = WatchedHost(Lease(take_over=True), self)
            except (Killed, StatementRefused):
                continue
            return


def _has_news() -> bool:
    """`has_pending_events`, asked in every turn of every trial: in one statement that nobody has to put together."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWS)
        return cursor.fetchone() is not None


@contextmanager
def in_world(topology: Topology, points: CrashPoints, begin: Begin | None = None) -> Iterator[World]:
    """A new world in an empty database."""
    clock: list[World] = []

    def now_ms() -> int:
        return clock[0]._now_ms

    class Clocked(World):
        def __init__(self) -> None:
            clock.append(self)
            super().__init__(topology, points, begin)

    with (
        patch("payments.nodes.engine.now_ms", now_ms),
        patch("payments.nodes.network_plan.SANDBOX", topology),
        override_settings(LIGHTNING=_HASTY),
    ):
        yield Clocked()
