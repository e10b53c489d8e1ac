"""
Budgets: what does not fit into a head does not fit into a file.

Docstrings are not counted against a function: the words that explain it should cost nothing.
"""

from __future__ import annotations

import ast

from tests.house.sources import ROOT, classes, functions, modules, where

MODULE_LINES = 400
CLASS_LINES = 200
FUNCTION_LINES = 40
PARAMETERS = 6
TEMPLATE_LINES = 120

EXCEPTIONS: dict[str, str] = {}
"""What may be larger, as `path` or `path name`, and why."""


def oversized(measured, *, limit):
    """The names above the limit with their sizes, without the exceptions."""
    return {name: size for name, size in measured.items() if size > limit and name not in EXCEPTIONS}


def lines(node):
    return node.end_lineno - node.lineno + 1


def lines_without_docstring(function):
    first = function.body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return lines(function) - (lines(first) if docstring else 0)


def parameters(function):
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def measure(nodes_of, size_of, *folders):
    return {f"{where(path)} {node.name}": size_of(node) for path in modules(*folders) for node in nodes_of(path)}


def test_a_module_is_one_idea():
    sizes = {where(path): len(path.read_text().splitlines()) for path in modules("lnweb", "payments", "tests")}

    assert {} == oversized(sizes, limit=MODULE_LINES)


def test_a_class_is_one_idea():
    assert {} == oversized(measure(classes, lines, "lnweb", "payments", "tests"), limit=CLASS_LINES)


def test_a_function_is_one_step():
    assert {} == oversized(measure(functions, lines_without_docstring, "lnweb", "payments", "tests"), limit=FUNCTION_LINES)


def test_a_function_asks_for_few_things():
    assert {} == oversized(measure(functions, parameters, "lnweb", "payments"), limit=PARAMETERS)


def test_a_template_is_one_page():
    sizes = {where(path): len(path.read_text().splitlines()) for path in (ROOT / "templates").rglob("*.html")}

    assert sizes
    assert {} == oversized(sizes, limit=TEMPLATE_LINES)


def test_every_exception_is_needed():
    every = {where(path) for path in modules("lnweb", "payments", "tests")}
    every |= set(measure(classes, lines, "lnweb", "payments", "tests")) | set(measure(functions, lines, "lnweb", "payments", "tests"))
    every |= {where(path) for path in (ROOT / "templates").rglob("*.html")}

    assert set() == set(EXCEPTIONS) - every
