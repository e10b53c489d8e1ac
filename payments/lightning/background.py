"""
BackgroundProcessor: what must happen from time to time, whoever else does nothing.

All periods stand at the top. It has no clock: `tick` is told the time and says nothing is due or does it; `next_due_ms` says when to come
back. A missed tick is made up once, not as often as it was missed.
"""

from __future__ import annotations

from collections.abc import Iterable

from payments.lightning.manager.manager import ChannelManager

TIMER_TICK_MS = 10_000
"""How often a node looks for sets of parts that have waited too long. A minute's timeout is kept to within ten seconds."""


class BackgroundProcessor:
    """Drives the timers of some nodes."""

    def __init__(self, managers: Iterable[ChannelManager], *, now_ms: int) -> None:
        self._managers = tuple(managers)
        self._next_timer_ms = now_ms + TIMER_TICK_MS

    @property
    def next_due_ms(self) -> int:
        """When `tick` has something to do again."""
        return self._next_timer_ms

    def tick(self, now_ms: int) -> bool:
        """Do what is due; whether anything was."""
        if now_ms < self._next_timer_ms:
            return False
        for manager in self._managers:
            manager.timer_tick_occurred()
        self._next_timer_ms = now_ms + TIMER_TICK_MS
        return True
