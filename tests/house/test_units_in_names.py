"""
A whole number that means money or time says in which unit, in its name: `amount_msat`, `expiry_s`, `cltv_delta_blocks`.

A satoshi read as a millisatoshi is a thousandfold mistake that no type and few tests would find. Checked are the numbers of every class,
parameter and table: what crosses from one piece of code into another.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.sources import modules, tree, where

WORDS = {
    *("amount", "balance", "capacity", "cost", "deposit", "dust", "fee", "fees", "liquidity", "price", "reserve", "spent", "total"),
    *("age", "delay", "delta", "deadline", "duration", "elapsed", "expiry", "interval", "period", "timeout", "until"),
}
UNITS = {"msat", "sat", "satoshis", "ppm", "millionths", "multiple", "kw", "percent", "blocks", "height", "s", "ms", "days", "bytes", "wu"}
SPEC_ENDINGS = ("cltv_expiry_delta",)
"""The BOLTs' own names for a number of blocks (BOLT 4, 7 and 11)."""

EXCEPTIONS = {
    "cltv_expiry": "BOLT 2 and 4 call the block height so",
    "cost": "what the search of a route minimises: fees and penalties in one number that is never shown or paid",
}
"""Names without a unit, and why."""


def is_whole_number(annotation: ast.expr | None) -> bool:
    """`int`, `int | None`, and containers of them count; a NewType or another class does not."""
    return annotation is not None and any(isinstance(node, ast.Name) and node.id == "int" for node in ast.walk(annotation))


def is_integer_column(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr.endswith("IntegerField")


def numbers(path: Path):
    """Every named whole number of a module that others may see: parameters, fields and columns."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.arg(arg=name, annotation=annotation) if is_whole_number(annotation):
                yield name, node.lineno
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if is_whole_number(annotation):
                yield name, node.lineno
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_integer_column(value):
                yield name, node.lineno


def lacks_unit(name: str) -> bool:
    words = name.lower().strip("_").split("_")
    return bool(WORDS & set(words)) and words[-1] not in UNITS and not name.endswith(SPEC_ENDINGS) and name not in EXCEPTIONS


def test_it_works():
    refused = ["amount", "fee", "amount_limit", "expiry", "cltv_delta", "msat_amount"]
    allowed = [
        "amount_msat",
        "fee_base_msat",
        "expiry_s",
        "cltv_delta_blocks",
        "expiry_height",
        "count",
        "fee_proportional_millionths",
        "final_cltv_expiry_delta",
    ]

    assert [*refused] == [name for name in refused + allowed if lacks_unit(name)]


def test_money_and_time_carry_their_unit():
    unnamed = [f"{where(path, line)} {name}" for path in modules("lnweb", "payments") for name, line in numbers(path) if lacks_unit(name)]

    assert not unnamed, "\n".join(unnamed)


def test_every_exception_is_needed():
    used = {name for path in modules("lnweb", "payments") for name, _ in numbers(path)}

    assert set() == set(EXCEPTIONS) - used
