"""
Other people's words, made safe to look at.

Names and descriptions come from strangers. HTML escaping stops markup; this stops the rest: characters that are not seen but change what is
seen (line breaks, text direction, joiners) are shown as what they are, and long words are cut in the middle, where keys and names
differ least.
"""

from __future__ import annotations

import unicodedata
from itertools import accumulate

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CONTROL_PICTURES = 0x2400
_DELETE = 0x7F
_ELLIPSIS = "…"


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    number = ord(character)
    if number < ord(" "):
        return chr(_CONTROL_PICTURES + number)
    return "␡" if number == _DELETE else f"⟨U+{number:04X}⟩"


def make_visible(text: str) -> str:
    r"""
    The text with every character that hides or turns things replaced by its name.

    >>> make_visible("a\nb\u202ec")
    'a␊b⟨U+202E⟩c'
    """
    if text.isascii() and text.isprintable():
        return text  # keys, ids and most names, of which a page has hundreds
    return "".join(map(_shown, text))


def columns(text: str) -> int:
    """
    How many letters' room a text takes; most pictographs and ideographs take two.

    >>> columns("abc"), columns("日本")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def shorten(text: str, limit: int) -> str:
    """
    A text in the room of at most `limit` letters, the cut in the middle.

    >>> shorten("a very long name indeed", 11), shorten("short", 11)
    ('a ver…ndeed', 'short')
    """
    if columns(text) <= limit:
        return text
    tail = _fitting(text[::-1], (limit - 1) // 2)
    end = text[len(text) - tail :]
    return text[: _fitting(text, limit - 1 - columns(end))] + _ELLIPSIS + end


def in_lines(text: str, limit: int) -> tuple[str, ...]:
    """
    A text in one line, or in two that part at a space, each in the room of at most `limit` letters.

    >>> in_lines("Harbour", 12), in_lines("Grand Junction", 12), in_lines("Donaudampfschiff", 12)
    (('Harbour',), ('Grand', 'Junction'), ('Donaud…chiff',))
    """
    spaces = [place for place, character in enumerate(text) if character == " "]
    if columns(text) <= limit or not spaces:
        return (shorten(text, limit),)
    middle = min(spaces, key=lambda place: abs(2 * place - len(text)))
    return shorten(text[:middle], limit), shorten(text[middle + 1 :], limit)


def _fitting(text: str, room: int) -> int:
    """How many of the first characters fit."""
    if text.isascii():
        return min(max(room, 0), len(text))
    widths = accumulate(columns(character) for character in text)
    return sum(1 for width in widths if width <= room)


def short_key(key: str) -> str:
    """
    A key or hash in hex, recognisable by both its ends.

    >>> short_key("02" + "ab" * 32)
    '02ababab…abababab'
    """
    return shorten(key, 17)


def around(text: str, place: int, *, reach: int = 14) -> tuple[str, str, str]:
    """
    The neighbourhood of a place in a text: before, the character itself, after.

    >>> around("lnbc1pxyz", 4, reach=3)
    ('…nbc', '1', 'pxy…')
    """
    start, end = max(place - reach, 0), place + 1 + reach
    before = (_ELLIPSIS if start else "") + text[start:place]
    return before, text[place : place + 1], text[place + 1 : end] + (_ELLIPSIS if end < len(text) else "")
