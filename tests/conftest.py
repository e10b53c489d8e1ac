"""What every test starts from: fixed seeds, no leftovers, and what needs other programs only when asked for by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.flush import allow_flush

allow_flush()
# The same examples in every run, so that a run says something about the change and not about luck; `-m heavy` and
# `--hypothesis-profile=default` look for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
_APART = {Path(__file__).parent / "browser": "Chromium", Path(__file__).parent / "interop": "Node and its packages"}
"""Folders that are left out unless they are named on the command line, and what they need. Each wants a process of its own."""


def pytest_configure(config: pytest.Config) -> None:
    """A heavy run looks further each time."""
    if config.option.markexpr == "heavy":
        settings.load_profile("default")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these folders out unless they, or something in them, were asked for."""
    if collection_path not in _APART:
        return None
    named = (config.invocation_params.dir / argument.split("::")[0] for argument in config.invocation_params.args)
    return not any(path.resolve().is_relative_to(collection_path) for path in named)
