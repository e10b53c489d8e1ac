"""What the templates of the Network pages need beside what all pages share."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

register = template.Library()


@register.filter
def count(number: int) -> str:
    """
    A number of things, grouped by threes as amounts are.

    >>> count(69_455)
    '69,455'
    """
    return f"{number:,}"


@register.filter
def ago(moment: datetime) -> str:
    """How long ago that was, roughly: nobody asks a map for minutes."""
    now = timezone.now()
    return "today" if moment.date() >= now.date() else f"{timesince(moment, now, depth=1)} ago"
