"""The way across, for wide screens: parts are parallel lanes, as thick as their share, that leave and meet at the nodes they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payments.web.drawing import (
    COST_LETTER,
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
from payments.web.lanes import START, Lane, Lanes
from payments.web.words import in_lines

WIDTH = 760
MARGIN = 77
LANE_HEIGHT = 124
MOST_HOPS = 6
"""More stations than that do not leave their names room side by side: the way then goes down on every screen."""
MOST_LANES = 5
"""The lines of more parts than that would run across the words of others."""
_SPAN = WIDTH - 2 * MARGIN
_GAP = 14
"""Between the words of two neighbours."""
_FIRST_LANE = 24
_TEXT_STEP = 17
_NAME_BELOW = 38
_SHARE_ABOVE = 14
_FOOT = 12

_Spot = tuple[int, int]


class _Places:
    """Where every stop stands, and how much room its words have."""

    def __init__(self, lanes: Lanes) -> None:
        self.longest = max(len(lane.path.hops) for lane in lanes.lanes)
        self.step = _SPAN / self.longest
        self.x: dict[int, int] = {}
        self.room: dict[int, int] = {}
        for lane in lanes.lanes:
            self._place(lane)

    def _place(self, lane: Lane) -> None:
        """Shared stops are whole steps from the ends; a part's own stops spread evenly between where it leaves and where it arrives."""
        first, last = lane.alone
        steps_left = len(lane.stops) - 1
        start_x, end_x = MARGIN + first * self.step, WIDTH - MARGIN - (steps_left - last) * self.step
        own_step = (end_x - start_x) / (last - first)
        for number, stop in enumerate(lane.stops):
            is_own = first < number < last
            from_start, from_end = MARGIN + number * self.step, WIDTH - MARGIN - (steps_left - number) * self.step
            self.x[stop] = round(start_x + (number - first) * own_step if is_own else from_start if number <= first else from_end)
            room = int(own_step if is_own else self.step) - _GAP
            self.room[stop] = room if 0 < number < steps_left else min(room, 2 * MARGIN)


def draw_across(lanes: Lanes, start: Start) -> Picture | None:
    """The whole route from left to right; None when it has too many stations, or too much to say, for that."""
    places = _Places(lanes)
    if len(lanes.lanes) > MOST_LANES or places.longest > MOST_HOPS or not _costs_fit(lanes, places):
        return None
    names = _names(lanes, start, places)
    name_lines = max(len(lines) for lines in names)
    heights = _heights(lanes, name_lines)
    spots = [(places.x[number], _middle(stop.lanes, heights)) for number, stop in enumerate(lanes.stops)]
    stations = tuple(_stations(lanes, start, spots, names))
    shares = tuple(_shares(lanes, spots, heights)) if len(lanes.lanes) > 1 else ()
    return Picture(
        width=WIDTH,
        height=max(text.y for station in stations for text in station.texts) + _FOOT,
        upright=False,
        title=title_of(lanes),
        description=describe(lanes, start),
        lines=tuple(_lines(lanes, spots, heights)),
        stations=stations,
        shares=shares,
    )


def _costs_fit(lanes: Lanes, places: _Places) -> bool:
    return all(
        len(cost) * COST_LETTER <= places.room[number] + _GAP
        for number, stop in enumerate(lanes.stops)
        if stop.hops
        for cost in costs_of(stop)
    )


def _names(lanes: Lanes, start: Start, places: _Places) -> list[tuple[str, ...]]:
    words = [start.name, *(name_of(stop.hops[0]) for stop in lanes.stops[1:])]
    return [in_lines(name, places.room[number] // NAME_LETTER) for number, name in enumerate(words)]


def _heights(lanes: Lanes, name_lines: int) -> list[int]:
    """The height of each lane."""
    said_lines = max(len(said_of(lane.path)) for lane in lanes.lanes)
    more = said_lines * _TEXT_STEP if len(lanes.lanes) > 1 else 0
    lane_height = LANE_HEIGHT + (name_lines - 1) * _TEXT_STEP + more
    return [_FIRST_LANE + more + number * lane_height for number in range(len(lanes.lanes))]


def _middle(numbers: Sequence[int], heights: Sequence[int]) -> int:
    return (heights[min(numbers)] + heights[max(numbers)]) // 2


def _stations(lanes: Lanes, start: Start, spots: Sequence[_Spot], names: Sequence[tuple[str, ...]]) -> Iterator[Station]:
    """The start first, the payee last. On one lane all costs stand at one height."""
    level = max(len(lines) for lines in names) if len(lanes.lanes) == 1 else 0
    yield Station(
        x=spots[START][0],
        y=spots[START][1],
        kind=start.kind,
        state=start_state(lanes),
        texts=_texts_below(names[START], start.notes, spots[START], level=0),
    )
    last = len(lanes.stops) - 1
    for number, stop in enumerate(lanes.stops[1:], start=1):
        texts = _texts_below(names[number], costs_of(stop), spots[number], level=level)
        yield Station(x=spots[number][0], y=spots[number][1], kind="payee" if number == last else "node", state=reached(stop), texts=texts)


def _texts_below(names: Sequence[str], costs: Sequence[str], spot: _Spot, *, level: int) -> tuple[Text, ...]:
    """Under a station: its name in one line or two, and its costs below, at least `level` lines of names away from it."""
    x, y = spot
    below = max(len(names), level)
    return (
        *(Text(x=x, y=y + _NAME_BELOW + place * _TEXT_STEP, words=words, kind="name") for place, words in enumerate(names)),
        *(Text(x=x, y=y + _NAME_BELOW + 2 + (below + place) * _TEXT_STEP, words=words, kind="cost") for place, words in enumerate(costs)),
    )


def _shares(lanes: Lanes, spots: Sequence[_Spot], heights: Sequence[int]) -> Iterator[Text]:
    """Above each lane what goes there, and what that costs."""
    for lane, height in zip(lanes.lanes, heights, strict=True):
        between = lane.own or lane.ends
        x = (spots[between[0]][0] + spots[between[-1]][0]) // 2
        *said, last = said_of(lane.path)
        for place, words in enumerate(reversed((share_of(lane.path), *said, last))):
            yield Text(x=x, y=height - _SHARE_ABOVE - place * _TEXT_STEP, words=words, kind="said" if place <= len(said) else "share")


def _lines(lanes: Lanes, spots: Sequence[_Spot], heights: Sequence[int]) -> Iterator[Line]:
    for (start, end), numbers in lanes.shared.items():
        state = next(hop.state for hop, lane in zip(lanes.stops[end].hops, lanes.stops[end].lanes, strict=True) if lane in numbers)
        yield _line(_curve(spots[start], spots[end]), spots[start], spots[end], state=state, width=thickness(lanes, numbers))
    for number, lane in enumerate(lanes.lanes):
        first, last = lane.alone
        for place in range(first, last):
            start_spot, end_spot = spots[lane.stops[place]], spots[lane.stops[place + 1]]
            whole = _curve(start_spot, end_spot) if lane.own else _detour(start_spot, end_spot, heights[number])
            yield _line(whole, start_spot, end_spot, state=lane.path.hops[place].state, width=thickness(lanes, [number]))


def _line(whole: str, start: _Spot, end: _Spot, *, state: str, width: int) -> Line:
    (x1, y1), (x2, y2) = start, end
    x, y = (x1 + x2) // 2, (y1 + y2) // 2
    return Line(
        whole=whole,
        halves=(
            f"M{x1} {y1}L{x1 + (x - x1) * 4 // 5} {y1 + (y - y1) * 4 // 5}",
            f"M{x2 - (x2 - x) * 4 // 5} {y2 - (y2 - y) * 4 // 5}L{x2} {y2}",
        ),
        x=x,
        y=y,
        state=state,
        width=width,
    )


def _curve(start: _Spot, end: _Spot) -> str:
    (x1, y1), (x2, y2) = start, end
    x = (x1 + x2) // 2
    return f"M{x1} {y1}L{x2} {y2}" if y1 == y2 else f"M{x1} {y1}C{x} {y1} {x} {y2} {x2} {y2}"


def _detour(start: _Spot, end: _Spot, height: int) -> str:
    """From one stop to another over a lane of its own, so that parts without stops between do not lie on top of each other."""
    (x1, y1), (x2, y2) = start, end
    x = (x1 + x2) // 2
    left, right = (x1 + x) // 2, (x + x2) // 2
    return f"M{x1} {y1}L{x2} {y2}" if y1 == height == y2 else f"M{x1} {y1}C{left} {y1} {left} {height} {x} {height}S{right} {y2} {x2} {y2}"
