from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading

import pytest

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.ids import NodeId
from payments.lightning.transport.noise import Initiator
from payments.nodes.errors import ListenRefused
from payments.nodes.lines import OutsideLines
from payments.nodes.tcp import LineLimits, PeerConnected, PeerDisconnected, PeerSaid
from tests.strangers import STRANGER, dropped, heard, stranger_at

SERVER = b"\x21" * 32
SERVER_ID, STRANGER_ID = NodeId(public_key(SERVER)), NodeId(public_key(STRANGER))
ANYWHERE = ("127.0.0.1", 0)
QUICK = LineLimits(handshake_timeout_ms=200, frame_timeout_ms=200, lines=3)


class Turns:
    """Whoever takes turns: waits for the ring, then takes what has arrived."""

    def __init__(self, lines):
        self.lines = lines
        self.rung = threading.Event()

    async def next(self):
        assert await asyncio.to_thread(self.rung.wait, 5), "nothing has arrived"
        self.rung.clear()
        return self.lines.take_arrivals()


@pytest.fixture
def turns():
    return Turns(OutsideLines())


@pytest.fixture
def lines(turns):
    return turns.lines


def listening(turns, limits=None, address=ANYWHERE):
    return turns.lines.listening(SERVER, address, ring=turns.rung.set, limits=limits)


async def test_it_works(turns, lines):
    with listening(turns) as port:
        reader, writer, transport = await stranger_at(SERVER_ID, port)
        assert [PeerConnected(node_id=STRANGER_ID)] == await turns.next()
        lines.leave([(STRANGER_ID, b"welcome")])
        assert [b"welcome"] == await heard(reader, transport)
        writer.write(transport.encrypt(b"thanks"))
        assert [PeerSaid(node_id=STRANGER_ID, data=b"thanks")] == await turns.next()
        lines.leave()
        writer.close()
        assert [PeerDisconnected(node_id=STRANGER_ID, reason="line_cut")] == await turns.next()


async def test_what_a_peer_says_next_waits_for_the_commit_of_what_it_said(turns, lines):
    with listening(turns) as port:
        _reader, writer, transport = await stranger_at(SERVER_ID, port)
        await turns.next()
        writer.write(transport.encrypt(b"one") + transport.encrypt(b"two"))
        lines.leave()
        first = await turns.next()
        assert [] == lines.take_arrivals()
        lines.leave()

        assert [[b"one"], [b"two"]] == [[said.data for said in turn] for turn in (first, await turns.next())]
        writer.close()


async def test_what_is_said_at_parting_is_heard(turns, lines):
    with listening(turns) as port:
        reader, writer, transport = await stranger_at(SERVER_ID, port)
        await turns.next()
        lines.leave([(STRANGER_ID, b"never again")], hang_ups=[STRANGER_ID])

        assert [b"never again"] == transport.receive(await dropped(reader, writer))


async def test_who_is_cut_off_hears_nothing_more_and_may_call_again(turns, lines):
    with listening(turns) as port:
        reader, writer, _transport = await stranger_at(SERVER_ID, port)
        await turns.next()
        lines.cut_all()
        assert [PeerDisconnected(node_id=STRANGER_ID, reason="line_closed")] == await turns.next()
        lines.leave([(STRANGER_ID, b"of a life that is over")])
        assert b"" == await dropped(reader, writer)
        _reader, writer, _transport = await stranger_at(SERVER_ID, port)

        assert [PeerConnected(node_id=STRANGER_ID)] == await turns.next()
        writer.close()


async def test_the_end_does_not_wait_for_a_turn_that_nobody_takes(turns):
    with listening(turns) as port:
        reader, writer, _transport = await stranger_at(SERVER_ID, port)
        await turns.next()
        _reader, other, _transport = await stranger_at(SERVER_ID, port)

    assert b"" == await dropped(reader, writer)
    other.close()


async def test_a_handshake_that_is_never_finished_ends_after_its_time(turns, caplog):
    caplog.set_level(logging.INFO, logger="lnweb.lines")
    with listening(turns, QUICK) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(Initiator(STRANGER, responder_id=SERVER_ID, ephemeral_private_key=STRANGER).act_one())

        assert 50 == len(await dropped(reader, writer))
        assert "A caller was refused: handshake_timed_out" in caplog.messages


async def test_callers_beyond_the_limit_are_turned_away_and_the_others_served(turns, lines):
    with listening(turns, QUICK) as port:
        reader, writer, transport = await stranger_at(SERVER_ID, port)
        await turns.next()
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(QUICK.lines - 1)]

        assert b"" == await dropped(*await asyncio.open_connection("127.0.0.1", port))
        lines.leave([(STRANGER_ID, b"still here")])
        assert [b"still here"] == await heard(reader, transport)
        for _reader, other in [*silent, (reader, writer)]:
            other.close()


async def test_the_port_is_free_after_the_end(turns):
    with listening(turns) as port:
        pass
    with contextlib.closing(socket.create_server(("127.0.0.1", port))) as again:
        assert port == again.getsockname()[1]


@pytest.mark.parametrize("host", ["host.invalid", "192.0.2.1"])
def test_where_nobody_can_listen_it_is_said(turns, host):
    with pytest.raises(ListenRefused) as refusal, listening(turns, address=(host, 9735)):
        pass

    assert (host, 9735) == (refusal.value.host, refusal.value.port)
    assert refusal.value.reason


def test_a_port_in_use_is_said_and_leaves_no_thread(turns):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = other.getsockname()
        with pytest.raises(ListenRefused) as refusal, listening(turns, address=address):
            pass

    assert "Address already in use" == refusal.value.reason
    assert "lines" not in {thread.name for thread in threading.enumerate()}


def test_before_it_listens_nobody_is_there(lines):
    lines.leave([(STRANGER_ID, b"hello")])
    lines.cut_all()

    assert [] == lines.take_arrivals()
