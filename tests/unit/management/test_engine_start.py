"""What the engine's process loads before it is ready: a restart is as long as that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LOAD = """
import sys
import django
django.setup()
from django.core.checks import run_checks
from payments.management.commands.run_node import Command
assert not run_checks(tags=Command.requires_system_checks)
print(*sorted({"numba", "payments.web", "payments.lightning.routing.compiled.finder"} & set(sys.modules)))
"""


def test_neither_pages_nor_the_compiled_search_are_loaded(tmp_path: Path) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "lnweb.settings", "LNWEB_STATE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", LOAD], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "" == ran.stdout.strip()
