"""The project's own files, as the house rules read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(*folders: str) -> list[Path]:
    """Every Python file below these folders but the migrations, which Django writes; it is an error to name a folder without any."""
    found = []
    for folder in folders:
        below = sorted(path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts)
        assert below, f"no Python file below {folder}"
        found += below
    return found


@cache
def tree(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text(), filename=str(path))


def where(path: Path, line: int = 0) -> str:
    """How a finding is named."""
    return f"{path.relative_to(ROOT)}:{line}" if line else str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, nested ones and methods too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def classes(path: Path) -> Iterator[ast.ClassDef]:
    """Every class of a module."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))
