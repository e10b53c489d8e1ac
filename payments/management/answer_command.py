"""
Commands that answer: in words for people, or with `--json` as one JSON value on standard output for programs.

A refusal goes to standard error as one sentence and ends with status 1; with `--json` its code and sentence also stand on standard output,
so that a program reads one place. Amounts in JSON are msat, keys are hex, field names do not change.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any, Generic, NoReturn, TypeVar

import msgspec
from django.core.management.base import BaseCommand

from payments.lightning.errors import LightningError
from payments.lightning.units import MSAT_PER_SAT
from payments.management.schema import schema_refusal
from payments.services.refusals import sentence_for

A = TypeVar("A")
DATABASE_NOT_READY = "database_not_ready"
_SAT = re.compile(r"[0-9]{1,16}", re.ASCII)


def sat(text: str) -> int:
    """
    An argument in whole satoshi, in msat.

    >>> sat("2500")
    2500000
    """
    if not _SAT.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is not a whole number of satoshi")
    return int(text) * MSAT_PER_SAT


class Refused(Exception):
    """An answer that is no: a stable code for programs and a sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


class AnswerCommand(BaseCommand, ABC, Generic[A]):
    """A command with one answer, plain data. Children give `answer` and `in_words`."""

    needs_tables = True
    """Whether the answer is looked for in the database, which must then be as this version wants it."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json`, and what the child wants."""
        parser.add_argument("--json", action="store_true", help="answer with JSON on standard output")

    @abstractmethod
    def answer(self, options: dict[str, Any]) -> A:
        """The answer. LightningError or Refused when it is no."""

    @abstractmethod
    def in_words(self, answer: A) -> str:
        """The same for people."""

    def is_yes(self, answer: A) -> bool:
        """Whether the command ends with status 0 and not, with its words on standard error, with 1."""
        del answer
        return True

    def handle(self, *_args: object, **options: Any) -> None:  # noqa: ANN401 (Django's own signature)
        """Answer or refuse."""
        if self.needs_tables and (refusal := schema_refusal()):
            self._refuse(DATABASE_NOT_READY, refusal, as_json=options["json"])
        try:
            answer = self.answer(options)
        except LightningError as error:
            self._refuse(error.code, sentence_for(error), as_json=options["json"])
        except Refused as error:
            self._refuse(error.code, error.sentence, as_json=options["json"])
        if options["json"]:
            self.stdout.write(_json(answer))
        if not self.is_yes(answer):
            self.stderr.write(self.in_words(answer))
            raise SystemExit(1)
        if not options["json"]:
            self.stdout.write(self.in_words(answer))

    def _refuse(self, code: str, sentence: str, *, as_json: bool) -> NoReturn:
        if as_json:
            self.stdout.write(_json({"error": code, "message": sentence}))
        self.stderr.write(sentence)
        raise SystemExit(1)


def _json(answer: object) -> str:
    return msgspec.json.format(msgspec.json.encode(answer)).decode()
