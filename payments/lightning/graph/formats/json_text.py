"""JSON of strangers into typed values: refused with the place where it is wrong, never with somebody else's exception."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from payments.lightning.graph.errors import MapTruncated, MapUnreadable

Value = TypeVar("Value")

_PLACE = re.compile(r"`(\$[^`]*)`")
_TOP = "$"
_TRUNCATED = "truncated"


def decode_json(data: bytes, kind: type[Value], *, source_format: str) -> Value:
    """
    The value that this text holds; numbers may be written as text.

    raises    MapTruncated, MapUnreadable
    """
    try:
        return msgspec.json.decode(data, type=kind, strict=False)
    except msgspec.DecodeError as error:
        if _TRUNCATED in str(error):
            raise MapTruncated(source_format=source_format, size_bytes=len(data)) from None
        place = _PLACE.search(str(error))
        raise MapUnreadable(source_format=source_format, place=_TOP if place is None else place[1]) from None
    except (ValueError, RecursionError):
        raise MapUnreadable(source_format=source_format, place=_TOP) from None
