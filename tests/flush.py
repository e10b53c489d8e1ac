"""
Emptying the database between tests that commit for real.

SQLite empties a table with DELETE, which the triggers of the append-only tables rightly refuse; so they are lifted for the one moment in
which Django flushes. PostgreSQL uses TRUNCATE, which they do not see. No test and no code can reach this: only the flush's own SQL does.
"""

from __future__ import annotations

import importlib

from django.db.backends.sqlite3.base import DatabaseOperations

_flush = DatabaseOperations.sql_flush


def _sql_flush(self, *arguments, **options):
    triggers = importlib.import_module("payments.migrations.0002_append_only")
    later = importlib.import_module("payments.migrations.0008_decisions")
    tables = {**triggers.TABLES, **later.TABLES}
    return [
        *triggers.drop_statements("sqlite", tables),
        *_flush(self, *arguments, **options),
        *triggers.create_statements("sqlite", tables),
    ]


def allow_flush() -> None:
    """Let Django's flush through, once and for the whole run."""
    DatabaseOperations.sql_flush = _sql_flush
