"""
Whether a commit survives a power failure.

Nodes of the sandbox are all set back to the same moment; a peer outside remembers what we forgot, and a channel that was set back looks
like an attempt to cheat. So peers outside are served from a durable database only. The database is asked for what it does, not the
settings for what was meant.
"""

from __future__ import annotations

from django.db import connection

from payments.nodes.errors import DatabaseNotDurable

_SQLITE_WORDS = ("OFF", "NORMAL", "FULL", "EXTRA")
_SQLITE_FULL = 2
_POSTGRESQL_SETTINGS = ("fsync", "synchronous_commit")


def check_durable() -> None:
    """
    Ask the database whether it waits for the disk.

    raises    DatabaseNotDurable
    """
    if connection.vendor == "sqlite":
        level = int(_ask("PRAGMA synchronous"))
        if level < _SQLITE_FULL:
            raise DatabaseNotDurable(setting="LNWEB_SQLITE_SYNCHRONOUS", value=_SQLITE_WORDS[level], needed="FULL")
        return
    for setting in _POSTGRESQL_SETTINGS:
        if (value := _ask(f"SHOW {setting}")) == "off":
            raise DatabaseNotDurable(setting=f"PostgreSQL's {setting}", value=value, needed="on")


def _ask(question: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])
