"""Who may import whom: the contracts in pyproject.toml."""

from __future__ import annotations

from tests.house.tools import run


def test_each_floor_uses_only_the_floors_below():
    run("lint-imports", "--no-cache")
