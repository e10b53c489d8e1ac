"""
Spans of time as people say them.

Pages show them once and `lnweb.js` goes on counting in the same words, so both keep to one rule: the two largest units, no more.
"""

from __future__ import annotations

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_LONG = {"d": "day", "h": "hour", "min": "minute", "s": "second"}


def _parts(span_s: int) -> list[tuple[int, str]]:
    rest_s = max(span_s, 0)
    parts = []
    for unit_s, unit in _UNITS:
        count, rest_s = divmod(rest_s, unit_s)
        parts.append((count, unit))
    first = next((place for place, (count, _unit) in enumerate(parts) if count), len(parts) - 1)
    return parts[first : first + 2]


def clock(span_s: int) -> str:
    """
    A span that is being watched.

    >>> clock(59), clock(3_552), clock(93_600), clock(-5)
    ('59 s', '59 min 12 s', '1 d 2 h', '0 s')
    """
    return " ".join(f"{count} {unit}" for count, unit in _parts(span_s))


def took(span_ms: int) -> str:
    """
    How long something that is over took; most payments are over within a second.

    >>> took(420), took(1_500), took(75_000)
    ('420 ms', '1 s', '1 min 15 s')
    """
    return f"{max(span_ms, 0)} ms" if span_ms < 1_000 else clock(span_ms // 1_000)


def in_words(span_s: int) -> str:
    """
    A span in a sentence; what is zero is left out.

    >>> in_words(108_000), in_words(3_600), in_words(61)
    ('1 day 6 hours', '1 hour', '1 minute 1 second')
    """
    spoken = [f"{count} {_LONG[unit]}" + ("" if count == 1 else "s") for count, unit in _parts(span_s) if count]
    return " ".join(spoken) or "0 seconds"
