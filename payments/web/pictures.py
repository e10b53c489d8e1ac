"""
The picture of the way: where everything stands, as plain values that one template draws.

Whoever pays stands at the start, the payee at the end, every node between is a station that says what it costs, and every channel a line.
On wide screens the way goes across, on phones it goes down; several parts leave each other and meet again where they really do.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from payments.queries.shapes import PathShape
from payments.web.drawing import Picture, Start
from payments.web.lanes import lay_lanes
from payments.web.picture_across import draw_across
from payments.web.picture_upright import draw_upright


class Way(Struct, frozen=True, kw_only=True):
    """Both drawings of one route: across when that fits, and down."""

    across: Picture | None
    upright: Picture


def draw_way(paths: Sequence[PathShape], *, eyes: str = "") -> Way:
    """
    Draw a route, with one path or several.

    eyes    name or key of the node from which it was looked for; empty: from ours
    """
    lanes, start = lay_lanes(paths), Start(eyes=eyes)
    return Way(across=draw_across(lanes, start), upright=draw_upright(lanes, start))
