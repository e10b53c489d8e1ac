"""The engine's turns with peers from outside: what they are told is committed, and a turn that was lost is not gone on from."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar
from unittest.mock import patch

import pytest
from django.db import connections

from payments.lightning.channel.channel import Connection
from payments.lightning.events import FundingGenerationReady
from payments.lightning.ids import ChannelId
from payments.lightning.manager.opening import ChannelWish
from payments.models import ChannelRecord
from payments.nodes.engine import EngineHost
from payments.nodes.lease import Lease
from payments.services.request_shop_invoice import request_shop_invoice
from tests.interop.bell import Bell
from tests.interop.peer_node import PeerNode
from tests.interop.world import funding_transaction

T = TypeVar("T")
pytestmark = pytest.mark.django_db(transaction=True)


class Engine(threading.Thread):
    """Turns whenever something arrives. `disk_is_full` makes the next commits fail."""

    def __init__(self) -> None:
        super().__init__()
        self.disk_is_full = threading.Event()
        self.failed = threading.Event()
        self._rung = threading.Event()
        self._ready = threading.Event()
        self._stopping = False

    def run(self) -> None:
        try:
            host = EngineHost(Lease())
            self.node_id = host._own_id
            with host.listening(("127.0.0.1", 0), ring=self._rung.set) as self.port, patch.object(host, "_store", self._storing(host)):
                self._ready.set()
                while not self._stopping:
                    self._rung.wait(0.05)
                    self._rung.clear()
                    self._turn(host)
        finally:
            connections.close_all()

    def _turn(self, host: EngineHost) -> None:
        try:
            host.take_turn()
        except OSError:
            self.failed.set()

    def _storing(self, host: EngineHost):
        store = host._store

        def wrapped(effects, *, events):
            if self.disk_is_full.is_set():
                raise OSError(28)
            store(effects, events=events)

        return wrapped

    def __enter__(self):
        self.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_error):
        self._stopping = True
        self._rung.set()
        self.join()


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine() as running:
        yield running


async def aside(work: Callable[[], T]) -> T:
    """Something with the database, in a thread that leaves no connection behind."""

    def closing() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    return await asyncio.to_thread(closing)


@pytest.fixture
async def bob(engine):
    """A node of ours elsewhere, which has met the engine."""
    node = PeerNode("bob", Bell())
    await meet(node, engine)
    yield node
    await node.stop()


async def meet(bob: PeerNode, engine: Engine) -> None:
    await bob.connect(engine.node_id, engine.port)
    await bob.bell.until(lambda: bob.manager.is_connected(engine.node_id), what="the engine's init")


async def ask_for_signature(bob: PeerNode, engine: Engine) -> None:
    """A channel that bob pays for, up to where the engine must sign."""
    temporary = bob.do(lambda manager: manager.create_channel(engine.node_id, ChannelWish(capacity_sat=1_000_000, is_announced=False)))
    ready = await bob.event(FundingGenerationReady)
    transaction = funding_transaction(ready.capacity_sat, ready.output_script)
    bob.do(lambda manager: manager.funding_transaction_generated(engine.node_id, temporary, transaction))


async def open_channel(bob: PeerNode, engine: Engine) -> ChannelId:
    """A channel that both have signed; no block of the engine's chain holds its funding."""
    await ask_for_signature(bob, engine)
    await bob.bell.until(lambda: bob.broadcasts, what=lambda: f"the engine's signature {bob.heard_complaints}")
    return bob.channels()[0].id


async def test_a_channel_with_it_is_stored_before_it_is_signed(bob, engine):
    channel_id = await open_channel(bob, engine)

    stored = await aside(lambda: ChannelRecord.objects.get(channel_id=channel_id.hex()))
    assert (bob.node_id.hex(), False) == (stored.counterparty, stored.is_usable)


async def test_what_could_not_be_stored_is_not_signed(bob, engine):
    engine.disk_is_full.set()
    asking = asyncio.create_task(ask_for_signature(bob, engine))
    await bob.bell.until(lambda: bob.ended_lines, what="the end of the line")
    asking.cancel()

    assert [] == bob.broadcasts
    assert not await aside(lambda: ChannelRecord.objects.filter(counterparty=bob.node_id.hex()).exists())


async def test_a_turn_that_was_lost_cuts_the_line_and_the_channel_comes_back_on_the_next(bob, engine):
    await open_channel(bob, engine)
    engine.disk_is_full.set()
    await aside(lambda: request_shop_invoice("aurora-coffee", amount_msat=1_000, description=""))
    await bob.bell.until(lambda: bob.ended_lines, what="the end of the line")
    engine.disk_is_full.clear()
    await meet(bob, engine)
    await bob.bell.until(lambda: bob.channels()[0].connection is Connection.ONLINE, what=lambda: f"reestablish {bob.heard_complaints}")

    assert ["line_cut"] == bob.ended_lines
    assert [] == bob.heard_complaints
