"""Waiting without sleeping: whoever waits looks again whenever something has happened anywhere."""

from __future__ import annotations

import asyncio


class Bell:
    """Rung after every turn of a node and every line of another's output."""

    def __init__(self):
        self._waiting = set()

    def ring(self):
        """Let everybody look."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, look, *, what, timeout_s=15):
        """What `look` answers once that is true; `what` says what never came when it does not come."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (answer := look()):
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiting.discard(waiter)
                return answer
        except TimeoutError:
            raise AssertionError(f"never came: {what() if callable(what) else what}") from None
