"""A payment's decisions as pages and commands show them: then, once more, and now."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from payments.queries.shapes import PathShape


class AnswerShape(Struct, frozen=True, kw_only=True):
    """A route in figures, or why there was none."""

    paths: tuple[PathShape, ...] = ()
    fee_msat: int | None = None
    chance_permille: int | None = None
    """That all of it arrives at the first try; None: nobody can say."""
    steps: int | None = None
    """Channels of the longest path."""
    total_cltv_expiry_delta: int | None = None
    sentence: str = ""
    """What weighed most, or why there was no route."""


class DecisionShape(Struct, frozen=True, kw_only=True):
    """One decision of a payment."""

    number: int
    """Counts a payment's decisions from 1."""
    event_id: int
    made_at: datetime
    is_chosen: bool
    """Somebody chose the route; the router only judged whether it goes."""
    amount_msat: int
    """What was to be routed: all, or what was missing after a part came back."""
    fee_limit_msat: int
    then: AnswerShape
    again: str
    """identical · different · unknown"""
    verdict: str
    """The same in words."""
    again_answer: AnswerShape | None
    """What came out this time, when it is different."""
    now: AnswerShape | None
    """The same question to the node as it is now; None while there is none."""
    is_same_now: bool
    differences: tuple[str, ...]
    """What is different now, in words and figures."""
    causes: tuple[str, ...]
    """Which of the changes since then lead to another answer all by themselves."""
    map_changes: int
    """How often the map has changed since."""


class ReplayShape(Struct, frozen=True, kw_only=True):
    """A payment's decisions in their order."""

    payment_id: str
    amount_msat: int
    payee: str
    payee_name: str
    summary: str
    decisions: tuple[DecisionShape, ...]

    @property
    def is_identical(self) -> bool:
        """Whether every decision came out as it did then."""
        return all(decision.again == "identical" for decision in self.decisions)
