"""What templates say about people and their way in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from payments.queries.second_factors import is_advised

register = template.Library()


@register.filter
def as_json(value: object) -> str:
    """A value for a script of ours to read from an attribute; it is escaped there like any text."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def in_lines(words: Sequence[str]) -> str:
    r"""
    One below the other.

    >>> in_lines(["a", "b"])
    'a\nb'
    """
    return "\n".join(words)


@register.filter
def allows_passkeys(request: HttpRequest) -> bool:
    """Whether a browser would make a passkey for the address that the site was opened at: a name, over TLS or on this machine."""
    host = request.get_host().rsplit(":", 1)[0].strip("[]") if not request.get_host().endswith("]") else request.get_host().strip("[]")
    try:
        ip_address(host)
    except ValueError:
        return request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return False


@register.simple_tag
def drawing(svg: str) -> SafeString:
    """A picture that our own code has drawn."""
    return mark_safe(svg)  # noqa: S308  segno drew it: dots and a title of ours


@register.simple_tag
def sign_up_is_open() -> bool:
    """Whether anybody may sign up."""
    return bool(settings.LNWEB_OPEN_SIGN_UP)


@register.inclusion_tag("account/_advice.html")
def advice(user: Any) -> dict[str, bool]:  # noqa: ANN401  (whatever the site's user model is, or nobody)
    """A strip on every page for those whose password alone opens too much."""
    return {"is_advised": is_advised(user)}
