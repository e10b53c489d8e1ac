"""The geometry of the way: what stands where, whatever the route."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.queries.shapes import HopState, PathShape
from payments.web.drawing import Picture, Text
from payments.web.picture_across import MARGIN, WIDTH
from payments.web.pictures import draw_way
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
    assert [MARGIN, WIDTH - MARGIN] == [picture.stations[0].x, picture.stations[-1].x]
    assert 3 == len(picture.lines)


@pytest.mark.parametrize("hops", range(1, 21))
def test_a_route_of_any_length_is_drawn_downwards(hops: int) -> None:
    way = draw_way([samples.path(*[f"Node {number}" for number in range(hops)])])
    down = way.upright
    assert [station.y for station in down.stations] == sorted({station.y for station in down.stations})
    assert len(down.stations) == hops + 1
    assert down.stations[-1].y < down.height


@pytest.mark.parametrize("hops", range(1, 7))
def test_neighbours_across_do_not_write_over_each_other(hops: int) -> None:
    picture = _across(samples.path(*[LONG] * hops))
    room = (WIDTH - 2 * MARGIN) / hops
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
    assert ["1.075 sat fee", "3,000 sat", "1.025 sat fee", "1,000 sat"] == [text.words for text in _across(*parts).shares]
    assert [["Part 1: 3,000 sat", "1.075 sat fee"], ["Part 2: 1,000 sat", "1.025 sat fee"]] == [
        [text.words for text in station.texts] for station in draw_way(parts).upright.stations if station.kind == "part"
    ]
    assert "1,000 sat from you, 1.025 sat fee, then Bob" in _across(*parts).description
    assert () == _across(parts[0]).shares


def test_parts_say_how_likely_each_of_them_arrives() -> None:
    parts = [replace(samples.path(name, "Shop", amount_msat=1_000_000), chance_permille=chance) for name, chance in (("A", 310), ("B", 0))]
    assert ["31 % likely", "1.025 sat fee", "1,000 sat", "under 0.1 % likely", "1.025 sat fee", "1,000 sat"] == [
        text.words for text in _across(*parts).shares
    ]
    words = [text.words for station in draw_way(parts).upright.stations for text in station.texts]
    assert [["1.025 sat fee · 31 % likely"], ["1.025 sat fee · under 0.1 % likely"]] == [[word] for word in words if "likely" in word]


def test_where_parts_run_together_there_is_one_line_that_carries_both() -> None:
    parts = (
        samples.path("Alice", "Gate", "Shop", amount_msat=3_000_000),
        samples.path("Bob", "Gate", "Shop", amount_msat=1_000_000),
    )
    picture = _across(*parts)
    assert ["You", "Alice", "Bob", "Gate", "Shop"] == sorted(_named(picture), key=["You", "Alice", "Bob", "Gate", "Shop"].index)
    assert [4, 4, 8, 8, 10] == sorted(line.width for line in picture.lines)
    [gate] = (station for station in picture.stations if "Gate" in station.texts[0].words)
    assert ["+2.100 sat", "+40 blocks"] == [text.words for text in gate.texts if text.kind == "cost"]


@pytest.mark.parametrize("parts", range(2, 13))
def test_parts_go_down_in_columns_with_their_words_beside_all_of_them(parts: int) -> None:
    picture = draw_way([samples.path(f"Node {number}", "Gate", "Shop") for number in range(parts)]).upright
    words = {text.x for station in picture.stations for text in station.texts}
    assert 1 == len(words)
    assert max(station.x for station in picture.stations) + 9 < min(words) <= picture.width // 2
    assert [station.y for station in picture.stations] == sorted({station.y for station in picture.stations})
    assert ["You", "Gate", "Shop"] == [name for name in _named(picture) if name and not name.startswith("Node")]
    assert picture.stations[-1].y < picture.height


def test_many_parts_go_down_on_every_screen() -> None:
    assert draw_way([samples.path(f"Node {number}", "Shop") for number in range(6)]).across is None


@pytest.mark.parametrize("parts", range(2, 6))
def test_no_two_words_about_parts_lie_on_each_other(parts: int) -> None:
    paths = [samples.path(f"Left {number}", f"Right {number}", "Gate", LONG, amount_msat=10**9 + number) for number in range(parts)]
    picture = _across(*paths)
    texts = [*picture.shares, *(text for station in picture.stations for text in station.texts)]
    lanes = [text for text in texts if text.kind in {"share", "said"} or text.words.startswith(("Left", "Right"))]
    assert [] == [(one.words, other.words) for one in lanes for other in lanes if one is not other and _touch(one, other)]
    assert all(text.y < picture.height for text in texts)


def _touch(one: Text, other: Text) -> bool:
    return abs(one.y - other.y) < 12 and abs(one.x - other.x) * 2 < 7 * (len(one.words) + len(other.words))


def test_a_rehearsal_begins_at_the_node_whose_eyes_it_has() -> None:
    way = draw_way([samples.path("Alice", "Bean There")], eyes="ACI\u202eNQ")
    assert way.across is not None
    for picture in (way.across, way.upright):
        assert ("eyes", ["ACI⟨U+202E⟩NQ", "in your place"]) == (
            picture.stations[0].kind,
            [text.words for text in picture.stations[0].texts],
        )
        assert "You" not in " ".join(text.words for station in picture.stations for text in station.texts)
        assert picture.description.startswith("From ACI⟨U+202E⟩NQ, then Alice")


def test_eyes_without_a_name_are_told_by_their_key() -> None:
    assert "02abab…" == draw_way([samples.path("Alice")], eyes="02" + "ab" * 32).upright.stations[0].texts[0].words[:6] + "…"


def test_those_who_do_not_see_it_hear_all_of_it() -> None:
    picture = _across(samples.path("Alice", "Bean There"))
    assert "The way to Bean There" == picture.title
    assert (
        "From you, then Alice (1.062 sat fee, 40 blocks, planned), then Bean There (0 sat fee, 18 blocks, planned)." == picture.description
    )


def test_a_node_without_a_name_is_its_key_and_a_name_hides_nothing() -> None:
    nameless = samples.path("", "\u202eevil")
    assert ["02000000…00000000", "⟨U+202E⟩evil"] == _named(_across(nameless))[1:]
