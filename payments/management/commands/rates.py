"""`manage.py rates`: say what a bitcoin is worth, one rate at a time or from a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.utils import timezone

from payments.management.answer_command import AnswerCommand
from payments.queries.rates import newest_rates
from payments.services.errors import FileUnusable
from payments.services.rates import add_rate, import_rates


class Command(AnswerCommand[dict[str, Any]]):
    """Add a rate, take those of a CSV file, or list the newest."""

    help = "Rates: `rates add EUR 58000.12`, `rates import FILE.csv` (currency,valid_from,price), `rates list`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with what."""
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["list", "add", "import"])
        parser.add_argument("target", nargs="?", default="", help="add: a currency such as EUR; import: a CSV file")
        parser.add_argument("price", nargs="?", default="", help="add: of one bitcoin, such as 58000.12")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """What was done, or what is known."""
        match options["verb"]:
            case "add":
                add_rate(options["target"], options["price"], valid_from=timezone.now())
                return {"added": 1}
            case "import":
                return {"added": import_rates(_read(Path(options["target"])), name=Path(options["target"]).name)}
            case _:
                return {"rates": [msgspec.to_builtins(rate) | {"price": rate.price} for rate in newest_rates()]}

    def in_words(self, answer: dict[str, Any]) -> str:
        """One rate a line, or how many there are more now."""
        if "added" in answer:
            return f"{answer['added']} new."
        lines = [f"{rate['valid_from']} {rate['currency']} {rate['price']} ({rate['source']})" for rate in answer["rates"]]
        return "\n".join(lines) or "No rate is known."


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnusable(path=str(file), reason=str(error)) from error
