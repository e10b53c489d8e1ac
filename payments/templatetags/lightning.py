"""
What templates say in this house's words: amounts, keys, names, spans, pills, pictures and codes.

Filters take the shapes' own values (msat, hex, datetimes) and give text; only the tags that draw give markup, and only through templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import segno
from django import template
from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from payments.lightning.units import format_sat
from payments.queries.balances import balance as current_balance
from payments.queries.replay_shapes import AnswerShape
from payments.queries.shapes import AttemptShape, PathShape, ProbeShape, RouteShape
from payments.web.drawing import eyes_name, name_of
from payments.web.durations import clock, in_words, took
from payments.web.figures import percent
from payments.web.lanes import in_lane_order
from payments.web.pictures import draw_way
from payments.web.words import make_visible, short_key

register = template.Library()

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)

PILLS = {
    "checking": ("Checking", "checking"),
    "sending": ("Sending", "sending"),
    "stopping": ("Stopping", "stopping"),
    "held": ("Held", "clock"),
    "paid": ("Paid", "tick"),
    "requested": ("Being made", "checking"),
    "open": ("Waiting", "clock"),
    "waiting": ("Waiting to be paid", "clock"),
    "cancelled": ("Cancelled", "expired"),
    "refused": ("Not made", "cross"),
    "failed": ("Failed", "cross"),
    "expired": ("Expired", "expired"),
}

register.filter("visible", make_visible)
register.filter("short", short_key)
register.filter("in_words", in_words)
register.filter("station_name", name_of)
register.filter("eyes_name", eyes_name)
register.filter("percent", percent)
register.filter("in_lane_order", in_lane_order)


@register.filter
def sats(amount_msat: int) -> str:
    """
    An amount in sat, grouped by threes; msat only when there are some.

    >>> sats(1_234_567_000)
    '1,234,567'
    """
    return format_sat(amount_msat)


@register.filter
def plus(amount_msat: int, more_msat: int) -> int:
    """
    The sum of two amounts: what leaves at most is the amount and its fee limit.

    >>> plus(1_000, 50)
    1050
    """
    return amount_msat + more_msat


@register.filter
def left(moment: datetime) -> str:
    """How long from now until then."""
    return clock((moment - timezone.now()) // _SECOND)


@register.filter
def until(start: datetime, end: datetime | None) -> str:
    """How long from start to end, or to now while there is no end."""
    if end is None:
        return clock((timezone.now() - start) // _SECOND)
    return took((end - start) // _MILLISECOND)


@register.inclusion_tag("payments/_pill.html")
def pill(status: str) -> dict[str, str]:
    """A status as a word, an icon and a colour: never a colour alone."""
    word, icon = PILLS[status]
    return {"status": status, "word": word, "icon": f"payments/icons/{icon}.svg"}


@register.inclusion_tag("payments/_balance.html", takes_context=True)
def balance(context: Context) -> dict[str, Any]:
    """What the account that the page is about can spend now, and what is held when something is; nothing for who may not see its money."""
    account = context["account"] if "account" in context else getattr(context.get("request"), "account", None)
    if not account or not account.sees_money:
        return {"balance": None, "currency": ""}
    return {"balance": current_balance(account.id), "currency": account.currency}


@register.inclusion_tag("payments/_way.html")
def way(paths: Sequence[PathShape], key: str) -> dict[str, Any]:
    """The picture of a route; `key` tells its ids from those of other pictures on the page."""
    return {"way": draw_way(paths), "key": key}


VIRTUES = {
    "balanced": "Best overall",
    "cheapest": "Cheapest",
    "likeliest": "Likeliest",
    "fewest_hops": "Fewest steps",
    "fewest_parts": "Fewest parts",
    "in_parts": "In two parts",
}


@register.filter
def virtue_names(virtues: Sequence[str]) -> str:
    r"""
    What speaks for a route; each virtue stays in one line.

    >>> virtue_names(("balanced", "cheapest"))
    'Best\xa0overall\xa0· Cheapest'
    """
    no_break = "\N{NO-BREAK SPACE}"
    return f"{no_break}· ".join(VIRTUES[virtue].replace(" ", no_break) for virtue in virtues)


@register.inclusion_tag("payments/_way.html")
def route_way(route: RouteShape, number: int, eyes: str) -> dict[str, Any]:
    """The picture of one of the routes to choose from; `eyes`: whose they are in a rehearsal."""
    return {"way": draw_way(route.paths, eyes=eyes), "key": f"route-{number}"}


@register.inclusion_tag("payments/_way.html")
def attempt_way(attempt: AttemptShape) -> dict[str, Any]:
    """The picture of the path that one attempt took."""
    return {"way": draw_way([attempt.path]), "key": f"attempt-{attempt.number}"}


@register.inclusion_tag("payments/_way.html")
def test_way(probe: ProbeShape, number: int) -> dict[str, Any]:
    """The picture of the path on which a test stopped."""
    return {"way": draw_way([probe.path]), "key": f"test-{number}"}


@register.inclusion_tag("payments/_way.html")
def decided_way(answer: AnswerShape, when: str, number: int) -> dict[str, Any]:
    """The picture of the route that a decision came to; `when` it was asked."""
    return {"way": draw_way(answer.paths), "key": f"{when}-{number}"}


@register.inclusion_tag("payments/_key.html")
def key(value: str, what: str) -> dict[str, str]:
    """A key or hash, shortened for eyes, whole for copying and for screen readers."""
    return {"value": value, "what": what}


@register.simple_tag
def qr(text: str) -> SafeString:
    """An invoice as a QR code; in capitals, which need fewer dots, and as plain SVG without a style of its own."""
    return _qr_svg(text)


@lru_cache(maxsize=64)
def _qr_svg(text: str) -> SafeString:
    code = segno.make("LIGHTNING:" + text.upper(), error="l", micro=False)
    drawing = code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, title="The invoice as a QR code")
    return mark_safe(drawing)  # noqa: S308  segno escapes the title and draws nothing of the text but dots
