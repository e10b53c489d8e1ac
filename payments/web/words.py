"""
Other people's words, made safe to look at.

Names and descriptions come from strangers. HTML escaping stops markup; this stops the rest: characters that are not seen but change what is
seen (line breaks, text direction, joiners) are shown as what they are, and long words are cut in the middle, where keys and names
differ least.
"""

from __future__ import annotations

import unicodedata

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
    """
    The text with every character that hides or turns things replaced by its name.

    >>> make_visible("a\\nb\\u202ec")
    'a␊b⟨U+202E⟩c'
    """
    return "".join(map(_shown, text))


def shorten(text: str, limit: int) -> str:
    """
    At most `limit` characters, the cut in the middle.

    >>> shorten("a very long name indeed", 11), shorten("short", 11)
    ('a ver…ndeed', 'short')
    """
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return text[: limit - 1 - tail] + _ELLIPSIS + text[len(text) - tail :]


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
