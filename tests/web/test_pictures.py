"""The geometry of the way: what stands where, whatever the route."""

from __future__ import annotations

import pytest

from payments.queries.shapes import HopState, PathShape
from payments.web.pictures import ACROSS_MARGIN, ACROSS_WIDTH, Picture, draw_way
from tests.web import samples

LONG = "An Extraordinarily Long Name 32b"


def _across(*paths: PathShape) -> Picture:
    picture = draw_way(paths).across
    assert picture is not None
    return picture


def _named(picture: Picture) -> list[str]:
    return [" ".join(text.words for text in station.texts if text.kind == "name") for station in picture.stations]


def test_we_stand_at_the_start_and_the_payee_at_the_end() -> None:
    picture = _across(samples.path("Alice", "Bob", "Bean There"))
    assert ["You", "Alice", "Bob", "Bean There"] == _named(picture)
    assert ["us", "node", "node", "payee"] == [station.kind for station in picture.stations]
    assert [ACROSS_MARGIN, ACROSS_WIDTH - ACROSS_MARGIN] == [picture.stations[0].x, picture.stations[-1].x]
    assert 3 == len(picture.lines)


@pytest.mark.parametrize("hops", range(1, 21))
def test_a_route_of_any_length_is_drawn_downwards(hops: int) -> None:
    way = draw_way([samples.path(*[f"Node {number}" for number in range(hops)])])
    [down] = way.upright
    assert [station.y for station in down.stations] == sorted({station.y for station in down.stations})
    assert len(down.stations) == hops + 1
    assert down.stations[-1].y < down.height


@pytest.mark.parametrize("hops", range(1, 7))
def test_neighbours_across_do_not_write_over_each_other(hops: int) -> None:
    picture = _across(samples.path(*[LONG] * hops))
    room = (ACROSS_WIDTH - 2 * ACROSS_MARGIN) / hops
    assert all(len(text.words) * 8 <= max(room, 3 * 8) for station in picture.stations for text in station.texts)
    assert max(text.y for station in picture.stations for text in station.texts) <= picture.height


@pytest.mark.parametrize(("hops", "amount_msat"), [(7, 2_500_000), (6, 2_000_000_000_000_000)])
def test_what_does_not_fit_across_goes_down_on_every_screen(hops: int, amount_msat: int) -> None:
    assert draw_way([samples.path(*["Node"] * hops, amount_msat=amount_msat)]).across is None


def test_a_broken_channel_parts_and_what_is_behind_it_is_unreached() -> None:
    states = (HopState.PASSED, HopState.BROKEN, HopState.UNREACHED)
    picture = _across(samples.path("Alice", "Bob", "Bean There", states=states, state=HopState.BROKEN))
    assert [line.state for line in picture.lines] == list(states)
    assert ["broken", "passed", "unreached", "unreached"] == [station.state for station in picture.stations]


def test_parts_are_as_thick_as_their_share() -> None:
    picture = _across(samples.path("Alice", "Shop", amount_msat=3_000_000), samples.path("Bob", "Shop", amount_msat=1_000_000))
    assert [4, 8] == sorted({line.width for line in picture.lines})
    assert ["You", "Alice", "Bob", "Shop"] == _named(picture)


def test_parts_say_what_each_of_them_brings_and_a_whole_payment_does_not() -> None:
    parts = (samples.path("Alice", "Shop", amount_msat=3_000_000), samples.path("Bob", "Shop", amount_msat=1_000_000))
    assert ["3,000 sat", "1,000 sat"] == [text.words for text in _across(*parts).shares]
    assert [["You", "3,000 sat · part 1 of 2"], ["You", "1,000 sat · part 2 of 2"]] == [
        [text.words for text in picture.stations[0].texts] for picture in draw_way(parts).upright
    ]
    assert "1,000 sat from you, then Bob" in _across(*parts).description
    assert () == _across(parts[0]).shares


def test_those_who_do_not_see_it_hear_all_of_it() -> None:
    picture = _across(samples.path("Alice", "Bean There"))
    assert "The way to Bean There" == picture.title
    assert (
        "From you, then Alice (1.062 sat fee, 40 blocks, planned), then Bean There (0 sat fee, 18 blocks, planned)." == picture.description
    )


def test_a_node_without_a_name_is_its_key_and_a_name_hides_nothing() -> None:
    nameless = samples.path("", "\u202eevil")
    assert ["02000000…00000000", "⟨U+202E⟩evil"] == _named(_across(nameless))[1:]
