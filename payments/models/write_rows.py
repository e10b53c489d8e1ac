"""
Many rows of one table with one prepared statement, which is sent once for each of them.

Django's own bulk operations build a statement as long as the rows are many, and build it anew every time: longer work than the database's.
What is written and where is all that is said here; who may write, and what must hold, is the caller's matter and the table's constraints'.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection, models

if TYPE_CHECKING:
    from django.db.models.options import Options

    Table = Options[Any]
    Column = models.Field[Any, Any]

_PLAIN_TYPES: dict[str, type] = {"CharField": str, "TextField": str, "BinaryField": bytes}


def insert_rows(rows: Sequence[models.Model], *, unique_fields: tuple[str, ...] = (), update_fields: tuple[str, ...] = ()) -> None:
    """
    Add rows. Their numbers are the database's and are not told.

    unique_fields    where a row with the same values of these is there already, it takes the `update_fields` of the new one; without such
                     fields it stays as it is
    """
    if rows:
        table = _table(rows)
        _send(_insertion(table, unique_fields, update_fields), rows, _inserted(table))


def update_rows(rows: Sequence[models.Model], fields: tuple[str, ...]) -> None:
    """Write these fields of rows that are there, whatever stands in them: the transaction has locked them, or nobody else writes them."""
    if rows:
        table = _table(rows)
        _send(_change(table, fields), rows, (*_columns(table, fields), table.pk))


def _table(rows: Sequence[models.Model]) -> Table:
    return rows[0]._meta  # noqa: SLF001 (documented: the Model _meta API)


def _send(statement: str, rows: Sequence[models.Model], columns: Sequence[Column]) -> None:
    writers = [(column.attname, _plain_type(column), column.get_db_prep_save) for column in columns]
    values: list[list[Any]] = [
        [
            value if (value := getattr(row, name)) is None or type(value) is plain_type else prepare(value, connection)
            for name, plain_type, prepare in writers
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


@lru_cache
def _plain_type(column: Column) -> type | None:
    """Values of which type every database takes as they are; the others Django has to prepare, which takes longer than to write them."""
    stored = column.target_field if isinstance(column, models.ForeignKey) else column
    return _PLAIN_TYPES.get(stored.get_internal_type())


def _columns(table: Table, fields: tuple[str, ...]) -> tuple[Column, ...]:
    columns = {column.name: column for column in table.concrete_fields}
    return tuple(columns[field] for field in fields)


@lru_cache
def _inserted(table: Table) -> tuple[Column, ...]:
    return tuple(column for column in table.concrete_fields if not isinstance(column, models.AutoField))


@lru_cache
def _insertion(table: Table, unique_fields: tuple[str, ...], update_fields: tuple[str, ...]) -> str:
    names = [_quoted(column.attname) for column in _inserted(table)]
    places = ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {_quoted(table.db_table)} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 (our own names)
    if not unique_fields:
        return statement
    target = ", ".join(_quoted(column.attname) for column in _columns(table, unique_fields))
    changes = ", ".join(f"{_quoted(column.attname)} = EXCLUDED.{_quoted(column.attname)}" for column in _columns(table, update_fields))
    return f"{statement} ON CONFLICT ({target}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"


@lru_cache
def _change(table: Table, fields: tuple[str, ...]) -> str:
    changes = ", ".join(f"{_quoted(column.attname)} = %s" for column in _columns(table, fields))
    return f"UPDATE {_quoted(table.db_table)} SET {changes} WHERE {_quoted(table.pk.attname)} = %s"  # noqa: S608 (our own names)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
