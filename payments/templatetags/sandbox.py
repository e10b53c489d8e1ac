"""What templates say about the sandbox's faults, to operators alone: everybody else meets them as people meet the weather."""

from __future__ import annotations

from typing import Any

from django import template

from payments.queries.faults import faults_on, is_clearing
from payments.web.allowed import is_operator

register = template.Library()
register.filter("is_operator", is_operator)


@register.filter
def grouped(number: int) -> str:
    """
    A whole number in groups of three.

    >>> grouped(800_123)
    '800,123'
    """
    return f"{number:,}"


@register.inclusion_tag("payments/_faults.html")
def faults() -> dict[str, Any]:
    """What goes wrong on purpose, and the button that ends it; nothing at all when nothing does."""
    # Asked in this order: between the two the engine may put everything right, and what was read first must not be what is on.
    waits = is_clearing()
    return {"faults": faults_on(), "is_clearing": waits}
