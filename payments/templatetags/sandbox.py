"""What templates say about the sandbox's faults, to operators alone: everybody else meets them as people meet the weather."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
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
    # Asked in this order: between the two the engine may put everything right, and what was read first must not be what is on.
    waits = is_clearing()
    return {"faults": faults_on(), "is_clearing": waits, "path": _page(request), "csrf_token": context.get("csrf_token")}


def _page(request: HttpRequest | None) -> str:
    """Where the person is, also while the banner alone is fetched."""
    if request is None:
        return ""
    return getattr(getattr(request, "htmx", None), "current_url_abs_path", None) or request.path
