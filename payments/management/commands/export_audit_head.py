"""`manage.py export_audit_head [FILE]`: the end of the audit log, signed, to be kept where nobody of this machine can change it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec

from payments.management.answer_command import AnswerCommand
from payments.services.audit_head import SignedHead, encode_head, sign_head, write_head


class Command(AnswerCommand[dict[str, Any]]):
    """Write it to a file, or print it."""

    help = "Export the end of the audit log, signed: number, hash and time of its newest row. Keep it elsewhere, for verify_audit --head."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE"""
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", type=Path, help="where to (standard output)")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """The head, written where it was wanted."""
        head = sign_head()
        if options["file"] is not None:
            write_head(head, options["file"])
        answer: dict[str, Any] = msgspec.to_builtins(head)
        return answer | {"file": None if options["file"] is None else str(options["file"])}

    def in_words(self, answer: dict[str, Any]) -> str:
        """The head itself for a pipe; of a file what is in it, and the key to check it with."""
        if answer["file"] is None:
            return (
                encode_head(msgspec.convert({name: answer[name] for name in SignedHead.__struct_fields__}, SignedHead))
                .decode()
                .rstrip("\n")
            )
        newest = f"row {answer['sequence']}, hash {answer['hash']}" if answer["sequence"] else "no row yet"
        return f"Written to {answer['file']}: {newest}.\nPublic key: {answer['public_key']}"
