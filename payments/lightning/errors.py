"""
Every refusal of something that came from outside is a leaf of LightningError, with typed facts and no prose.

What people read about it stands in `payments/services/refusals.py`, one sentence per leaf. What we promised ourselves and broke is an
`assert` or a ValueError instead, and nobody catches it. What the network answers (no route, a failed HTLC) is a value, not an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import ClassVar

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(eq=False, kw_only=True)
class LightningError(Exception):
    """
    Input was refused and nothing has changed.

    Subclasses are dataclasses of facts. `code` is the class name in snake case: stable, for scripts and APIs.
    """

    code: ClassVar[str] = "lightning_error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = _WORD_START.sub("_", cls.__name__).lower()

    def __str__(self) -> str:
        facts = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return f"{self.code}({facts})"
