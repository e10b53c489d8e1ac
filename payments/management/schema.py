"""
Whether the database has the tables that this version of the code was written for.

Asked before the engine starts and before a command answers: half a schema must not be found out amid a payment, and a person should read
what to do, not a traceback.
"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def schema_refusal() -> str | None:
    """Why this database cannot be used, as a sentence; None when it can."""
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        return f"The database cannot be read: {' '.join(str(error).split())}."
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "The database is not prepared for this version: run `manage.py migrate` first."
    if unknown := sorted(_unknown(executor)):
        return f"The database was made by a newer version ({', '.join(unknown)}): start that one."
    return None


def _unknown(executor: MigrationExecutor) -> set[str]:
    """Steps of our own that the database has taken and this code does not know."""
    applied = {name for app, name in executor.loader.applied_migrations if app == "payments"}
    return applied - {name for app, name in executor.loader.disk_migrations or {} if app == "payments"}
