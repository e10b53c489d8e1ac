from __future__ import annotations

import asyncio
import os
import signal
import socket
from io import StringIO

import pytest
from django.core.management.base import CommandError

from payments.management.commands import demo
from payments.management.commands.demo import ChildProcess, Command

PATIENT = (
    "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\nprint('ready')\ntime.sleep(60)\n"
)
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready')\ntime.sleep(60)\n"


@pytest.fixture
def said():
    return []


@pytest.fixture
def engine(said, settings, tmp_path):
    """An engine whose `manage.py` is a few lines of our own: write them before it starts."""
    settings.BASE_DIR = tmp_path
    return ChildProcess(said.append)


@pytest.fixture
def command():
    return Command(stdout=StringIO())


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_the_engine_is_ready_when_it_says_so_and_ends_when_it_is_asked(engine, said, tmp_path):
    (tmp_path / "manage.py").write_text(PATIENT)
    running = asyncio.create_task(engine.keep_running())
    await asyncio.wait_for(engine.ready.wait(), 30)
    await engine.stop()
    await running

    assert ["engine | ready", "engine | bye"] == said


async def test_an_engine_that_dies_is_started_again(engine, said, tmp_path):
    (tmp_path / "manage.py").write_text(PATIENT)
    running = asyncio.create_task(engine.keep_running())
    await asyncio.wait_for(engine.ready.wait(), 30)
    os.kill(engine._process.pid, signal.SIGKILL)
    await until(lambda: said.count("engine | ready") == 2)
    await engine.stop()
    await running

    assert "The engine ended by itself (exit status -9). Nothing is lost; it starts again in 1 s." == said[1]


async def test_an_engine_that_does_not_end_is_killed(engine, said, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "STOP_WITHIN_S", 0.2)
    (tmp_path / "manage.py").write_text(STUBBORN)
    running = asyncio.create_task(engine.keep_running())
    await asyncio.wait_for(engine.ready.wait(), 30)
    pid = engine._process.pid
    await engine.stop()
    await running

    assert not is_alive(pid)
    assert said[-1].startswith("The engine did not end within")


async def test_a_stop_before_the_engine_was_born_stops_it(engine, tmp_path):
    (tmp_path / "manage.py").write_text(PATIENT)
    running = asyncio.create_task(engine.keep_running())
    await asyncio.sleep(0)
    await engine.stop()

    await asyncio.wait_for(running, 30)


def test_without_a_wish_the_next_free_port_is_taken_and_named(command, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr(demo, "DEFAULT_PORT", taken)
        with command._listen("127.0.0.1", None) as listener:
            port = listener.getsockname()[1]

    assert taken < port < taken + demo.PORTS_TRIED
    assert f"Port {taken} is taken; using {port}." in command.stdout.getvalue()


def test_a_port_that_was_asked_for_and_is_taken_is_refused_with_a_sentence(command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        with pytest.raises(CommandError, match=rf"Cannot listen on 127\.0\.0\.1 port {taken}: .*\. Choose another one with --port\."):
            command._listen("127.0.0.1", taken)


def test_two_demos_on_one_state_folder_are_refused(settings, tmp_path):
    settings.LNWEB_STATE_DIR = tmp_path

    with Command()._alone(), pytest.raises(CommandError, match="A demo is already running"), Command()._alone():
        pass


def test_after_the_end_of_one_demo_another_may_run(settings, tmp_path):
    settings.LNWEB_STATE_DIR = tmp_path
    with Command()._alone():
        pass

    with Command()._alone():
        pass


def test_the_greeting_can_be_clicked_also_under_ipv6():
    assert "http://[::1]:8000/" in demo._greeting("::1", 8000, username="demo", password="secret")
