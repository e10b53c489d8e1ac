"""How bodies are read: JSON without anything that two readers could understand differently."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser


class StrictParser(Parser):
    """Refuses a name that comes twice, NaN and Infinity, and anything but an object."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """
        The body as an object.

        raises    ValueError, which becomes a problem
        """
        body = json.loads(request.body, parse_constant=_refuse, object_pairs_hook=_object)
        if not isinstance(body, dict):
            raise TypeError("a wish is a JSON object")
        return body


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        raise ValueError("a name comes twice")
    return named
