"""Other people's words: the quick way for plain ones gives what the slow way gives."""

from __future__ import annotations

import string

import pytest

from payments.web import words
from payments.web.words import columns, make_visible, shorten

PLAIN = [string.printable, "", " ", "02" + "ab" * 32, "a\tb", "\x7f", "Ada's <b>node</b>"]
WIDE = "日本"


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_are_as_wide_and_as_visible_as_their_characters(text: str) -> None:
    assert sum(columns(WIDE + character) - columns(WIDE) for character in text) == columns(text)
    assert "".join(words._shown(character) for character in text) == make_visible(text)


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("limit", [1, 2, 11, 17, 200])
def test_a_word_is_cut_where_it_would_be_cut_beside_wide_letters(text: str, limit: int) -> None:
    cut = shorten(text, limit)
    assert columns(cut) <= limit or not cut
    assert cut == text if columns(text) <= limit else "…" in cut
    assert words._fitting(text + WIDE, limit) == words._fitting(text, limit) + max(min((limit - len(text)) // 2, len(WIDE)), 0)
