"""
Every page that a browser can open, found in the resolver: what can be opened without being told what, and what was made for it to show.

An address that needs to be told what and for which nothing was made is an error, unless it only takes forms: a new page must be named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.urls import reverse

from payments.access.addresses import PAGES, Door
from tests.web.matrix import all_addresses

Things = Mapping[str, Sequence[Mapping[str, Any]]]
_NO_NUMBER = 9_999_999
_NOTHING = {
    "payment_id": "e" * 64,
    "request_id": "e" * 32,
    "token": "e" * 43,
    "slug": "no-such-thing",
    "node_id": "03" + "e" * 64,
    "object_id": "9999999",
    "app_label": "payments",
}
"""What there is not: enough to learn that an address takes forms alone."""
ELSEWHERE = {
    "admin:autocomplete": "nobody may",
    "admin:view_on_site": "leads to the pages themselves",
    "admin:jsi18n": "the admin's own script, which holds nobody's words",
    "account_confirm_email": "asks for a key from a letter, which shows nobody's words",
    "account_reset_password_from_key": "asks for a key from a letter, which shows nobody's words",
}
METHOD_NOT_ALLOWED, NOT_FOUND = 405, 404


def every_path(things: Things) -> Iterator[tuple[str, str]]:
    """Names and paths; a name that was given things comes with each of them."""
    for address in all_addresses():
        name, need = address.name, PAGES.get(address.name)
        if not name or name in ELSEWHERE or need in (Door.NOBODY, Door.CLOSED, Door.API_KEY):
            continue
        known = things.get(name) or [{each: _NOTHING.get(each, _NO_NUMBER) for each in address.arguments}]
        for thing in known:
            yield name, reverse(name, kwargs={each: thing[each] for each in address.arguments})
