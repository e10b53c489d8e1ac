"""The time of a turn: set by whoever takes the turn, the same for every node until the next one."""

from __future__ import annotations


class TurnClock:
    """A clock that stands still until it is set."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return self._now_ms

    def set(self, now_ms: int) -> None:
        """A new turn begins. Time never runs backwards: an older time is passed over."""
        self._now_ms = max(self._now_ms, now_ms)
