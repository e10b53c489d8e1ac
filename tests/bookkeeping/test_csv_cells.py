"""Cells of files: no spreadsheet takes other people's words for formulas, numbers stay numbers, and what was written is what is read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from payments.web.csv_cells import Words, csv_lines, safe_words

FORMULA = '=HYPERLINK("http://evil","x")'
WIDE = str.maketrans("=+-@|%", "\uff1d\uff0b\uff0d\uff20\uff5c\uff05")
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1,1)", "|calc", "%0A=1", FORMULA, "=cmd|'/C calc'!A0", "-2+3+cmd|' /C calc'!A0", "=", "-", "@")
HOSTILE = [
    *FORMULAS,
    *(formula.translate(WIDE)[:9] for formula in FORMULAS[:6]),
    *("\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "  @x", "\u3000=1+1", "\xa0=1", "'=1+1", '"=1+1', "\"'=1", "\x00=1+1"),
    *("a;=1+1", "a; =1+1", 'a";=1+1', "a;'=1", "a\n=1+1", "a\r\n@x", "a\t+1", "a;\uff1d1", "x" * 10_000_000, "=" * 32_768, '"', ",", ";"),
    *("a,b\nc", '""', "\u202e=1+1", "\u200b=1+1", "\ud800=1", "日本, Tee", "+49 30 1234", "\ufeff=1"),
]
STARTS = "=+-@\t\r|%" + "=+-@|%".translate(WIDE)


@pytest.fixture(autouse=True)
def _long_fields() -> Iterator[None]:
    """Python reads fields of 128 KiB unless told otherwise."""
    before = csv.field_size_limit(20_000_000)
    yield
    csv.field_size_limit(before)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_words_begin_no_formula_whatever_parts_the_cells(text: str) -> None:
    safe = safe_words(text)
    [written] = list(csv_lines([[[Words(text), 7, -7]]]))
    assert [[safe, "7", "-7"]] == list(csv.reader(io.StringIO(written.decode(), newline="")))
    assert safe[:1] not in STARTS or not safe
    for cell in re.split(r"[;\t\r\n␉␊␍]", safe):
        assert cell.strip(' \u3000\xa0"')[:1] not in [*STARTS]
    assert safe.isprintable() or "\u3000" in safe or "\xa0" in safe


def test_there_are_many_of_them() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("text", ["", "Tea", "Tea - green", "2,500", "a=b", "50 % off", "O'Hara", "mail@example.com"])
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert text == safe_words(text)


def test_numbers_of_ours_stay_numbers() -> None:
    assert [b"-5,0.001,-12.34,\r\n"] == list(csv_lines([[[-5, "0.001", "-12.34", None]]]))
