"""What the engine asks of the world. It gets these as arguments and never looks for them itself."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The time of the turn that is being taken: it stands still within one."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        ...


class Entropy(Protocol):
    """Unpredictable bytes: session keys and preimages are worth money."""

    def __call__(self, length: int, /) -> bytes:
        """So many fresh bytes."""
        ...
