"""
Several processes of several threads, each with its own open connection, that all begin at one moment.

What is called is a function of `tests.attacks.moves`, by name, with plain arguments; what comes back is what it returned, or the code of
the refusal that it raised.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Sequence
from typing import Any, Self

Call = tuple[str, dict[str, Any]]
_context = multiprocessing.get_context("spawn")
_PATIENCE_S = 120


class Arena:
    """The attackers, waiting."""

    def __init__(self, *, processes: int, threads: int, database_url: str) -> None:
        self._size = processes * threads
        self._answers = _context.Queue()
        self._gate = _context.Barrier(self._size)
        self._queues = [_context.Queue() for _ in range(self._size)]
        self._processes = [
            _context.Process(
                target=_serve,
                args=(self._queues[first : first + threads], self._answers, self._gate, database_url),
                daemon=True,
            )
            for first in range(0, self._size, threads)
        ]
        for process in self._processes:
            process.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for queue in self._queues:
            queue.put(None)
        for process in self._processes:
            process.join(_PATIENCE_S)

    def all_at_once(self, calls: Sequence[Call]) -> list[Any]:
        """What each call came to, in the order of the calls. Every thread takes its share, one call after the other."""
        for place, queue in enumerate(self._queues):
            queue.put([(index, *calls[index]) for index in range(place, len(calls), self._size)])
        answers: list[Any] = [None] * len(calls)
        for _ in range(len(calls)):
            index, answer = self._answers.get(timeout=_PATIENCE_S)
            assert not isinstance(answer, _Broken), answer.words
            answers[index] = answer
        return answers


class _Broken:
    """Something that no call may raise."""

    def __init__(self, words: str) -> None:
        self.words = words


def _serve(queues: Sequence[Any], answers: Any, gate: Any, database_url: str) -> None:
    os.environ["DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    import logging

    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # refusals are what is counted here
    threads = [threading.Thread(target=_fight, args=(queue, answers, gate)) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _fight(queue: Any, answers: Any, gate: Any) -> None:
    from django.db import connection

    from payments.lightning.errors import LightningError
    from tests.attacks import moves

    while (share := queue.get()) is not None:
        connection.ensure_connection()
        gate.wait()
        for index, name, arguments in share:
            try:
                answer = getattr(moves, name)(**arguments)
            except LightningError as refusal:
                answer = refusal.code
            except BaseException as error:  # noqa: BLE001  (whatever it was, the table has to say it)
                answer = _Broken(f"{name}: {type(error).__name__}: {error}")
            answers.put((index, answer))
    connection.close()
