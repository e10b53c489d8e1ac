"""The way down, for phones and for long routes: one station below the other, parts as columns, their words beside all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payments.web.drawing import (
    NAME_LETTER,
    Line,
    Picture,
    Start,
    Station,
    Text,
    costs_of,
    describe,
    name_of,
    reached,
    said_of,
    share_of,
    start_state,
    thickness,
    title_of,
)
from payments.web.lanes import START, Lanes
from payments.web.words import shorten

WIDTH = 344
STEP = 68
_PART_STEP = 54
"""After the words about a part: they have no costs below."""
_FIRST_ROW = 20
_FIRST_COLUMN = 16
_COLUMN_STEP = 20
_MOST_COLUMNS = 80
"""All columns together: names beside them need the rest."""
_BESIDE = 28
_BEND = 40
_FOOT = 32

_Spot = tuple[int, int]
_Row = tuple[str, int]
"""stop or part, and which."""


def draw_upright(lanes: Lanes, start: Start) -> Picture:
    """The whole route from top to bottom: each part's stops together, and where parts meet below the last of them."""
    rows = list(_rows(lanes))
    heights, end = _heights(rows)
    columns = _columns(len(lanes.lanes))
    spots = {number: (columns[min(stop.lanes)], heights["stop", number]) for number, stop in enumerate(lanes.stops)}
    words_x = columns[-1] + _BESIDE
    return Picture(
        width=WIDTH,
        height=end - STEP + _FOOT,
        upright=True,
        title=title_of(lanes),
        description=describe(lanes, start),
        lines=tuple(_lines(lanes, spots, columns)),
        stations=tuple(
            _stop_station(lanes, start, number, spots[number], words_x)
            if kind == "stop"
            else _part_station(lanes, number, (columns[number], heights[kind, number]), words_x)
            for kind, number in rows
        ),
    )


def _rows(lanes: Lanes) -> Iterator[_Row]:
    """Shared stops before the first part that passes them, or after the last one; a part's words before its own stops."""
    yield "stop", START
    shown = {START}
    for number, lane in enumerate(lanes.lanes):
        first, last = lane.alone
        yield from (("stop", stop) for stop in lane.stops[: first + 1] if stop not in shown)
        if len(lanes.lanes) > 1:
            yield "part", number
        ready = [stop for stop in lane.stops[last:] if max(lanes.stops[stop].lanes) == number]
        yield from (("stop", stop) for stop in (*lane.own, *ready))
        shown.update(lane.stops)


def _heights(rows: Sequence[_Row]) -> tuple[dict[_Row, int], int]:
    """How far down each row is, and where the next one would be."""
    heights, y = {}, _FIRST_ROW
    for row in rows:
        heights[row] = y
        y += _PART_STEP if row[0] == "part" else STEP
    return heights, y


def _columns(count: int) -> list[int]:
    step = min(_COLUMN_STEP, _MOST_COLUMNS // max(count - 1, 1))
    return [_FIRST_COLUMN + number * step for number in range(count)]


def _stop_station(lanes: Lanes, start: Start, number: int, spot: _Spot, words_x: int) -> Station:
    x, y = spot
    stop = lanes.stops[number]
    if number == START:
        return Station(x=x, y=y, kind=start.kind, state=start_state(lanes), texts=_texts_beside(start.name, start.notes, words_x, y))
    kind = "payee" if number == len(lanes.stops) - 1 else "node"
    return Station(x=x, y=y, kind=kind, state=reached(stop), texts=_texts_beside(name_of(stop.hops[0]), costs_of(stop), words_x, y))


def _part_station(lanes: Lanes, number: int, spot: _Spot, words_x: int) -> Station:
    x, y = spot
    path = lanes.lanes[number].path
    share = f"Part {number + 1}: {share_of(path)}"
    texts = (
        Text(x=words_x, y=y + 5, words=share, kind="share"),
        Text(x=words_x, y=y + 24, words=" · ".join(said_of(path)), kind="said"),
    )
    return Station(x=x, y=y, kind="part", state=path.state, texts=texts)


def _texts_beside(name: str, costs: Sequence[str], x: int, y: int) -> tuple[Text, ...]:
    """To the right of a station: its name, and below it what it costs."""
    title = Text(x=x, y=y + 5, words=shorten(name, (WIDTH - x) // NAME_LETTER), kind="name")
    return (title, Text(x=x, y=y + 24, words=" · ".join(costs), kind="cost")) if costs else (title,)


def _lines(lanes: Lanes, spots: dict[int, _Spot], columns: Sequence[int]) -> Iterator[Line]:
    for (start, end), numbers in lanes.shared.items():
        state = next(hop.state for hop, lane in zip(lanes.stops[end].hops, lanes.stops[end].lanes, strict=True) if lane in numbers)
        column = max(spots[start][0], spots[end][0])
        yield _line(spots[start], spots[end], column, state=state, width=thickness(lanes, numbers))
    for number, lane in enumerate(lanes.lanes):
        first, last = lane.alone
        for place in range(first, last):
            start, end = lane.stops[place], lane.stops[place + 1]
            yield _line(spots[start], spots[end], columns[number], state=lane.path.hops[place].state, width=thickness(lanes, [number]))


def _line(start: _Spot, end: _Spot, column: int, *, state: str, width: int) -> Line:
    """Down one column; where it leaves another column or goes to one, it bends."""
    (x1, y1), (x2, y2) = start, end
    y = (y1 + y2) // 2
    leaves = "" if x1 == column else f"C{x1} {y1 + _BEND // 2} {column} {y1 + _BEND // 2} {column} {y1 + _BEND}"
    arrives = f"L{x2} {y2}" if x2 == column else f"L{column} {y2 - _BEND}C{column} {y2 - _BEND // 2} {x2} {y2 - _BEND // 2} {x2} {y2}"
    return Line(
        whole=f"M{x1} {y1}{leaves}{arrives}",
        halves=(f"M{x1} {y1}L{column} {y1 + (y - y1) * 4 // 5}", f"M{column} {y2 - (y2 - y) * 4 // 5}L{x2} {y2}"),
        x=column,
        y=y,
        state=state,
        width=width,
    )
