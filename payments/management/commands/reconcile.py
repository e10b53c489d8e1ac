"""`manage.py reconcile`: does the node hold what the books say, for each account and in total?"""

from __future__ import annotations

from typing import Any

import msgspec

from payments.lightning.units import format_sat
from payments.management.answer_command import AnswerCommand
from payments.queries.reconciliation import reconcile


class Command(AnswerCommand[dict[str, Any]]):
    """Put the node's channels and payments beside the ledger and name whatever differs; status 1 when anything does."""

    help = "Compare the node's channels and what it has in flight with the ledger, per account and in total, to the msat."

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """Both sides, and what differs."""
        del options
        answer: dict[str, Any] = msgspec.to_builtins(reconcile())
        return answer

    def in_words(self, answer: dict[str, Any]) -> str:
        """The accounts, the totals, what is under way, and a verdict. Amounts in sat."""
        lines = [f"{'account':<24}{'available':>18}{'held':>18}{'overrun':>14}"]
        lines += [
            f"{line['slug']:<24}{_sat(line['available_msat']):>18}{_sat(line['held_msat']):>18}{_sat(line['overrun_msat']):>14}"
            for line in answer["accounts"]
        ]
        lines.append(
            f"\nThe books say that our channels hold {_sat(answer['books_msat'])} sat; the channels say {_sat(answer['node_msat'])} sat."
        )
        lines.append(f"{len(answer['channels'])} channels, {len(answer['flights'])} payments under way.")
        if answer["waiting_events"]:
            lines.append(f"{answer['waiting_events']} events wait to be booked, so what is under way was not compared.")
        lines += answer["differences"] or ["Everything agrees."]
        return "\n".join(lines)

    def is_yes(self, answer: dict[str, Any]) -> bool:
        """Whether nothing differs."""
        return not answer["differences"]


def _sat(amount_msat: int) -> str:
    return format_sat(amount_msat)
