"""
Lines of CSV that no spreadsheet takes for formulas.

Other people's words begin with an apostrophe where a program might otherwise calculate with them: at the beginning of a cell, and behind
what some programs part cells by. Numbers of ours stay numbers. Characters that hide or turn things are shown as what they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from payments.lightning.units import format_sat
from payments.queries.currencies import write_price
from payments.web.words import make_visible

Cell = str | int | None
_FORMULA = r"[=+\-@|%\uff1d\uff0b\uff0d\uff20\uff5c\uff05]"
"""What a formula begins with, in usual and in full-width forms."""
_BEGINNING = re.compile(rf"[\t\r\n\0]|[\s'\"]*{_FORMULA}")
_BEHIND_A_SEPARATOR = re.compile(rf"([;␉␊␍][\s'\"]*)(?={_FORMULA})")


class Words(str):
    """Somebody's words."""

    __slots__ = ()


def safe_words(text: str) -> str:
    r"""
    Words that stay words in every program.

    >>> safe_words("=1+1"), safe_words("Tea; =1+1"), safe_words("Tea - green"), safe_words("\tTea")
    ("'=1+1", "Tea; '=1+1", 'Tea - green', "'␉Tea")
    """
    shown = make_visible(text)
    behind = _BEHIND_A_SEPARATOR.sub(r"\1'", shown)
    return f"'{behind}" if _BEGINNING.match(text) else behind


def sat_cell(amount_msat: int) -> str:
    """An amount in sat, without the commas that people like and programs do not."""
    return format_sat(amount_msat).replace(",", "")


def price_cell(minor_units: int, currency: str) -> str:
    """An amount in a currency, in the same way."""
    return write_price(minor_units, currency).replace(",", "")


def time_cell(moment: datetime) -> str:
    """In UTC to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def csv_lines(pieces: Iterable[Sequence[Sequence[Cell]]]) -> Iterator[bytes]:
    """Rows, a piece at a time, as UTF-8. What is `Words` is made safe; all else is ours."""
    for piece in pieces:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([safe_words(cell) if isinstance(cell, Words) else cell for cell in row] for row in piece)
        yield text.getvalue().encode()
