"""
What a picture of a route is made of, and what it says: the same for one that goes across and one that goes down.

Only places and words are decided here: colours and movement belong to the style sheet, through the state's name. Amounts and fees are
whole and exact, so that whoever adds them up arrives at the figures of the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from payments.lightning.units import format_sat
from payments.queries.shapes import HopShape, HopState, PathShape
from payments.web.figures import percent
from payments.web.lanes import Lanes, Stop
from payments.web.words import make_visible, short_key

NAME_LETTER = 9
COST_LETTER = 7
"""Widths of one letter with wide fonts: names are cut to fit; costs are never cut, the way goes down instead."""
LINE_WIDTH = 4
_SHARE_WIDTH = 8
_KEY_LETTERS = 66


class Text(Struct, frozen=True, kw_only=True):
    """A line of text: a station's `name`, its `cost`, or of one of several parts its `share` and what is `said` of it."""

    x: int
    y: int
    words: str
    kind: str


class Station(Struct, frozen=True, kw_only=True):
    """A node on the picture, or where the words about a part stand."""

    x: int
    y: int
    kind: str
    """us · eyes · node · payee · part"""
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
    """Across: what each of several parts carries, above its lane."""


class Start(Struct, frozen=True, kw_only=True):
    """Whoever pays: we ourselves, or the node through whose eyes a rehearsal sees."""

    eyes: str = ""
    """The node's name or key; empty when it is us."""

    @property
    def kind(self) -> str:
        """For the style sheet."""
        return "eyes" if self.eyes else "us"

    @property
    def name(self) -> str:
        """As it stands on the picture."""
        return eyes_name(self.eyes) if self.eyes else "You"

    @property
    def notes(self) -> list[str]:
        """What stands below the name."""
        return ["in your place"] if self.eyes else []

    @property
    def spoken(self) -> str:
        """As it stands in a sentence."""
        return eyes_name(self.eyes) if self.eyes else "you"


def eyes_name(name_or_key: str) -> str:
    """A node that is told by its name with nothing hidden or, without one, by its key."""
    return short_key(name_or_key) if len(name_or_key) == _KEY_LETTERS else make_visible(name_or_key).strip()


def name_of(hop: HopShape) -> str:
    """What a station is called: its name with nothing hidden, or its key."""
    return make_visible(hop.name).strip() or short_key(hop.node_id)


def costs_of(stop: Stop) -> list[str]:
    """What a station adds: the fees of all of them add up to the total, and so do the blocks of each part."""
    fee = [f"+{format_sat(stop.fee_msat)} sat"] if stop.fee_msat else []
    least, most = stop.blocks
    blocks = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return [*fee, f"+{blocks} block" + ("" if most == 1 else "s")]


def share_of(path: PathShape) -> str:
    """What one of several parts brings to the payee."""
    return f"{format_sat(path.amount_msat)} sat"


def said_of(path: PathShape) -> list[str]:
    """What one of several parts costs, and how likely it arrives."""
    fee = f"{format_sat(path.fee_msat)} sat fee" if path.fee_msat else "no fee"
    return [fee] if path.chance_permille is None else [fee, f"{percent(path.chance_permille)} likely"]


def thickness(lanes: Lanes, numbers: Sequence[int]) -> int:
    """Of the line on which these parts go: their share of the whole."""
    if len(lanes.lanes) == 1:
        return LINE_WIDTH
    total_msat = sum(lane.path.amount_msat for lane in lanes.lanes)
    return 2 + _SHARE_WIDTH * sum(lanes.lanes[number].path.amount_msat for number in numbers) // max(total_msat, 1)


def reached(stop: Stop) -> str:
    """A node behind a broken channel was not reached."""
    state = stop.hops[0].state
    return HopState.UNREACHED if state is HopState.BROKEN else state


def start_state(lanes: Lanes) -> str:
    """How whoever pays looks."""
    states = {lane.path.state for lane in lanes.lanes}
    return next((state for state in (HopState.PASSED, HopState.MOVING, HopState.BROKEN) if state in states), HopState.PLANNED)


def title_of(lanes: Lanes) -> str:
    """What the picture is of."""
    payee = name_of(lanes.stops[-1].hops[0])
    parts = f" in {len(lanes.lanes)} parts" if len(lanes.lanes) > 1 else ""
    return f"The way to {payee}{parts}"


def describe(lanes: Lanes, start: Start) -> str:
    """Every stop of every part in words."""
    return " ".join(_describe(lane.path, start, is_part=len(lanes.lanes) > 1) for lane in lanes.lanes)


def _describe(path: PathShape, start: Start, *, is_part: bool) -> str:
    stops = ", ".join(
        f"then {name_of(hop)} ({format_sat(hop.fee_msat)} sat fee, {hop.cltv_expiry_delta} blocks, {hop.state.value})" for hop in path.hops
    )
    return f"{share_of(path)} from {start.spoken}, {', '.join(said_of(path))}, {stops}." if is_part else f"From {start.spoken}, {stops}."
