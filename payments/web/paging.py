"""The number of a page of a list, as it stands in an address."""

from __future__ import annotations

import re

_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


def page_number(text: str | None) -> int:
    """
    What was asked for; what is no number shows the first page.

    >>> page_number("7"), page_number("-1"), page_number("٣"), page_number(None)
    (7, 1, 1, 1)
    """
    return int(text) if text and _PAGE_NUMBER.fullmatch(text) else 1
