"""mypy, strict, over everything that is not a test."""

from __future__ import annotations

import pytest

from tests.house.tools import run


@pytest.mark.timeout(600)  # without a cache it reads Django's types too
def test_every_type_is_said_and_right():
    run("mypy")
