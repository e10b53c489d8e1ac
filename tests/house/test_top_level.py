"""Eight things to see at the top, so that a newcomer knows after one look where to go."""

from __future__ import annotations

import subprocess

from tests.house.sources import ROOT

ENTRIES = {"README.md", "lnweb", "manage.py", "payments", "pyproject.toml", "static", "templates", "tests"}


def tracked():
    if not (ROOT / ".git").exists():  # an exported tree: what lies there is what is tracked
        return [path.name for path in ROOT.iterdir()]
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path.partition("/")[0] for path in answer.stdout.split("\0") if path]


def test_only_the_eight_entries_are_visible():
    assert ENTRIES == {name for name in tracked() if not name.startswith(".")}
