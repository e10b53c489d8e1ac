"""`manage.py run_node` with a door to the outside: who calls is a peer, who shouts is dropped, and without the setting there is no door."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from payments.lightning.ids import NodeId
from payments.lightning.invoice.network import Network
from payments.lightning.peer import our_init
from payments.lightning.wire.messages import Init, Ping, Pong, decode_message, encode_message
from tests.interop.bell import Bell
from tests.interop.peer_node import PeerNode
from tests.processes.engine import EngineProcess
from tests.processes.test_refusals import manage
from tests.strangers import dropped, heard, stranger_at

LISTENING = re.compile(r"Listening: ([0-9a-f]{66})@127\.0\.0\.1:([0-9]+)$")
DURABLE = {"LNWEB_LISTEN": "127.0.0.1:0", "LNWEB_SQLITE_SYNCHRONOUS": "FULL"}
IN_USE = "Peers cannot be served at 127.0.0.1, port {port} (Address already in use): choose another address in LNWEB_LISTEN."
NOT_DURABLE = (
    "With LNWEB_LISTEN the database must keep every commit through a power failure, but LNWEB_SQLITE_SYNCHRONOUS is NORMAL: "
    "make it FULL, or leave LNWEB_LISTEN empty."
)


class Door(Struct, frozen=True):
    """Where an engine says that it listens."""

    node_id: NodeId
    port: int


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation of its own, whatever database the tests run against: that one need not be durable."""
    folder = tmp_path_factory.mktemp("installation") / "state"
    folder.mkdir(mode=0o700)
    assert 0 == manage("migrate", folder).returncode
    return folder


def engine(state_dir: Path, **variables: str) -> EngineProcess:
    return EngineProcess(**{"DATABASE_URL": "", "LNWEB_STATE_DIR": str(state_dir), **variables})


@pytest.fixture
def listening(state_dir: Path) -> Iterator[EngineProcess]:
    with engine(state_dir, **DURABLE) as process:
        yield process


@pytest.fixture
def door(listening: EngineProcess) -> Door:
    return door_of(listening)


def door_of(process: EngineProcess) -> Door:
    (found,) = filter(None, map(LISTENING.search, process.said))
    return Door(NodeId(bytes.fromhex(found[1])), int(found[2]))


async def test_a_node_of_ours_meets_it_over_tcp(door):
    bell = Bell()
    bob = PeerNode("bob", bell)
    await bob.connect(door.node_id, door.port)
    await bell.until(lambda: bob.manager.is_connected(door.node_id), what="the engine's init")

    assert [] == bob.ended_lines
    await bob.stop()


async def test_init_is_answered_with_init_and_a_ping_with_a_pong(door):
    reader, writer, transport = await stranger_at(door.node_id, door.port)
    for message in (our_init(Network.REGTEST.chain_hash), encode_message(Ping(num_pong_bytes=7, ignored=b""))):
        writer.write(transport.encrypt(message))
    init, pong = map(decode_message, await heard(reader, transport, messages=2))
    writer.close()

    assert isinstance(init, Init)
    assert Pong(ignored=bytes(7)) == pong


async def test_whoever_shouts_is_dropped_and_the_next_caller_is_served(door):
    for garbage in (b"GET / HTTP/1.1\r\n\r\n" + bytes(100), bytes(50), b"\xff" * 5_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(garbage)
        assert b"" == await dropped(reader, writer)
    reader, writer, transport = await stranger_at(door.node_id, door.port)
    writer.write(transport.encrypt(b"\x00\x13\x00"))
    said = [decode_message(data).TYPE for data in await heard(reader, transport, messages=2)]

    assert [Init.TYPE, 1] == said
    assert b"" == await dropped(reader, writer)
    reader, writer, transport = await stranger_at(door.node_id, door.port)
    assert isinstance(decode_message((await heard(reader, transport))[0]), Init)
    writer.close()


async def test_sigterm_ends_it_cleanly_with_a_peer_and_a_silent_caller_on_the_line(listening, door):
    reader, writer, transport = await stranger_at(door.node_id, door.port)
    await heard(reader, transport)
    silent = await asyncio.open_connection("127.0.0.1", door.port)

    assert 0 == await asyncio.to_thread(listening.terminate)
    assert b"" == await dropped(reader, writer)
    assert b"" == await dropped(*silent)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="who listens is asked of Linux")
def test_without_the_setting_nothing_listens(state_dir):
    with engine(state_dir) as process:
        closed = listening_sockets(process.pid)
        assert not any(map(LISTENING.search, process.said))
        assert 0 == process.terminate()
    with engine(state_dir, **DURABLE) as process:
        assert 1 == len(listening_sockets(process.pid))

    assert set() == closed


def listening_sockets(pid: int) -> set[str]:
    """The inodes of a process's TCP sockets that wait for calls."""
    own = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own}


def refusal(state_dir: Path, **variables: str) -> str:
    answer = manage("run_node", state_dir, **variables)
    assert (1, "") == (answer.returncode, answer.stdout), answer
    (line,) = answer.stderr.splitlines()
    return line.removeprefix("CommandError: ")


def test_an_address_in_use_is_refused(state_dir):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refusal(state_dir, **DURABLE | {"LNWEB_LISTEN": f"127.0.0.1:{port}"})

    assert IN_USE.format(port=port) == said


def test_a_database_that_may_lose_commits_is_refused(state_dir):
    assert NOT_DURABLE == refusal(state_dir, LNWEB_LISTEN="127.0.0.1:0")


@pytest.mark.parametrize("value", ["9735", "127.0.0.1:", ":9735", "127.0.0.1:65536", "127.0.0.1:-1", "::1:9735", "tcp://127.0.0.1:9735"])
def test_what_is_no_address_is_refused(state_dir, value):
    said = refusal(state_dir, LNWEB_LISTEN=value)

    assert said.startswith(f"LNWEB_LISTEN is {value!r}; ")
