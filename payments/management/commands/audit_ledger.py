"""`manage.py audit_ledger`: does everything that is written about money agree?"""

from __future__ import annotations

from typing import Any

import msgspec

from payments.management.answer_command import AnswerCommand
from payments.queries.audit import audit


class Command(AnswerCommand[dict[str, Any]]):
    """Name whatever differs; status 1 when anything does."""

    help = "Check the ledger against itself, the payments, the engine's events and the channels."

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """The differences, and how much was looked at."""
        del options
        answer: dict[str, Any] = msgspec.to_builtins(audit())
        return answer

    def in_words(self, answer: dict[str, Any]) -> str:
        """One difference a line."""
        looked_at = f"{answer['entries']} entries, {answer['payments']} payments"
        waiting = f"; {answer['unhandled_events']} events wait to be booked" if answer["unhandled_events"] else ""
        verdict = "\n".join(answer["differences"]) or "Everything agrees."
        return f"{verdict}\n({looked_at}{waiting})"

    def is_yes(self, answer: dict[str, Any]) -> bool:
        """Whether nothing differs."""
        return not answer["differences"]
