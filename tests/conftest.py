"""What every test starts from: fixed seeds, no leftovers, and the browser tests only when somebody asks for them by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flush import allow_flush

allow_flush()
_BROWSER = Path(__file__).parent / "browser"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave tests/browser out unless it is named on the command line: it needs Chromium and a process of its own."""
    if collection_path != _BROWSER:
        return None
    named = (config.invocation_params.dir / argument.split("::")[0] for argument in config.invocation_params.args)
    return not any(path.resolve().is_relative_to(_BROWSER) for path in named)
