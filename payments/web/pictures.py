"""
The picture of the way: where everything stands, as plain values that one template draws.

We stand at the start, the payee at the end, every node between is a station that says what it costs, and every channel a line. On wide
screens the way goes across and several parts run as parallel lanes, as thick as their share; on phones it goes down, one part below the
other. Only geometry and labels are decided here: colours and movement belong to the style sheet, through the state's name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from payments.lightning.units import format_sat
from payments.queries.shapes import HopShape, HopState, PathShape
from payments.web.words import in_lines, make_visible, short_key, shorten

ACROSS_WIDTH = 760
ACROSS_MARGIN = 77
LANE_HEIGHT = 124
UPRIGHT_WIDTH = 344
UPRIGHT_STEP = 68
MOST_HOPS_ACROSS = 6
"""More stations than that do not leave their names room side by side: the way then goes down on every screen."""
_NAME_LETTER = 9
_COST_LETTER = 7
"""Widths of one letter with wide fonts: names are cut to fit; costs are never cut, the way goes down instead."""
_LINE_WIDTH = 4
_FIRST_LANE = 24
_TEXT_STEP = 17
_SHARE_ABOVE = 14


class Text(Struct, frozen=True, kw_only=True):
    """A line of text on the picture: a station's `name`, its `cost`, or the `share` of one of several parts."""

    x: int
    y: int
    words: str
    kind: str


class Station(Struct, frozen=True, kw_only=True):
    """A node on the picture."""

    x: int
    y: int
    kind: str
    """us · node · payee"""
    state: str
    texts: tuple[Text, ...]


class Line(Struct, frozen=True, kw_only=True):
    """A channel on the picture; `halves` are drawn when it is broken, with the cross between them."""

    whole: str
    halves: tuple[str, str]
    x: int
    y: int
    state: str
    width: int


class Picture(Struct, frozen=True, kw_only=True):
    """A drawing and what it says to those who do not see it."""

    width: int
    height: int
    upright: bool
    title: str
    description: str
    lines: tuple[Line, ...]
    stations: tuple[Station, ...]
    shares: tuple[Text, ...] = ()
    """What each of several parts carries, above its lane."""


Write = Callable[[str, Sequence[str], tuple[int, int]], tuple[Text, ...]]
"""Puts a station's name and costs near its place."""


class Way(Struct, frozen=True, kw_only=True):
    """All drawings of one route: across when that fits, and down for each part."""

    across: Picture | None
    upright: tuple[Picture, ...]


def draw_way(paths: Sequence[PathShape]) -> Way:
    """Draw a route, with one path or several."""
    fits = all(len(path.hops) <= MOST_HOPS_ACROSS and _costs_fit(path) for path in paths)
    return Way(across=_draw_across(paths) if fits else None, upright=_draw_all_upright(paths))


def name_of(hop: HopShape) -> str:
    """What a station is called: its name with nothing hidden, or its key."""
    return make_visible(hop.name).strip() or short_key(hop.node_id)


def _costs_fit(path: PathShape) -> bool:
    room = (ACROSS_WIDTH - 2 * ACROSS_MARGIN) // len(path.hops)
    return all(len(cost) * _COST_LETTER <= room for hop in path.hops for cost in _costs(hop))


def _costs(hop: HopShape) -> list[str]:
    """What a station adds: the fees of all of them add up to the total, and so do the blocks."""
    fee = [f"+{format_sat(hop.fee_msat)} sat"] if hop.fee_msat else []
    return [*fee, f"+{hop.cltv_expiry_delta:,} block" + ("" if hop.cltv_expiry_delta == 1 else "s")]


def _draw_across(paths: Sequence[PathShape]) -> Picture:
    rooms = [min((ACROSS_WIDTH - 2 * ACROSS_MARGIN) // len(path.hops), 2 * ACROSS_MARGIN) // _NAME_LETTER for path in paths]
    name_lines = max(len(in_lines(name_of(hop), room)) for path, room in zip(paths, rooms, strict=True) for hop in path.hops)
    lane_height = LANE_HEIGHT + (name_lines - 1) * _TEXT_STEP
    middle = _FIRST_LANE + (len(paths) - 1) * lane_height // 2
    lines: list[Line] = []
    inner: list[Station] = []
    for lane, (path, room) in enumerate(zip(paths, rooms, strict=True)):
        spots = _spots(len(path.hops), lane_y=_FIRST_LANE + lane * lane_height, middle=middle)
        *between, payee = _stations(path, spots, partial(_texts_below, room=room, name_lines=name_lines))
        lines += _lines(path, spots, width=_width(path, paths))
        inner += between
    us = _texts_below("You", [], (ACROSS_MARGIN, middle), room=3, name_lines=1)
    shares = [(_share(path), _FIRST_LANE + lane * lane_height - _SHARE_ABOVE) for lane, path in enumerate(paths)] if len(paths) > 1 else []
    return Picture(
        width=ACROSS_WIDTH,
        height=len(paths) * lane_height - 20,
        upright=False,
        title=_title(paths),
        description=" ".join(_describe(path, is_part=len(paths) > 1) for path in paths),
        lines=tuple(lines),
        stations=(Station(x=ACROSS_MARGIN, y=middle, kind="us", state=_start_state(paths), texts=us), *inner, payee),
        shares=tuple(Text(x=ACROSS_WIDTH // 2, y=y, words=words, kind="share") for words, y in shares),
    )


def _texts_below(name: str, costs: Sequence[str], spot: tuple[int, int], *, room: int, name_lines: int) -> tuple[Text, ...]:
    """Under a station: its name in one line or two, and its costs at one height with those of all others."""
    x, y = spot
    names = [Text(x=x, y=y + 38 + place * _TEXT_STEP, words=words, kind="name") for place, words in enumerate(in_lines(name, room))]
    costs_y = y + 40 + name_lines * _TEXT_STEP
    return (*names, *(Text(x=x, y=costs_y + place * _TEXT_STEP, words=words, kind="cost") for place, words in enumerate(costs)))


def _draw_all_upright(paths: Sequence[PathShape]) -> tuple[Picture, ...]:
    """One below the other, each of several with what it is a part of."""
    parts = [f"part {number} of {len(paths)}" for number in range(1, len(paths) + 1)] if len(paths) > 1 else [""]
    return tuple(_draw_upright(path, part=part) for path, part in zip(paths, parts, strict=True))


def _draw_upright(path: PathShape, *, part: str) -> Picture:
    spots = [(16, 20 + place * UPRIGHT_STEP) for place in range(len(path.hops) + 1)]
    us = Station(
        x=16, y=20, kind="us", state=_start_state([path]), texts=_texts_beside("You", [_share(path), part] if part else [], spots[0])
    )
    return Picture(
        width=UPRIGHT_WIDTH,
        height=52 + len(path.hops) * UPRIGHT_STEP,
        upright=True,
        title=_title([path]),
        description=_describe(path, is_part=bool(part)),
        lines=tuple(_lines(path, spots, width=_LINE_WIDTH)),
        stations=(us, *_stations(path, spots, _texts_beside)),
    )


def _texts_beside(name: str, costs: Sequence[str], spot: tuple[int, int]) -> tuple[Text, ...]:
    """To the right of a station: its name, and below it what it costs."""
    x, y = spot[0] + 28, spot[1] + 5
    title = Text(x=x, y=y, words=shorten(name, (UPRIGHT_WIDTH - x) // _NAME_LETTER), kind="name")
    return (title, Text(x=x, y=y + 19, words=" · ".join(costs), kind="cost")) if costs else (title,)


def _share(path: PathShape) -> str:
    """What one of several parts brings to the payee."""
    return f"{format_sat(path.amount_msat)} sat"


def _spots(hops: int, *, lane_y: int, middle: int) -> list[tuple[int, int]]:
    step = (ACROSS_WIDTH - 2 * ACROSS_MARGIN) / hops
    inner = [(round(ACROSS_MARGIN + place * step), lane_y) for place in range(1, hops)]
    return [(ACROSS_MARGIN, middle), *inner, (ACROSS_WIDTH - ACROSS_MARGIN, middle)]


def _width(path: PathShape, paths: Sequence[PathShape]) -> int:
    if len(paths) == 1:
        return _LINE_WIDTH
    total_msat = sum(each.amount_msat for each in paths)
    return 2 + 8 * path.amount_msat // max(total_msat, 1)


def _lines(path: PathShape, spots: Sequence[tuple[int, int]], *, width: int) -> list[Line]:
    return [_line(hop, start, end, width=width) for hop, start, end in zip(path.hops, spots[:-1], spots[1:], strict=True)]


def _stations(path: PathShape, spots: Sequence[tuple[int, int]], write: Write) -> list[Station]:
    """The node at the end of each hop, the payee last."""
    kinds = ["node"] * (len(path.hops) - 1) + ["payee"]
    return [
        Station(x=spot[0], y=spot[1], kind=kind, state=_reached(hop.state), texts=write(name_of(hop), _costs(hop), spot))
        for hop, spot, kind in zip(path.hops, spots[1:], kinds, strict=True)
    ]


def _reached(state: HopState) -> str:
    """A node behind a broken channel was not reached."""
    return HopState.UNREACHED if state is HopState.BROKEN else state


def _start_state(paths: Sequence[PathShape]) -> str:
    states = {path.state for path in paths}
    return next((state for state in (HopState.PASSED, HopState.MOVING, HopState.BROKEN) if state in states), HopState.PLANNED)


def _line(hop: HopShape, start: tuple[int, int], end: tuple[int, int], *, width: int) -> Line:
    (x1, y1), (x2, y2) = start, end
    x, y = (x1 + x2) // 2, (y1 + y2) // 2
    return Line(
        whole=f"M{x1} {y1}L{x2} {y2}" if x1 == x2 or y1 == y2 else f"M{x1} {y1}C{x} {y1} {x} {y2} {x2} {y2}",
        halves=(
            f"M{x1} {y1}L{x1 + (x - x1) * 4 // 5} {y1 + (y - y1) * 4 // 5}",
            f"M{x2 - (x2 - x) * 4 // 5} {y2 - (y2 - y) * 4 // 5}L{x2} {y2}",
        ),
        x=x,
        y=y,
        state=hop.state,
        width=width,
    )


def _title(paths: Sequence[PathShape]) -> str:
    payee = name_of(paths[0].hops[-1])
    parts = f" in {len(paths)} parts" if len(paths) > 1 else ""
    return f"The way to {payee}{parts}"


def _describe(path: PathShape, *, is_part: bool) -> str:
    stops = ", ".join(
        f"then {name_of(hop)} ({format_sat(hop.fee_msat)} sat fee, {hop.cltv_expiry_delta} blocks, {hop.state.value})" for hop in path.hops
    )
    return f"{_share(path)} from you, {stops}." if is_part else f"From you, {stops}."
