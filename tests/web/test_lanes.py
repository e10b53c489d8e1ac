"""Where parts run together: channels from the start, nodes to the payee, and nothing in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payments.queries.shapes import PathShape
from payments.web.lanes import Lanes, in_lane_order, lay_lanes
from tests.web import samples


def _names(lanes: Lanes) -> list[list[str]]:
    return [[lanes.stops[place].hops[0].name for place in lane.stops[1:]] for lane in lanes.lanes]


def _stops(lanes: Lanes) -> list[str]:
    return sorted(stop.hops[0].name for stop in lanes.stops[1:])


def test_one_path_is_alone_all_the_way() -> None:
    lanes = lay_lanes([samples.path("A", "B", "Shop")])
    assert [["A", "B", "Shop"]] == _names(lanes)
    assert (0, 3) == lanes.lanes[0].alone
    assert {} == lanes.shared


def test_parts_over_one_first_channel_part_where_they_part() -> None:
    lanes = lay_lanes([samples.path("Hub", "A", "Shop"), samples.path("Hub", "B", "Shop")])
    assert ["A", "B", "Hub", "Shop"] == _stops(lanes)
    assert [(0, 1)] == list(lanes.shared.values())
    assert [(1, 3), (1, 3)] == [lane.alone for lane in lanes.lanes]


def test_parts_through_one_last_node_meet_there() -> None:
    lanes = lay_lanes([samples.path("A", "Gate", "Shop"), samples.path("B", "C", "Gate", "Shop")])
    assert ["A", "B", "C", "Gate", "Shop"] == _stops(lanes)
    assert [(0, 2), (0, 3)] == [lane.alone for lane in lanes.lanes]


def test_some_may_meet_before_the_others() -> None:
    lanes = lay_lanes(
        [samples.path("A", "Tea", "Gate", "Shop"), samples.path("B", "Gate", "Shop"), samples.path("C", "Tea", "Gate", "Shop")]
    )
    assert [["A", "Tea", "Gate", "Shop"], ["C", "Tea", "Gate", "Shop"], ["B", "Gate", "Shop"]] == _names(lanes)
    assert [(0, 1), (0, 1, 2)] == sorted(lanes.shared.values())


def test_a_node_in_the_middle_of_two_parts_stays_on_both() -> None:
    lanes = lay_lanes([samples.path("A", "Hub", "B", "Shop"), samples.path("C", "Hub", "D", "Shop")])
    assert ["A", "B", "C", "D", "Hub", "Hub", "Shop"] == _stops(lanes)


def test_two_parts_of_one_way_keep_a_lane_each() -> None:
    lanes = lay_lanes([samples.path("A", "Shop"), samples.path("A", "Shop"), samples.path("Shop"), samples.path("Shop")])
    assert ["A", "Shop"] == _stops(lanes)
    assert [(0, 1)] * 4 == [lane.alone for lane in lanes.lanes]


def test_what_only_one_part_would_share_is_its_own() -> None:
    lanes = lay_lanes([samples.path("A", "Gate", "Shop"), samples.path("A", "Gate", "Shop"), samples.path("A", "B", "Shop")])
    assert [(0, 1), (0, 1), (0, 3)] == [lane.alone for lane in lanes.lanes]


PATHS = st.lists(
    st.lists(st.sampled_from("ABCDE"), max_size=4, unique=True).map(lambda names: samples.path(*names, "Shop")), min_size=1, max_size=6
)


@given(paths=PATHS)
def test_every_part_is_shown_whole_and_no_fee_is_lost_or_invented(paths: list[PathShape]) -> None:
    lanes = lay_lanes(paths)
    assert [[hop.name for hop in path.hops] for path in in_lane_order(paths)] == _names(lanes)
    assert sum(path.fee_msat for path in paths) == sum(stop.fee_msat for stop in lanes.stops)
    steps = {step for lane in lanes.lanes for step in zip(lane.stops[: lane.alone[0] + 1], lane.stops[1 : lane.alone[0] + 1], strict=False)}
    assert steps <= set(lanes.shared)
    for lane in lanes.lanes:
        assert lane.alone[0] < lane.alone[1]
        assert len(lanes.stops) - 1 == lane.stops[-1]
        assert all(1 == len(lanes.stops[place].lanes) for place in lane.own)
    assert sorted(hop.short_channel_id for path in paths for hop in path.hops) == sorted(
        hop.short_channel_id for stop in lanes.stops for hop in stop.hops
    )
