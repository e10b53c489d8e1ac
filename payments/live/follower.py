"""
The web process's ear: which payments and invoices have changed, and a word to every open page that shows one of them.

It follows the stored events from the moment it starts, woken by the bell and by itself once a second, and sends no data: pages fetch their
own. Guarantee: a page that was open hears of a change at least once, also when the database or the channel layer failed for a while, for
the place in the events moves on only after everybody was told. It never writes and never asks a node.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings

from payments.nodes.doorbell import Bell
from payments.queries.changes import changes_since

BELL = "web"
"""What the engine rings for when it has stored something."""
LOOK_AGAIN_S = 1.0
"""A change whose ring was lost is seen after this long: short enough that nobody reloads."""
GATHER_S = 0.05
"""Changes that come closer together than this are one message: twenty pictures a second are plenty."""

_log = logging.getLogger(__name__)


class Follower:
    """One per process and event loop; `start` as often as you like."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._cursor: int | None = None
        self._task: asyncio.Task[None] | None = None
        self._first_look = asyncio.Event()

    async def start(self) -> None:
        """Follow from now on. Returns once the place in the events is known: what changes after this is told."""
        if self._task is None or self._task.done() or self._task.get_loop() is not asyncio.get_running_loop():
            self._cursor, self._first_look = None, asyncio.Event()
            self._task = asyncio.create_task(self._follow())
        await self._first_look.wait()

    async def stop(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        with Bell(self._state_dir, BELL) as bell:
            while True:
                try:
                    await self._look()
                except Exception:  # noqa: BLE001  # whatever it was, the open pages need the next look
                    _log.exception("Could not tell the open pages what has changed; trying again.")
                self._first_look.set()
                await asyncio.sleep(GATHER_S)
                await bell.wait_async(LOOK_AGAIN_S)

    async def _look(self) -> None:
        cursor, groups = await database_sync_to_async(changes_since)(self._cursor)
        layer = get_channel_layer()
        for group in groups:
            await layer.group_send(group, {"type": "changed"})
        self._cursor = cursor


class Followed:
    """An ASGI application whose visitors are told of changes: the first of them starts the follower, under whatever server runs it."""

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application
        self._follower = Follower(settings.LNWEB_STATE_DIR)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one connection."""
        await self._follower.start()
        await self._application(scope, receive, send)
