"""
Lines to other nodes over TCP: listening, calling, and what a stranger may cost.

Bytes from a peer come out as arrivals, one after the other: the next is read only when the handler of the last one has returned, so that a
peer can never be further ahead of the disk than one message. What shall go to a peer is handed in with `send`, after the commit that it
follows from; nothing here decides or stores anything. Whoever does not prove in time who it is, stops amid a message, does not read, or
sends what is not authentic is dropped with a reason; memory for each line is bounded.

BOLT 8, Encrypted and Authenticated Transport
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator

from msgspec import Struct

from payments.lightning.crypto.secp256k1 import is_private_key
from payments.lightning.errors import LightningError
from payments.lightning.ids import NodeId
from payments.lightning.ports import Entropy
from payments.lightning.transport.noise import ACT_ONE_BYTES, ACT_THREE_BYTES, ACT_TWO_BYTES, Initiator, Responder, Transport
from payments.nodes.errors import (
    FrameTimedOut,
    HandshakeTimedOut,
    LineClosed,
    LineCut,
    LineReplaced,
    PeerReadsTooSlowly,
    PeerUnreachable,
    TooManyLines,
)

READ_BYTES = 1 << 16
"""Read at once: about one longest message, so that a line holds two at most."""
logger = logging.getLogger("lnweb.lines")


class LineLimits(Struct, frozen=True, kw_only=True):
    """What a peer may cost."""

    handshake_timeout_ms: int = 10_000
    """For all three acts and the TCP connection before them: honest peers need two round trips."""
    frame_timeout_ms: int = 60_000
    """For the rest of a message that has begun: 64 KiB on the slowest line that could carry payments."""
    unsent_bytes: int = 4 << 20
    """What may wait for a peer to read it: several times all that a full channel repeats after a cut."""
    lines: int = 100
    """Peers at once, those who have not yet proved who they are among them."""


class PeerConnected(Struct, frozen=True, kw_only=True, tag=True):
    """A peer proved who it is."""

    node_id: NodeId


class PeerSaid(Struct, frozen=True, kw_only=True, tag=True):
    """One message of a connected peer."""

    node_id: NodeId
    data: bytes


class PeerDisconnected(Struct, frozen=True, kw_only=True, tag=True):
    """The line to a peer is no more; `reason` is a LightningError's code."""

    node_id: NodeId
    reason: str


Arrival = PeerConnected | PeerSaid | PeerDisconnected
Handler = Callable[[Arrival], Coroutine[None, None, None]]
"""Takes the turn for one arrival, with its commit, before it returns. It must not raise: that would end the line."""


class _Line:
    """A proved connection to one peer."""

    def __init__(self, node_id: NodeId, transport: Transport, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.node_id = node_id
        self.ended_for: LightningError | None = None
        self.told = asyncio.Event()
        """Set when the handler has been told of the end."""
        self._transport = transport
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes, *, limit_bytes: int) -> None:
        """Put a message on the line; the line ends when too much waits on it."""
        if self.ended_for is not None:
            return
        self._writer.write(self._transport.encrypt(data))
        if self._writer.transport.get_write_buffer_size() > limit_bytes:
            self.end(PeerReadsTooSlowly(limit_bytes=limit_bytes))
            self._writer.transport.abort()

    async def read(self, *, frame_timeout_ms: int) -> list[bytes]:
        """
        The messages that came next, none when none is whole yet.

        raises    LineCut, FrameTimedOut, FrameNotAuthentic, and why we hung up when we did
        """
        timeout_s = frame_timeout_ms / 1_000 if self._transport.is_amid_frame else None
        try:
            async with asyncio.timeout(timeout_s):
                data = await self._reader.read(READ_BYTES)
        except TimeoutError:
            raise FrameTimedOut(timeout_ms=frame_timeout_ms) from None
        except OSError:
            data = b""
        if not data or self.ended_for is not None:
            raise self.ended_for or LineCut()
        return self._transport.receive(data)

    def end(self, reason: LightningError) -> None:
        """Hang up. What was put on the line before is still sent; the first reason counts."""
        if self.ended_for is None:
            self.ended_for = reason
            self._reader.feed_eof()
            self._writer.close()

    async def close(self, timeout_ms: int) -> None:
        """Wait until what was sent before the end is gone, but not for ever."""
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError is one
            pass
        finally:
            self._writer.transport.abort()


class TcpPeers:
    """A node's lines. `handle` is told of every arrival, for each peer in order."""

    def __init__(self, node_private_key: bytes, *, handle: Handler, entropy: Entropy, limits: LineLimits | None = None) -> None:
        self._node_private_key = node_private_key
        self._handle = handle
        self._entropy = entropy
        self._limits = limits or LineLimits()
        self._lines: dict[NodeId, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """Take calls; answers with the port, which is chosen by the system when 0 was asked for."""
        self._server = await asyncio.start_server(self._called, host, port)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def connect(self, node_id: NodeId, host: str, port: int) -> None:
        """
        Call a peer; when this returns, the handler is being told.

        raises    PeerUnreachable, HandshakeTimedOut, TooManyLines, HandshakeError leaves
        """
        if len(self._tasks) >= self._limits.lines:
            raise TooManyLines(limit=self._limits.lines)
        with _deadline(self._limits.handshake_timeout_ms):
            async with asyncio.timeout(self._limits.handshake_timeout_ms / 1_000):
                try:
                    reader, writer = await asyncio.open_connection(host, port)
                except OSError:
                    raise PeerUnreachable(host=host, port=port) from None
                with _closing_unless_done(writer):
                    transport = await self._initiate(node_id, reader, writer)
        self._spawn(self._serve(_Line(node_id, transport, reader, writer)))

    def send(self, node_id: NodeId, data: bytes) -> None:
        """Send a message whose causes are committed. A peer that is not connected any more does not get it."""
        if (line := self._lines.get(node_id)) is not None:
            line.send(data, limit_bytes=self._limits.unsent_bytes)

    def disconnect(self, node_id: NodeId) -> None:
        """Hang up; the handler is told when it is done."""
        if (line := self._lines.get(node_id)) is not None:
            line.end(LineClosed())

    def disconnect_all(self) -> None:
        """Hang up on everybody; the handler is told of each."""
        for line in self._lines.values():
            line.end(LineClosed())

    async def close(self) -> None:
        """Take no more calls and hang up everywhere; the handler has been told of it all when this returns."""
        if self._server is not None:
            self._server.close()
        self.disconnect_all()
        await asyncio.gather(*[line.told.wait() for line in self._lines.values()])
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._spawn(self._answer(reader, writer))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A stranger calls."""
        limits = self._limits
        try:
            with _closing_unless_done(writer), _deadline(limits.handshake_timeout_ms):
                if len(self._tasks) > limits.lines:
                    raise TooManyLines(limit=limits.lines)
                async with asyncio.timeout(limits.handshake_timeout_ms / 1_000):
                    node_id, transport = await self._respond(reader, writer)
        except LightningError as refusal:
            logger.info("A caller was refused: %s", refusal.code)
            return
        await self._serve(_Line(node_id, transport, reader, writer))

    async def _initiate(self, node_id: NodeId, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Transport:
        handshake = Initiator(self._node_private_key, responder_id=node_id, ephemeral_private_key=self._ephemeral_key())
        writer.write(handshake.act_one())
        act_three, transport = handshake.act_three(await _read_act(reader, ACT_TWO_BYTES))
        writer.write(act_three)
        return transport

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[NodeId, Transport]:
        handshake = Responder(self._node_private_key, ephemeral_private_key=self._ephemeral_key())
        writer.write(handshake.act_two(await _read_act(reader, ACT_ONE_BYTES)))
        return handshake.finish(await _read_act(reader, ACT_THREE_BYTES))

    def _ephemeral_key(self) -> bytes:
        while not is_private_key(key := self._entropy(32)):
            pass
        return key

    async def _serve(self, line: _Line) -> None:
        """Tell the handler all that happens on a line, the end of the same peer's older line first."""
        while (older := self._lines.get(line.node_id)) is not None:
            older.end(LineReplaced())
            await older.told.wait()
        self._lines[line.node_id] = line
        try:
            await self._tell_all(line)
        except LightningError as reason:
            line.end(reason)
        finally:
            line.end(LineClosed())
            await self._end(line)

    async def _tell_all(self, line: _Line) -> None:
        await self._handle(PeerConnected(node_id=line.node_id))
        while True:
            for data in await line.read(frame_timeout_ms=self._limits.frame_timeout_ms):
                if line.ended_for is not None:
                    return
                await self._handle(PeerSaid(node_id=line.node_id, data=data))

    async def _end(self, line: _Line) -> None:
        assert line.ended_for is not None
        logger.info("A line ended: %s", line.ended_for.code)
        del self._lines[line.node_id]
        try:
            await self._handle(PeerDisconnected(node_id=line.node_id, reason=line.ended_for.code))
        finally:
            line.told.set()
            await line.close(self._limits.handshake_timeout_ms)


async def _read_act(reader: asyncio.StreamReader, length: int) -> bytes:
    """The bytes of an act, or fewer when the peer hangs up in it: the handshake refuses those by name."""
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as cut:
        return cut.partial
    except OSError:
        return b""


@contextlib.contextmanager
def _deadline(timeout_ms: int) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise HandshakeTimedOut(timeout_ms=timeout_ms) from None


@contextlib.contextmanager
def _closing_unless_done(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        yield
    except BaseException:
        writer.close()
        raise
