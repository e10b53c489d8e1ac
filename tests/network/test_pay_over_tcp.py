"""Two of our nodes over loopback TCP: they pay each other, through crashes too, and strangers are dropped with a reason."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os

import pytest

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.events import PaymentSent
from payments.lightning.ids import NodeId
from payments.lightning.transport.errors import Act2BadTag, Act2ReadFailed
from payments.lightning.transport.noise import Initiator
from payments.nodes.errors import HandshakeTimedOut, PeerUnreachable, TooManyLines
from payments.nodes.tcp import LineLimits, PeerConnected, PeerDisconnected, PeerSaid, TcpPeers
from tests.interop.bell import Bell
from tests.interop.pair import join
from tests.interop.peer_node import PeerNode
from tests.interop.wired_node import Cut
from tests.strangers import STRANGER, dropped, stranger_at

SERVER = b"\x21" * 32
SERVER_ID = NodeId(public_key(SERVER))
QUICK = LineLimits(handshake_timeout_ms=200, frame_timeout_ms=200, unsent_bytes=200_000, lines=3)


@pytest.fixture
async def bell():
    return Bell()


@pytest.fixture
async def alice(bell):
    node = PeerNode("alice", bell, height=100)
    yield node
    await node.stop()


@pytest.fixture
async def bob(bell):
    node = PeerNode("bob", bell, height=100)
    await node.listen()
    yield node
    await node.stop()


@pytest.fixture
async def lone(bell):
    """A node that nobody has a channel with, and that has little patience."""
    node = PeerNode("lone", bell, limits=QUICK)
    await node.listen()
    yield node
    await node.stop()


async def meet(alice, bob):
    await alice.connect(bob.node_id, bob.port)
    await alice.usable()
    await bob.usable()


async def test_it_works(alice, bob):
    join(alice, bob)
    await meet(alice, bob)

    assert isinstance(await alice.pay(bob.invoice(1_000_000)), PaymentSent)
    assert isinstance(await bob.pay(alice.invoice(2_000_000)), PaymentSent)
    await alice.quiet()
    await bob.quiet()
    assert (501_000_000, 499_000_000) == tuple(node.manager.list_channels()[0].balance_msat for node in (alice, bob))


async def test_a_payment_goes_on_after_both_have_crashed_in_the_middle_of_it(alice, bob):
    join(alice, bob)
    await meet(alice, bob)
    alice.cut = Cut(at=4, after=True)
    payment = alice.begin(bob.invoice(1_000_000))
    await alice.bell.until(lambda: alice.cut.done and not bob.connected, what="the cut")
    await alice.crash()
    await bob.crash()
    await bob.listen()
    await meet(alice, bob)

    assert isinstance(await alice.outcome(payment), PaymentSent)
    await alice.quiet()
    assert 499_000_000 == alice.manager.list_channels()[0].balance_msat


async def test_a_peer_that_connects_again_has_one_line(alice, bob):
    join(alice, bob)
    await meet(alice, bob)
    await alice.crash()
    await meet(alice, bob)

    assert isinstance(await alice.pay(bob.invoice(1_000_000)), PaymentSent)
    assert {alice.node_id} == bob.connected


async def test_who_takes_us_for_another_node_is_not_answered(alice, bob):
    with pytest.raises(Act2ReadFailed):
        await alice.connect(NodeId(public_key(STRANGER)), bob.port)


async def test_nobody_at_an_address_is_said_so(alice, bob):
    await bob.stop()
    with pytest.raises(PeerUnreachable):
        await alice.connect(bob.node_id, bob.port)


@contextlib.asynccontextmanager
async def answering(answer):
    """A port at which one caller gets these bytes for an answer and nothing more."""
    over = asyncio.Event()

    async def serve(reader, writer):
        await reader.readexactly(50)
        writer.write(answer)
        await reader.read(-1)
        writer.close()
        over.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await over.wait()


async def test_an_answer_that_is_not_the_nodes_is_not_believed(alice):
    async with answering(b"\0" + public_key(STRANGER) + bytes(16)) as port:
        with pytest.raises(Act2BadTag):
            await alice.connect(NodeId(public_key(STRANGER)), port)


async def test_an_answer_that_does_not_come_is_not_waited_for(bell):
    caller = PeerNode("caller", bell, limits=QUICK)
    async with answering(b"") as port:
        with pytest.raises(HandshakeTimedOut):
            await caller.connect(NodeId(public_key(STRANGER)), port)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\n\r\n", "act1_bad_version"),
        (bytes(50), "act1_bad_pubkey"),
        (b"\0" + public_key(STRANGER) + bytes(16), "act1_bad_tag"),
        (b"\0" * 20, "handshake_timed_out"),
        (b"", "handshake_timed_out"),
    ],
    ids=["http", "no_key", "other_key", "half_an_act", "nothing"],
)
async def test_a_caller_who_proves_nothing_is_dropped(lone, caplog, said, reason):
    caplog.set_level(logging.INFO, logger="lnweb.lines")
    reader, writer = await asyncio.open_connection("127.0.0.1", lone.port)
    writer.write(said)

    assert b"" == await dropped(reader, writer)
    assert f"A caller was refused: {reason}" in caplog.messages
    assert [] == lone.ended_lines


async def test_half_a_handshake_is_dropped(lone, caplog):
    caplog.set_level(logging.INFO, logger="lnweb.lines")
    reader, writer = await asyncio.open_connection("127.0.0.1", lone.port)
    writer.write(Initiator(STRANGER, responder_id=lone.node_id, ephemeral_private_key=STRANGER).act_one())

    assert 50 == len(await dropped(reader, writer))
    assert "A caller was refused: handshake_timed_out" in caplog.messages


async def test_a_line_that_says_what_was_never_encrypted_ends(lone):
    reader, writer, _transport = await stranger_at(lone.node_id, lone.port)
    writer.write(bytes(100))
    await dropped(reader, writer)
    await lone.bell.until(lambda: lone.ended_lines, what="the end of the line")

    assert ["frame_not_authentic"] == lone.ended_lines


async def test_a_peer_that_stops_amid_a_message_is_dropped(lone):
    reader, writer, transport = await stranger_at(lone.node_id, lone.port)
    writer.write(transport.encrypt(bytes(60_000))[:30_000])
    await dropped(reader, writer)
    await lone.bell.until(lambda: lone.ended_lines, what="the end of the line")

    assert ["frame_timed_out"] == lone.ended_lines


async def test_a_peer_that_says_nothing_between_messages_is_kept(lone):
    reader, writer, _transport = await stranger_at(lone.node_id, lone.port)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(-1), 3 * QUICK.frame_timeout_ms / 1_000)

    assert [] == lone.ended_lines
    writer.close()


async def test_bytes_that_are_no_message_end_the_line_with_a_warning(lone):
    reader, writer, transport = await stranger_at(lone.node_id, lone.port)
    writer.write(transport.encrypt(b"\x00"))
    said = transport.receive(await dropped(reader, writer))

    assert [16, 1] == [int.from_bytes(message[:2], "big") for message in said]


async def test_a_peer_that_does_not_read_is_dropped():
    ended = asyncio.Event()
    arrivals = []

    async def handle(arrival):
        arrivals.append(arrival)
        match arrival:
            case PeerConnected():
                for _ in range(400):
                    peers.send(arrival.node_id, bytes(60_000))
            case PeerDisconnected():
                ended.set()

    peers = TcpPeers(SERVER, handle=handle, entropy=os.urandom, limits=QUICK)

    _reader, writer, _transport = await stranger_at(SERVER_ID, await peers.listen("127.0.0.1", 0))
    await asyncio.wait_for(ended.wait(), 5)
    writer.close()
    await peers.close()

    assert "peer_reads_too_slowly" == arrivals[-1].reason


async def test_the_next_message_is_read_only_when_the_last_one_is_handled():
    handled, at_once, busy = [], [], 0

    async def handle(arrival):
        nonlocal busy
        if isinstance(arrival, PeerSaid):
            busy += 1
            at_once.append(busy)
            await asyncio.to_thread(os.urandom, 1)
            handled.append(arrival.data)
            busy -= 1

    peers = TcpPeers(SERVER, handle=handle, entropy=os.urandom)

    reader, writer, transport = await stranger_at(SERVER_ID, await peers.listen("127.0.0.1", 0))
    writer.write(b"".join(transport.encrypt(b"%d" % number) for number in range(20)))
    writer.write_eof()
    await dropped(reader, writer)
    await peers.close()

    assert [b"%d" % number for number in range(20)] == handled
    assert {1} == set(at_once)


async def test_there_are_no_more_lines_than_we_serve(lone, caplog):
    caplog.set_level(logging.INFO, logger="lnweb.lines")
    waiting = [await asyncio.open_connection("127.0.0.1", lone.port) for _ in range(QUICK.lines)]
    reader, writer = await asyncio.open_connection("127.0.0.1", lone.port)

    assert b"" == await dropped(reader, writer)
    assert "A caller was refused: too_many_lines" == caplog.messages[0]
    with pytest.raises(TooManyLines):
        await lone.connect(NodeId(public_key(STRANGER)), lone.port)
    for _reader, other in waiting:
        other.close()
