"""
Rows and values by a statement that is written once, for the few questions that are asked in every turn of the engine.

Django's own queries are put together anew each time they are asked: longer work than the database's answer. What is read comes out as
Django's own models, converted as Django would. Conditions are our own text; what comes from outside goes into their values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)
Convert = Callable[[Any, Any, Any], Any]
"""(value, expression, connection) -> the value as the model has it."""


def read_rows(model: type[Row], condition: str, values: Sequence[str | int] = (), *, fields: tuple[str, ...] = ()) -> list[Row]:
    """
    The rows for which a condition holds. An order, a limit or a lock may follow it.

    fields    all that is read of them; of those left out each is read when it is asked for. None: everything
    """
    names, statement, converted = _selection(model, fields)
    rows = read_values(statement + condition, values)
    for place, column, converters in converted:
        for convert in converters:
            rows = [(*row[:place], convert(row[place], column, connection), *row[place + 1 :]) for row in rows]
    return [model.from_db(connection.alias, names, row) for row in rows]


def read_values(statement: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
    """What a statement selects, as the database gives it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        selected: list[tuple[Any, ...]] = cursor.fetchall()
    return selected


def places(values: Sequence[str | int]) -> str:
    """The right side of an IN with so many values; there must be one at least."""
    return f"({', '.join(['%s'] * len(values))})"


def row_lock() -> str:
    """What keeps others from changing the selected rows, but not from referring to them. Nothing where there is one writer at a time."""
    return f" {connection.ops.for_update_sql(no_key=True)}" if connection.features.has_select_for_update else ""


@lru_cache
def _selection(model: type[models.Model], fields: tuple[str, ...]) -> tuple[list[str], str, list[tuple[int, Any, list[Convert]]]]:
    """The names of what is read, the statement up to its condition, and what has to be converted: (place, column, converters)."""
    table = model._meta  # noqa: SLF001 (documented: the Model _meta API)
    read = [field for field in table.concrete_fields if not fields or field.primary_key or field.name in fields]
    columns = [field.get_col(table.db_table) for field in read]
    converters = [[*connection.ops.get_db_converters(column), *column.get_db_converters(connection)] for column in columns]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in read)
    statement = f"SELECT {names} FROM {connection.ops.quote_name(table.db_table)} WHERE "  # noqa: S608 (our own names)
    converted = [(place, columns[place], found) for place, found in enumerate(converters) if found]
    return [field.attname for field in read], statement, converted
