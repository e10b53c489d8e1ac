"""
A copy of the tree, a bug in it, and whether the tests that should notice it do.

Caught means that a test failed: a tree that cannot be imported, or a test that is not there, catches nothing. The same tests must pass in
a copy without a bug, or their failure would say nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from tests.sabotage.bugs import BUGS, Bug, Change

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 2
_PARTS = ("lnweb", "payments", "static", "templates", "tests", "manage.py", "pyproject.toml", "README.md")
_LONGEST_S = 600
_PASSED, _FAILED = 0, 1
"""pytest's exit statuses; the others mean that nothing was tried."""


class Verdict(StrEnum):
    CAUGHT = "caught"
    ESCAPED = "ESCAPED"
    NOT_TRIED = "NOT TRIED"
    """The bug stops the tests from running at all."""


def sabotaged(source: str, change: Change) -> str:
    """The text with the bug in it. ValueError when its place is not there exactly once."""
    if source.count(change.search) != 1:
        raise ValueError(f"{change.path}: {source.count(change.search)} places look like {change.search!r}")
    return source.replace(change.search, change.replacement)


def apply(bug: Bug, tree: Path) -> None:
    """Put a bug into a tree."""
    for change in bug.changes:
        path = tree / change.path
        path.write_text(sabotaged(path.read_text(), change))


def try_bugs(bugs: Iterable[Bug]) -> Iterator[tuple[Bug, Verdict, str]]:
    """Each bug with what its tests said, in their order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(_try, bugs)


def control(bugs: Iterable[Bug] = BUGS) -> tuple[bool, str]:
    """Whether the tests that these bugs name pass without any bug, and what they say."""
    targets = dict.fromkeys(target for bug in bugs for target in bug.caught_by if target.endswith(".py"))
    with _copy() as tree:
        status, output = _pytest(tree, list(targets))
    return status == _PASSED, output


def _try(bug: Bug) -> tuple[Bug, Verdict, str]:
    with _copy() as tree:
        apply(bug, tree)
        status, output = _pytest(tree, ["-x", *bug.caught_by])
    return bug, {_FAILED: Verdict.CAUGHT, _PASSED: Verdict.ESCAPED}.get(status, Verdict.NOT_TRIED), output


@contextmanager
def _copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lnweb-sabotage-") as folder:
        tree = Path(folder) / "main"
        tree.mkdir()
        for part in _PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, tree / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules", ".*"))
            else:
                shutil.copy(source, tree / part)
        yield tree


def _pytest(tree: Path, arguments: list[str]) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LNWEB_", "DJANGO_", "PYTEST_"))}
    environment = kept | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "DATABASE_URL": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    answer = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=_LONGEST_S, check=False)
    return answer.returncode, answer.stdout + answer.stderr
