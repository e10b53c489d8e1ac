"""`manage.py replay_payment ID`: how an old payment's routes were decided, decided once more, then against now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import msgspec

from payments.lightning.units import format_sat
from payments.management.answer_command import AnswerCommand
from payments.management.commands.preview_route import path_fields
from payments.queries.replay import replay_payment
from payments.queries.replay_shapes import AnswerShape, DecisionShape, ReplayShape
from payments.services.errors import UnknownPayment


class Command(AnswerCommand[dict[str, Any]]):
    """Status 0 when every decision came out identical, 1 when one did not."""

    help = "Decide an old payment's routes once more with what was known then, which must give the same, and with what is known now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which payment."""
        super().add_arguments(parser)
        parser.add_argument("payment_id", help="64 characters, as in the address of the payment's page")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """Every decision."""
        replay = replay_payment(options["payment_id"])
        if replay is None:
            raise UnknownPayment(payment_id=options["payment_id"])
        return _fields(replay)

    def in_words(self, answer: dict[str, Any]) -> str:
        """A paragraph a decision."""
        return "\n\n".join([answer["message"], *(_paragraph(decision) for decision in answer["decisions"])])

    def is_yes(self, answer: dict[str, Any]) -> bool:
        """Whether all is as it was."""
        return bool(answer["is_identical"])


def _fields(replay: ReplayShape) -> dict[str, Any]:
    return {
        "payment_id": replay.payment_id,
        "is_identical": replay.is_identical,
        "message": replay.summary,
        "decisions": [_decision(decision) for decision in replay.decisions],
    }


def _decision(decision: DecisionShape) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(decision)
    answers = {"then": decision.then, "again_answer": decision.again_answer, "now": decision.now}
    return {**plain, **{name: None if answer is None else _answer(answer) for name, answer in answers.items()}}


def _answer(answer: AnswerShape) -> dict[str, Any]:
    return {**msgspec.to_builtins(answer), "paths": [path_fields(path) for path in answer.paths]}


def _paragraph(decision: dict[str, Any]) -> str:
    by = ", chosen by a person" if decision["is_chosen"] else ""
    amounts = f"{format_sat(decision['amount_msat'])} sat for a fee of at most {format_sat(decision['fee_limit_msat'])} sat"
    lines = [
        f"Decision {decision['number']}, {decision['made_at']}{by}: {amounts}",
        f"  {decision['verdict']}",
        *_lines("then ", decision["then"]),
        *([] if decision["again_answer"] is None else _lines("again", decision["again_answer"])),
    ]
    if decision["now"] is None:
        return "\n".join(lines)
    if decision["is_same_now"]:
        return "\n".join([*lines, "  now    the same"])
    return "\n".join(
        [*lines, *_lines("now  ", decision["now"]), *(f"  {text}" for text in (*decision["differences"], *decision["causes"]))]
    )


def _lines(name: str, answer: dict[str, Any]) -> list[str]:
    if not answer["paths"]:
        return [f"  {name}  {answer['sentence']}"]
    chance = "unknown" if answer["chance_permille"] is None else f"{answer['chance_permille'] / 10:.1f} %"
    figures = f"fee {format_sat(answer['fee_msat'])} sat, chance {chance}, {answer['total_cltv_expiry_delta']} blocks"
    ways = [" > ".join(f"{hop['name'] or hop['node_id']} ({hop['short_channel_id']})" for hop in path["hops"]) for path in answer["paths"]]
    return [f"  {name}  {figures}", *(f"         {way}" for way in ways)]
