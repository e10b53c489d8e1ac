"""
The points at which a process can die: before every statement that writes, before every commit, and right after it.

    points = CrashPoints(at=17, kind=Crash.KILL)
    with points.watching():
        ...                          raises Killed at the 17th point

KILL takes the process: nothing may be caught, everything in memory is gone. REFUSE is the database that fails: the process lives on. After
a commit it stands for a connection that was cut before the answer: what was written is there, and who wrote it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from django.db import OperationalError, connection

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Crash(StrEnum):
    KILL = "kill"
    REFUSE = "refuse"


class Killed(BaseException):
    """Nobody catches the end of a process."""


class StatementRefused(OperationalError):
    """The disk is full, the server went away."""


class CrashPoints:
    """Counts the points, and raises at one of them; with `gap` once more so many points later."""

    def __init__(self, *, at: int | None = None, kind: Crash = Crash.KILL, gap: int | None = None) -> None:
        self._at = {at, None if at is None or gap is None else at + gap} - {None}
        self._error = Killed if kind is Crash.KILL else StatementRefused
        self._is_watching = False
        self.seen = 0
        self.hits = 0
        self.on_commit: Callable[[], None] = lambda: None
        """Told when something is on the disk for good, whatever its writer hears."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what happens in this block."""
        commit, self._is_watching = connection._commit, True
        connection._commit = lambda: self._around_commit(commit)
        try:
            with connection.execute_wrapper(self._before_statement):
                yield
        finally:
            connection._commit, self._is_watching = commit, False

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Count nothing in this block."""
        before, self._is_watching = self._is_watching, False
        try:
            yield
        finally:
            self._is_watching = before

    def _before_statement(self, execute, sql, params, many, context):
        if sql.lstrip().startswith(_WRITES):
            self._pass()
        return execute(sql, params, many, context)

    def _around_commit(self, commit: Callable[[], None]) -> None:
        try:
            self._pass()
        except BaseException:
            connection._rollback()
            raise
        commit()
        self.on_commit()
        commit()  # ends the transaction in which PostgreSQL was read from; whoever committed expects none
        self._pass()

    def _pass(self) -> None:
        if not self._is_watching:
            return
        self.seen += 1
        if self.seen in self._at:
            self.hits += 1
            raise self._error(f"point {self.seen}")
