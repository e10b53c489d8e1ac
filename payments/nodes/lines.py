"""
Our node's lines to peers outside of the sandbox: sockets live in a thread of their own, everything else in the engine's turns.

What a peer says waits here until a turn takes it, and the peer's next message is not read before that turn is committed. What a turn says
leaves with `leave`, after its commit. When memory was dropped, no line may go on as if it had not been: `cut_all`. This never touches the
database and never decides anything.

BOLT 8, Encrypted and Authenticated Transport
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import TypeVar

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.ids import NodeId
from payments.nodes.errors import ListenRefused
from payments.nodes.tcp import Arrival, LineLimits, TcpPeers

T = TypeVar("T")
logger = logging.getLogger("lnweb.lines")


class OutsideLines:
    """The lines of one node. Until it listens, nobody is there and nothing arrives."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._peers: TcpPeers | None = None
        self._waiting: deque[tuple[Arrival, asyncio.Future[None]]] = deque()
        self._taken: list[asyncio.Future[None]] = []
        self._is_closing = False
        self._ring: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def listening(
        self, node_private_key: bytes, address: tuple[str, int], *, ring: Callable[[], None], limits: LineLimits | None = None
    ) -> Iterator[int]:
        """
        Take calls while the block lasts; it gets the port. At its end every peer is hung up on.

        address    host and port; port 0 lets the system choose
        ring       wakes whoever takes turns; called from another thread
        raises     ListenRefused when nobody can listen there
        """
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="lines", daemon=True)
        thread.start()
        self._ring, self._loop = ring, loop
        self._peers = TcpPeers(node_private_key, handle=self._handle, entropy=os.urandom, limits=limits)
        try:
            port = self._run(self._listen(self._peers, address))
            logger.info("Listening: %s@%s:%s", public_key(node_private_key).hex(), address[0], port)
            yield port
        finally:
            self._run(self._close(self._peers))
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            self._loop = self._peers = None

    def take_arrivals(self) -> list[Arrival]:
        """What has arrived: at most one thing from each peer, for its next one waits until `leave` or `cut_all`."""
        arrivals = []
        while self._waiting:
            arrival, done = self._waiting.popleft()
            arrivals.append(arrival)
            self._taken.append(done)
        return arrivals

    def leave(self, messages: Iterable[tuple[NodeId, bytes]] = (), *, hang_ups: Iterable[NodeId] = ()) -> None:
        """What was taken is committed: send what follows from it, hang up on these peers, and read on."""
        if self._loop is not None:
            taken, self._taken = self._taken, []
            self._loop.call_soon_threadsafe(self._send_all, list(messages), list(hang_ups), taken)

    def cut_all(self) -> None:
        """What was taken is forgotten: hang up on everybody."""
        if self._loop is not None:
            taken, self._taken = self._taken, []
            self._loop.call_soon_threadsafe(self._cut_all, taken)

    # ---- in the thread of the sockets

    async def _handle(self, arrival: Arrival) -> None:
        if self._is_closing:
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, done))
        self._ring()
        await done

    def _send_all(self, messages: list[tuple[NodeId, bytes]], hang_ups: list[NodeId], taken: list[asyncio.Future[None]]) -> None:
        assert self._peers is not None
        for node_id, data in messages:
            self._peers.send(node_id, data)
        for node_id in hang_ups:
            self._peers.disconnect(node_id)
        _let_go(taken)

    def _cut_all(self, taken: list[asyncio.Future[None]]) -> None:
        assert self._peers is not None
        self._peers.disconnect_all()
        _let_go(taken)

    async def _listen(self, peers: TcpPeers, address: tuple[str, int]) -> int:
        host, port = address
        try:
            return await peers.listen(host, port)
        except OSError as refusal:
            raise ListenRefused(host=host, port=port, reason=_reason(refusal)) from None

    async def _close(self, peers: TcpPeers) -> None:
        """Nobody takes turns any more: what still arrives is not waited for."""
        self._is_closing = True
        _let_go([done for _arrival, done in self._waiting] + self._taken)
        self._waiting.clear()
        self._taken = []
        await peers.close()

    def _run(self, work: Coroutine[None, None, T]) -> T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _reason(refusal: OSError) -> str:
    """The system's own words; a name that cannot be found has no number of the system's."""
    return os.strerror(refusal.errno) if refusal.errno is not None and refusal.errno > 0 else refusal.strerror or "no such host"


def _let_go(taken: Iterable[asyncio.Future[None]]) -> None:
    for done in taken:
        if not done.done():
            done.set_result(None)
