"""
`manage.py demo`: everything that a person needs to see lnweb at work, from nothing, with one command.

It makes the database and the sandbox network if they are not there, starts the engine as a process of its own, and the couriers who call
webhooks as another, and serves the pages from this one. All end with it, on Ctrl-C as on SIGTERM; what they did is kept in the state folder
for the next start. It is a demo on one machine: a site runs these commands and a server under a supervisor instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from typing import Any

from channels.db import database_sync_to_async
from channels.routing import get_default_application
from daphne.server import Server, twisted_loop
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from payments.management.network_arguments import add_network_arguments, lay_out_network
from payments.nodes.doorbell import Bell
from payments.services.bells import WEB
from payments.services.seed_demo import fund_demo_shop, join_house, open_demo_shop, seed_demo

DEFAULT_PORT = 8000
PORTS_TRIED = 20
READY_WITHIN_S = 60
"""How long the engine may take to load its nodes before we say that it is late."""
LOOK_AGAIN_S = 0.2
"""For the shop's first money, when a ring was lost."""
STOP_WITHIN_S = 20
"""How long the engine may take to finish its turn before it is killed; a turn takes milliseconds."""
LONGEST_PAUSE_S = 30
"""Between two starts of an engine that keeps failing."""
HEALTHY_AFTER_S = 60
"""An engine that ran for this long has not failed to start: the pauses begin anew."""
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """In the child, before it is a command: when the demo is killed without a chance to say so, the child ends too (Linux only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ChildProcess:
    """A command of `manage.py` as a child: its lines are shown under its name, and when it ends unasked it is started again."""

    def __init__(self, say: Callable[[str], None], *, name: str = "engine", command: str = "run_node") -> None:
        self._say = say
        self._name = name
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self.ready = asyncio.Event()
        """Set by its first line that begins with `ready`."""

    async def keep_running(self) -> None:
        """Until `stop`."""
        pause_s = 1
        while not self._stopping.is_set():
            began_s = time.monotonic()
            status = await self._run_once()
            if self._stopping.is_set():
                return
            if time.monotonic() - began_s > HEALTHY_AFTER_S:
                pause_s = 1
            self._say(f"The {self._name} ended by itself (exit status {status}). Nothing is lost; it starts again in {pause_s} s.")
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def stop(self) -> None:
        """Ask it to finish its turn and end; kill it when it does not."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            self._say(
                f"The {self._name} did not end within {STOP_WITHIN_S} s and is killed. It will find its last commit at the next start."
            )
            process.kill()
            await process.wait()

    async def _run_once(self) -> int:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(settings.BASE_DIR / "manage.py"), self._command),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,  # Ctrl-C in the terminal reaches the demo alone, which then ends the engine in order
            preexec_fn=_end_with_parent,  # one C call; no lock is taken in there
            limit=1 << 20,
        )
        if self._stopping.is_set():  # asked to stop while it was being born
            self._process.terminate()
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            text = line.decode(errors="replace").rstrip()
            self._say(f"{self._name} | {text}")
            if text.startswith("ready"):
                self.ready.set()
        return await self._process.wait()


class Command(BaseCommand):
    """Everything, from nothing, until Ctrl-C."""

    help = "Start everything: sandbox network, engine and pages, with a demo account. Ctrl-C ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and how large a new sandbox is."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, help=f"port to listen on (default: {DEFAULT_PORT}, or the next free one)")
        add_network_arguments(parser)

    def handle(self, *_args: object, **options: Any) -> None:
        """Prepare, start, wait, stop; exit status 0 however early the stop comes."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with self._alone(), self._listen(options["host"], options["port"]) as listener:
                username, password = self._prepare(options)
                self._serve(listener, username=username, password=password)
        except KeyboardInterrupt:
            self._say("Stopped before it was up.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two demos on one state folder would run two engines on the same money."""
        path = settings.LNWEB_STATE_DIR / "demo.lock"
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"A demo is already running on {settings.LNWEB_STATE_DIR}. Stop it first, or set LNWEB_STATE_DIR to another folder."
                ) from None
            yield

    def _listen(self, host: str, port: int | None) -> socket.socket:
        """The port that was asked for or a sentence; without a wish, the first free one from the default on."""
        ports = range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED) if port is None else [port]
        for number in ports:
            try:
                listener = socket.create_server((host, number), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128)
            except OSError as error:
                reason = error.strerror
                continue
            if number != ports[0]:
                self._say(f"Port {ports[0]} is taken; using {number}.")
            return listener
        raise CommandError(f"Cannot listen on {host} port {ports[0]}: {reason}. Choose another one with --port.")

    def _prepare(self, options: dict[str, Any]) -> tuple[str, str]:
        """Tables, static files, the demo account and its sandbox: made once, found again later."""
        self._say("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        self._say("Preparing the sandbox network ...")
        lay_out_network(options, say=self._say)
        username, password = seed_demo()
        open_demo_shop()
        join_house()
        return username, password

    def _serve(self, listener: socket.socket, *, username: str, password: str) -> None:
        host, port = listener.getsockname()[:2]
        engine = ChildProcess(self._say)
        courier = ChildProcess(self._say, name="courier", command="deliver_webhooks")
        background: list[asyncio.Task[None]] = []

        def begin() -> None:
            # Twisted declares its reactor as an interface without `self`, so the types are counted from the wrong end.
            reactor.addSystemEventTrigger("before", "shutdown", stop)  # type: ignore[arg-type]
            background.append(twisted_loop.create_task(engine.keep_running()))
            background.append(twisted_loop.create_task(greet()))
            background.append(twisted_loop.create_task(bring()))

        def stop() -> Deferred[None]:
            return Deferred.fromFuture(twisted_loop.create_task(end()))

        async def end() -> None:
            await asyncio.gather(engine.stop(), courier.stop())

        async def bring() -> None:
            await engine.ready.wait()  # whoever starts the demo waits for the engine, not for this
            await courier.keep_running()

        async def greet() -> None:
            try:
                await asyncio.wait_for(_ready_to_pay(engine), READY_WITHIN_S)
            except TimeoutError:
                self._say(f"The engine is not ready after {READY_WITHIN_S} s; the pages work, payments wait for it.")
            self._say(_greeting(host, port, username=username, password=password))

        Server(
            application=get_default_application(),
            endpoints=[f"fd:fileno={listener.fileno()}"],
            ready_callable=begin,
            # Daphne holds what a client does not read: without these, one that sleeps would cost memory for a day.
            ping_interval=20,
            ping_timeout=30,
            server_name="lnweb",
        ).run()
        self._say("Stopped.")


async def _ready_to_pay(engine: ChildProcess) -> None:
    """The engine takes its turns, and the shop has its first money: the first start opens channels, and what they hold is booked then."""
    await engine.ready.wait()
    with Bell(settings.LNWEB_STATE_DIR, WEB) as bell:
        while not await database_sync_to_async(fund_demo_shop)():
            await bell.wait_async(LOOK_AGAIN_S)


def _greeting(host: str, port: int, *, username: str, password: str) -> str:
    """What the person in front of the terminal needs to know."""
    name = f"[{host}]" if ":" in host else host
    return "\n".join(
        (
            "",
            "  lnweb is ready.",
            f"    Open      http://{name}:{port}/",
            f"    Sign in   {username}  /  {password}",
            "    Stop      Ctrl-C (everything is kept for the next start)",
            "",
        )
    )
