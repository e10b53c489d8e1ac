"""
Where a request comes from, known to everything that it calls, and an id of its own that its answer and its audit rows carry.

The id is always made here: one that a browser may choose could be chosen to look like another's. An address that a proxy tells is believed
only where LNWEB_HTTPS says that there is one, and then only the last, which the proxy itself has written.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from payments.services.audit_origin import Origin, coming_from
from payments.services.note_accounts import actor_for

REQUEST_ID_BYTES = 16
HEADER = "X-Request-ID"


class AuditTrail:
    """The outermost middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request be answered, and mark the answer."""
        origin = Origin(
            who=lambda: actor_for(getattr(request, "user", None)),
            came_from=address_of(request),
            user_agent=request.headers.get("User-Agent", ""),
            request_id=secrets.token_hex(REQUEST_ID_BYTES),
        )
        with coming_from(origin):
            response = self._get_response(request)
        response[HEADER] = origin.request_id
        return response


def address_of(request: HttpRequest) -> str:
    """The browser's address as text; empty when there is none that is one."""
    told = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or told
    try:
        return str(ip_address(told))
    except ValueError:
        return ""
