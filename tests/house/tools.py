"""Running the tools that check the project, from the same environment as the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT


def run(tool: str, *arguments: str) -> None:
    """Run it over the project; the test fails with what it said when it is not content."""
    command = [str(Path(sys.executable).parent / tool), *arguments]
    # The tests' own settings stay out: tools read the project's, with the state folder of the tests.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert 0 == answer.returncode, f"{tool}:\n{answer.stdout}{answer.stderr}"
