"""
Words that strangers might choose to do harm with: markup, code, templates, formulas, characters that hide, turn or overwrite.

Each fits into the shortest field that people can name anything in. A mark at the end tells where a text was put, so that a page which
shows it can be told from one that shows its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator

MOST_BYTES = 36
WORDS = (
    '<script>alert("LDK");</script>',
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(2)>",
    "</title></textarea><script>alert(3)",
    '" autofocus onfocus=alert(4) x="',
    "javascript:alert(5)",
    "{{ 7*7 }}{% debug %}${7*7}#{7*7}",
    "%s%n%x {0} {0.__class__} %(a)s",
    "\u202egnp.exe\u202c",
    "\u2066ab\u2069\u2067cd\u2069\u2068ef\u2069",
    "\u202aa\u202bb\u202dc\u202c",
    "a\u200bb\u200cc\u200dd\u2060e\ufeff",
    "\u200el\u200fr\u061ca",
    "line\r\nSet-Cookie: x=1",
    "\x1b[31mred\x1b[0m\x07\x08",
    "nul\x00nul",
    "\u2028line\u2029paragraph\x85next",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001f600",
    "Z\u0338\u0322\u031ba\u0335\u0321l\u0336\u0328g\u0334o\u0300\u0301",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    '=HYPERLINK("//evil.example";"x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd|'x'!A0",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    "';DROP TABLE payments_payment;--",
    "&lt;b&gt; &amp;amp; &#x27; &#60;",
    "<!-- ]]> <![CDATA[ -->",
    "https://evil.example/?a=b&c=d#e",
    "<a href=//evil.example>win</a>",
    "<style>*{display:none}</style>",
    "<iframe src=//evil.example>",
    '{"a":"</script><script>alert(6)"}',
    "..\\../../etc/passwd",
    "\U000e0041\U000e0042tags\uffff",
    "\ufb01\u2460\uff21\ufdfd",
)
"""At most MOST_BYTES each."""
LONG = ("W" * 639, "\U0001f600" * 159)
"""As long as an invoice's description may be, without a place to break a line."""


def marked(kind: str) -> tuple[str, ...]:
    """The words, each with a mark of where it was put; `kind` is one letter."""
    return tuple(f"{words}~{kind}{number:02d}" for number, words in enumerate(WORDS))


def packed(texts: tuple[str, ...], most_bytes: int) -> Iterator[str]:
    """As many of them in one text as it may hold, all of them in the end."""
    text = ""
    for each in texts:
        longer = f"{text} {each}" if text else each
        if len(longer.encode()) > most_bytes:
            yield text
            longer = each
        text = longer
    yield text
