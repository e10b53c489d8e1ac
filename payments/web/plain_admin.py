"""
What hides or turns letters in names and descriptions is shown as what it is in the admin too.

Django's own lists, titles and links write them, in more places than templates of ours could reach, so it is done to the finished page.
Only line breaks and tabs stay: they are the page's own. A form for changing people would save such a letter as its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from payments.web.words import make_visible

_PERHAPS_HIDDEN = re.compile(r"[^\t\n\r\x20-\x7e]")


class PlainAdmin:
    """The middleware. It changes whole pages of the admin and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with nothing hidden in it."""
        response = self._get_response(request)
        is_admin = request.resolver_match is not None and request.resolver_match.app_name == "admin"
        if is_admin and not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = _PERHAPS_HIDDEN.sub(lambda letter: make_visible(letter[0]), response.content.decode())
        return response
