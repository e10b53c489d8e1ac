"""How far something is that takes a while: a line each second, so that logs stay short and nobody thinks that it hangs."""

from __future__ import annotations

import time
from collections.abc import Callable

_EVERY_S = 1


class Progress:
    """Says where the building of a sandbox stands."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._next_s = time.monotonic() + _EVERY_S

    def tell(self, step: str, done: int, of: int) -> None:
        """`done` of `of` things, `step` says which."""
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + _EVERY_S
        self._say(f"building the sandbox: {done} of {of} {step}")
