"""
Copies of the database, row by row: to begin every trial where the first one began, and to start an engine on a copy that is too old.

Whoever puts an old copy back gets his own rows of then. What others know does not get younger with it: their states, the chain and the
gossip stay as they are now.
"""

from __future__ import annotations

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

Rows = tuple[tuple[object, ...], ...]
Copy = dict[str, tuple[tuple[str, ...], Rows]]
"""Table -> its columns and its rows."""
_STATE = "payments_enginestate"
_OF_OTHERS = ("payments_noderecord", "payments_gossiprecord", "payments_chainrecord", "payments_enginelease")


def empty_database() -> None:
    """Every table of ours without a row, but for the house."""
    connection.ops.execute_sql_flush(_flush(_tables()))


def take_copy() -> Copy:
    """All rows of ours as they are."""
    with connection.cursor() as cursor:
        return {table: _read(cursor, table) for table in _tables()}


def put_back(copy: Copy) -> None:
    """Exactly these rows, and no others."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _flush(list(copy)):
            cursor.execute(statement)
        cursor.execute("DELETE FROM payments_merchantaccount")  # the house that an empty database has is in the copy too
        for table, (columns, rows) in copy.items():
            if rows:
                places = ", ".join(["%s"] * len(columns))
                names = ", ".join(map(connection.ops.quote_name, columns))
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)
        for statement in connection.ops.sequence_reset_sql(no_style(), list(apps.get_app_config("payments").get_models())):
            cursor.execute(statement)


def aged(old: Copy, now: Copy, *, own_id: bytes) -> Copy:
    """What there is when our node was set back to an old copy and nobody else was."""
    columns, rows = now[_STATE]
    place = columns.index("key")
    others = [row for row in rows if not str(row[place]).startswith(own_id.hex())]
    ours = [row for row in old[_STATE][1] if str(row[place]).startswith(own_id.hex())]
    numbered = tuple((number, *row[1:]) for number, row in enumerate([*others, *ours], start=1))
    return old | {table: now[table] for table in _OF_OTHERS} | {_STATE: (columns, numbered)}


def _tables() -> list[str]:
    return [table for table in connection.introspection.django_table_names(only_existing=True) if table.startswith("payments_")]


def _flush(tables: list[str]) -> list[str]:
    return connection.ops.sql_flush(no_style(), tables, reset_sequences=True, allow_cascade=False)


def _read(cursor, table: str) -> tuple[tuple[str, ...], Rows]:
    cursor.execute(f"SELECT * FROM {table}")
    columns = tuple(column[0] for column in cursor.description)
    return columns, tuple(cursor.fetchall())
