"""The parts of the measurement, on a map of seven nodes: what they say, never how fast it was."""

from __future__ import annotations

import pytest

from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.management.route_bench.bench import any_payer, grown, in_parts, one_payer
from payments.management.route_bench.beside_ldk import beside_ldk
from payments.management.route_bench.figures import Row, Timing, times
from payments.management.route_bench.footprint import footprint
from payments.management.route_bench.maps import Measured, write_map
from payments.management.route_bench.plan import Plan
from payments.management.route_bench.questions import Ends
from tests.unit.management.route_bench.nets import RING

PLAN = Plan(queries=10, slow=4, large=3, channels=60)
ENDS = Ends(RING)


def test_every_search_is_asked_as_often_as_planned():
    section = any_payer(ENDS, PLAN)
    asked = {row.name.split(",")[0]: row.asked for row in section.rows}

    assert {"ours": 1 if IS_COMPILED else 10, "networkx": 4}.items() <= asked.items()
    assert all(row.found for row in section.rows)
    assert "as long as ours" in section.in_words()


def test_one_payer_and_parts_and_large_maps_are_measured():
    assert [10, 10] == [row.asked for row in one_payer(ENDS, PLAN).rows]
    assert 0 < in_parts(ENDS, PLAN).rows[0].asked <= 3
    assert "Grown to 60 channels" in grown(RING, PLAN).heading


def test_without_the_tests_ldk_is_not_asked_and_that_is_said(tmp_path):
    (section,) = beside_ldk(Measured(name="ring", snapshot=RING), PLAN, checkout=tmp_path, folder=tmp_path)

    assert ("LDK was not asked: what runs it lies below tests/, and this installation has no tests.",) == section.remarks


def test_figures_are_of_questions_with_a_route():
    row = Row.of("x", [Timing(1.0, 0.5, True), Timing(3.0, 1.5, True), Timing(70.0, 70.0, False)])

    assert (3, 2, 2.0, 1.0, 70.0) == (row.asked, row.found, row.median_ms, row.cpu_ms, row.no_route_ms)


def test_ratios_are_of_questions_that_both_could_answer():
    fast = [Timing(0.1, 0.1, True), Timing(9.0, 9.0, False)]
    slow = [Timing(50.0, 30.0, True), Timing(1.0, 1.0, True), Timing(1.0, 1.0, True)]

    assert "takes 500 times as long as ours (300 by CPU) where both found a route: 1 questions" == times(slow, fast)
    assert "never found a route where we did" == times([], fast)


@pytest.mark.heavy
def test_a_process_with_a_map_is_weighed(tmp_path):
    write_map(RING, tmp_path / "map")
    first, second = (footprint(tmp_path / "map", cache_dir=tmp_path / "cache") for _ in range(2))

    assert second.compile_ms < first.compile_ms
    assert 30 < second.resident_mb < 1_000
