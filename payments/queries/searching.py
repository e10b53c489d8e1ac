"""
Looking for routes in threads of their own: a page goes out in time with what is known by then, and what comes later is there to be fetched.

The threads stay, and so do the tables that the compiled search keeps for each: a web server has a new thread for every request. The newest
questions are kept, so whoever asks the same again gets the same answer, or what there is of it by now. A question that is begun is given up
to the others after each step, so that a long one does not hold up what others would be sent by.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

from payments.queries.plans import Asked, Plan, plans_for

_THREADS = 2
"""Who searches at a time. Each holds tables of its own, of some megabytes at mainnet's size."""
_KEPT = 8
"""Questions that are known again: those of a few people who look at a page each."""

_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")


class _Work:
    """One question: how far it has come."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.known = Plan()
        self.is_over = Event()
        self.error: Exception | None = None
        self._steps: Iterator[Plan] = plans_for(asked)

    def go_on(self) -> None:
        """Take a step, and line up again for the next."""
        try:
            self.known = next(self._steps)
            if not self.known.is_whole:
                _threads.submit(self.go_on)
                return
        except Exception as error:  # noqa: BLE001 (whoever waits for it hears of it)
            self.error = error
        self.is_over.set()


_lock = Lock()
_kept: list[_Work] = []
"""The newest first."""


def plan(asked: Asked, *, patience_s: float | None = None) -> Plan:
    """
    What is known once it is whole, or after this long; None: however long it takes.

    raises    whatever the search raised
    """
    work = _work_on(asked)
    work.is_over.wait(patience_s)
    if work.error is not None:
        raise work.error
    return work.known


def _work_on(asked: Asked) -> _Work:
    with _lock:
        known = next((work for work in _kept if work.asked == asked and work.error is None), None)
        if known is not None:
            return known
        new = _Work(asked)
        _kept[:] = [new, *_kept[: _KEPT - 1]]
    _threads.submit(new.go_on)
    return new
