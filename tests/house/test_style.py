"""Ruff: every rule, less the list in pyproject.toml, and one format."""

from __future__ import annotations

from tests.house.tools import run


def test_every_file_keeps_the_rules_of_style():
    run("ruff", "check", "--no-cache", ".")


def test_every_file_is_formatted():
    run("ruff", "format", "--no-cache", "--check", ".")
