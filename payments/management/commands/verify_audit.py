"""`manage.py verify_audit`: is the audit log what was written?"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from payments.management.answer_command import AnswerCommand
from payments.queries.audit_chain import KnownHead, verify_chain
from payments.queries.wording_audit import damage_sentence
from payments.services.audit_head import read_head


class Command(AnswerCommand[dict[str, Any]]):
    """Name the first row that was altered, removed, moved, added or cut off; status 1 when there is one."""

    help = "Check the audit log from its first row to its last, and against a head that was exported earlier."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """An older head, and whose."""
        super().add_arguments(parser)
        parser.add_argument("--head", type=Path, metavar="FILE", help="what export_audit_head wrote at some time")
        parser.add_argument("--public-key", default="", metavar="HEX", help="whose signature the head must bear (this installation's)")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """How many rows are in order, and what is wrong with the next one."""
        head = None if options["head"] is None else read_head(options["head"], public_key=options["public_key"])
        report = verify_chain(None if head is None else KnownHead(sequence=head.sequence, hash=head.hash))
        damage = report.damage
        return {
            "rows": report.rows,
            "head": None if head is None else {"sequence": head.sequence, "exported_at": head.exported_at},
            "damage": None if damage is None else damage.kind.value,
            "row": None if damage is None else damage.sequence,
            "message": "The audit log is as it was written." if damage is None else damage_sentence(damage),
        }

    def in_words(self, answer: dict[str, Any]) -> str:
        """The verdict, and what it rests on."""
        if answer["damage"]:
            return f"{answer['message']}\n({answer['rows']} rows before that are as they were written)"
        head = answer["head"]
        beside = (
            ""
            if head is None
            else f", and agrees with the head of row {head['sequence']}, exported {head['exported_at']:%Y-%m-%d %H:%M} UTC"
        )
        return f"{answer['message']}\n({answer['rows']} rows{beside})"

    def is_yes(self, answer: dict[str, Any]) -> bool:
        """Whether nothing is wrong."""
        return not answer["damage"]
