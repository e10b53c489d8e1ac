"""
Emptying the database between tests that commit for real.

SQLite empties a table with DELETE, which the triggers of the append-only tables rightly refuse; so they are lifted for the one moment in
which Django flushes. PostgreSQL uses TRUNCATE, which only the audit log's triggers see. No test and no code can reach this:
only the flush's own SQL does.
"""

from __future__ import annotations

import importlib

from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.sqlite3.base import DatabaseOperations

_HOUSE = (
    "INSERT INTO payments_merchantaccount (id, slug, name, currency, is_house, created_at)"
    " VALUES (1, 'house', 'The node', '', TRUE, CURRENT_TIMESTAMP)"
)
"""The tables are made with it, and the ledger stands on it."""
_NEXT_AFTER_HOUSE = (
    "SELECT setval('payments_merchantaccount_id_seq', GREATEST((SELECT last_value FROM payments_merchantaccount_id_seq), 1))"
)
"""A number that was given by hand is not counted by itself in PostgreSQL."""


def _lifted(operations: type[BaseDatabaseOperations], vendor: str):
    flush = operations.sql_flush

    def sql_flush(self, *arguments, **options):
        statements = flush(self, *arguments, **options)
        return [*_drop(vendor), *statements, *_house(vendor), *_create(vendor)] if statements else []

    return sql_flush


def _house(vendor: str) -> list[str]:
    return [_HOUSE, _NEXT_AFTER_HOUSE] if vendor == "postgresql" else [_HOUSE]


def _drop(vendor: str) -> list[str]:
    audit = _migration("0009_audit").drop_statements(vendor)
    return audit if vendor == "postgresql" else [*_migration("0002_append_only").drop_statements(vendor, _row_by_row()), *audit]


def _create(vendor: str) -> list[str]:
    audit = _migration("0009_audit").create_statements(vendor)
    return audit if vendor == "postgresql" else [*_migration("0002_append_only").create_statements(vendor, _row_by_row()), *audit]


def _row_by_row() -> dict[str, str]:
    return {**_migration("0002_append_only").TABLES, **_migration("0011_ledger_owners").TABLES, **_migration("0008_decisions").TABLES}


def _migration(name: str):
    return importlib.import_module(f"payments.migrations.{name}")


def allow_flush() -> None:
    """Let Django's flush through, once and for the whole run."""
    DatabaseOperations.sql_flush = _lifted(DatabaseOperations, "sqlite")
    try:
        from django.db.backends.postgresql.operations import DatabaseOperations as PostgreSQL
    except ImportError:  # its driver is an extra
        return
    PostgreSQL.sql_flush = _lifted(PostgreSQL, "postgresql")
