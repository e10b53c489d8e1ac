"""
The database's own refusal to change or delete what is written once: the ledger, and all of an event but when it was handled.

Triggers, because they also hold for query sets, for other programs and for a person at a prompt. Row by row: TRUNCATE in PostgreSQL is
left to who owns the tables.
"""

from __future__ import annotations

from django.db import migrations

TABLES = {
    "payments_ledgerentry": "id, key, kind, payment_id, event_id, created_at",
    "payments_ledgerposting": "id, entry_id, account, amount_msat",
    "payments_engineevent": "id, kind, body, created_at",
}
"""The columns that are never written again."""

_SQLITE = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is written once'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is written once'); END;
"""
_POSTGRESQL_FUNCTION = """
CREATE FUNCTION payments_written_once() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} FOR EACH ROW EXECUTE FUNCTION payments_written_once();
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION payments_written_once();
"""


def create_statements(vendor: str, tables: dict[str, str] = TABLES) -> list[str]:
    """The triggers' SQL for `sqlite` or `postgresql`; other databases have none and are refused."""
    template = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[vendor]
    return [line for table, columns in tables.items() for line in template.format(table=table, columns=columns).strip().splitlines()]


def drop_statements(vendor: str, tables: dict[str, str] = TABLES) -> list[str]:
    """The reverse of `create_statements`."""
    place = "" if vendor == "sqlite" else " ON {table}"
    return [f"DROP TRIGGER {table}_no_{verb}{place.format(table=table)}" for table in tables for verb in ("update", "delete")]


def create(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(_POSTGRESQL_FUNCTION, params=None)
    for statement in create_statements(vendor):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in drop_statements(vendor):
        schema_editor.execute(statement, params=None)
    if vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION payments_written_once()")


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_rows")]
    operations = [migrations.RunPython(create, drop)]
