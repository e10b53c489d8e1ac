"""
The lease: there is one engine, and a second one cannot write by mistake.

Two guards. On one machine a locked file refuses a second process at once. Between machines the database decides: whoever takes over
counts the epoch up, and every commit of the engine first touches the lease under its own epoch, so that one that was deposed while it
slept writes nothing any more, however late it wakes.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from payments.models import EngineLease
from payments.nodes.errors import EngineAlreadyRunning, EngineDeposed

VALID_FOR = timedelta(seconds=15)
"""How long an engine that has died without a word keeps others out. A turn takes milliseconds; a pause of 15 s means that it is gone."""
RENEW_AFTER = timedelta(seconds=5)
"""How long an engine at rest waits before it says that it is still there."""
_TOUCH = "UPDATE payments_enginelease SET valid_until = %s WHERE id = 1 AND epoch = %s"


@contextmanager
def only_engine(state_dir: Path, *, take_over: bool = False) -> Iterator[Lease]:
    """
    Be the engine while the block lasts.

    take_over    do not wait for another machine's lease to run out: only when that engine is known to be dead
    raises       EngineAlreadyRunning when another process or machine is the engine
    """
    with (state_dir / "engine.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineAlreadyRunning(holder="another process on this machine") from None
        lease = Lease(take_over=take_over)
        try:
            yield lease
        finally:
            lease.give_back()


class Lease:
    """Our turn at being the engine."""

    def __init__(self, *, take_over: bool = False) -> None:
        self._holder = f"{socket.gethostname()}, process {os.getpid()}"
        now = timezone.now()
        with transaction.atomic():
            EngineLease.objects.get_or_create(pk=1)
            row = EngineLease.objects.select_for_update().get(pk=1)
            if row.holder and row.valid_until > now and not take_over and not _is_our_machine(row.holder):
                raise EngineAlreadyRunning(holder=row.holder)
            self._epoch = row.epoch + 1
            row.epoch, row.holder, row.valid_until = self._epoch, self._holder, now + VALID_FOR
            row.save()
        self._renewed_at = now

    def check(self) -> None:
        """
        First in every commit of the engine: touch the lease under our epoch. Only inside a transaction.

        raises    EngineDeposed: somebody has taken over, and nothing of this commit may stand
        """
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(_TOUCH, [connection.ops.adapt_datetimefield_value(now + VALID_FOR), self._epoch])
            if not cursor.rowcount:
                raise EngineDeposed
        self._renewed_at = now

    def renew_when_due(self) -> None:
        """At rest: say that we are still there, now and then."""
        if timezone.now() - self._renewed_at > RENEW_AFTER:
            with transaction.atomic():
                self.check()

    def give_back(self) -> None:
        """Let the next engine in at once. Nothing happens when somebody has taken over."""
        EngineLease.objects.filter(pk=1, epoch=self._epoch).update(holder="", valid_until=timezone.now())


def _is_our_machine(holder: str) -> bool:
    """An engine of this machine would still hold the locked file: it is gone."""
    return holder.startswith(f"{socket.gethostname()}, ")
