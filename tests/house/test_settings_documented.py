"""Every variable that the settings ask for has a row in README's table, and every row a variable."""

from __future__ import annotations

import re

from lnweb.settings import ENVIRONMENT
from tests.house.sources import ROOT


def documented():
    chapter = (ROOT / "README.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([A-Z_]+)`", chapter, flags=re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else_is():
    assert ENVIRONMENT.names == documented()
