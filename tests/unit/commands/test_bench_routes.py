"""`bench_routes` where there is nothing to measure: sentences."""

from __future__ import annotations

import json

import pytest

from tests.unit.commands.running import run


@pytest.fixture(autouse=True)
def _nothing_imported(tmp_path, settings):
    settings.LNWEB_STATE_DIR = tmp_path


def test_without_a_map_it_says_how_to_get_one():
    status, out, err = run("bench_routes")

    assert (1, "") == (status, out)
    assert err.strip() == "There is no map to measure: name a file with --graph, or import one with `manage.py import_graph` first."


def test_programs_read_why():
    assert json.loads(run("bench_routes", "--json")[1])["error"] == "no_map"


def test_a_file_that_is_no_map_is_refused(tmp_path):
    (tmp_path / "letter").write_text("Dear Bob")
    status, _out, err = run("bench_routes", "--graph", str(tmp_path / "letter"))

    assert status == 1
    assert err.strip()
