"""What templates say about the sandbox's faults, to operators alone: everybody else meets them as people meet the weather."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import RequestContext

from payments.queries.faults import faults_on, is_clearing
from payments.web.operators import is_operator

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


@register.inclusion_tag("payments/_faults.html", takes_context=True)
def faults(context: RequestContext) -> dict[str, Any]:
    """What goes wrong on purpose, and the button that ends it; nothing at all when nothing does."""
    request = context.get("request")
    return {
        "faults": faults_on(),
        "is_clearing": is_clearing(),
        "path": request.path if request else "",
        "csrf_token": context.get("csrf_token"),
    }
