"""
No floating point where money is: engine, ledger, tables and services count in whole millisatoshi.

A float holds 21 million bitcoin only to the nearest few msat and makes sums depend on their order. Division is `//`, with the rounding
said; probabilities are whole parts of something.
"""

from __future__ import annotations

import ast

from tests.house.sources import modules, tree, where

FOLDERS = ("payments/lightning", "payments/ledger", "payments/models", "payments/services")

EXCEPTIONS: dict[str, str] = {
    "payments/lightning/scoring/calibration.py": "compares chances with what happened; no price comes out of it",
    "payments/lightning/scoring/chance.py": "a chance is no money; what leaves for prices is a whole number of 2^-30",
    **{
        f"payments/lightning/routing/compiled/{name}.py": "says which way, never how much: a way computes its amounts itself"
        for name in ("ahead", "back", "beliefs", "closer", "flow", "heap", "joint", "near", "price", "rows", "stretches", "widest")
    },
}
"""Modules that may, and why no amount can come out of them."""

NAMES = {"float", "Decimal", "FloatField", "DecimalField"}


def floats(module: ast.Module):
    """The lines on which a module makes, takes or stores a number that is not whole."""
    for node in ast.walk(module):
        match node:
            case ast.BinOp(op=ast.Div(), right=ast.Constant(value=str())):
                continue  # a path
            case ast.Constant(value=float()) | ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield node.lineno
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in NAMES:
                yield node.lineno


def test_it_works():
    source = "a = 0.5\nb = 1 / 2\nc: float\nd = models.FloatField()\ne = Decimal(1)\nf = 1 // 2\na /= 2\ng = folder / 'name'"

    assert [1, 2, 3, 4, 5, 7] == sorted(floats(ast.parse(source)))


def test_money_is_counted_in_whole_numbers():
    found = [where(path, line) for path in modules(*FOLDERS) if where(path) not in EXCEPTIONS for line in floats(tree(path))]

    assert not found, "\n".join(found)


def test_every_exception_is_needed():
    found = {where(path) for path in modules(*FOLDERS) if any(floats(tree(path)))}

    assert set() == set(EXCEPTIONS) - found
