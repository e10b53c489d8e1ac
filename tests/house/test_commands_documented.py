"""Every command of ours has a row in README's table."""

from __future__ import annotations

import re

from tests.house.sources import ROOT


def documented():
    chapter = (ROOT / "README.md").read_text().partition("\n## Commands\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z_]+)`", chapter, flags=re.MULTILINE))


def test_every_command_is_documented():
    commands = {path.stem for path in (ROOT / "payments" / "management" / "commands").glob("*.py")} - {"__init__"}

    assert commands
    assert set() == commands - documented()
