"""
The audit log, and the database's own refusal to change it, to delete from it or to empty it.

Any update at all is refused, not only that of some columns. SQLite replaces a row (`INSERT OR REPLACE`) without asking the triggers that
guard deletions, hence one more there.
"""

from __future__ import annotations

from django.db import migrations, models

import payments.models.audit

TABLE = "payments_auditrecord"

_SQLITE = (
    f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{TABLE} is written once'); END",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{TABLE} is written once'); END",
    f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE sequence = NEW.sequence) "
    f"BEGIN SELECT RAISE(ABORT, '{TABLE} is written once'); END",
)
_POSTGRESQL = (
    f"CREATE TRIGGER {TABLE}_no_update BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION payments_written_once()",
    f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION payments_written_once()",
    f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION payments_written_once()",
)


def create_statements(vendor: str) -> list[str]:
    """The triggers' SQL for `sqlite` or `postgresql`; other databases have none and are refused."""
    return list({"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[vendor])


def drop_statements(vendor: str) -> list[str]:
    """The reverse of `create_statements`."""
    if vendor == "sqlite":
        return [f"DROP TRIGGER {TABLE}_no_{verb}" for verb in ("update", "delete", "replace")]
    return [f"DROP TRIGGER {TABLE}_no_{verb} ON {TABLE}" for verb in ("update", "delete", "truncate")]


def create(apps, schema_editor):
    for statement in create_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in drop_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_decisions"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField(default=0)),
                ("hash", models.CharField(default="0000000000000000000000000000000000000000000000000000000000000000", max_length=64)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_audit_head")],
            },
        ),
        migrations.CreateModel(
            name="AuditRecord",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "actor",
                    models.CharField(choices=payments.models.audit.actor_choices, max_length=20),
                ),
                ("actor_id", models.BigIntegerField(blank=True, null=True)),
                ("actor_name", models.TextField(blank=True)),
                (
                    "action",
                    models.CharField(choices=payments.models.audit.action_choices, max_length=30),
                ),
                (
                    "subject",
                    models.CharField(choices=payments.models.audit.subject_choices, max_length=20),
                ),
                ("subject_id", models.CharField(blank=True, max_length=100)),
                ("came_from", models.CharField(blank=True, max_length=300)),
                ("user_agent", models.TextField(blank=True)),
                ("request_id", models.CharField(blank=True, max_length=32)),
                ("before", models.TextField(default="{}")),
                ("after", models.TextField(default="{}")),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "subject_id"], name="audit_of_a_subject"),
                    models.Index(fields=["at"], name="audit_by_time"),
                ],
            },
        ),
        migrations.RunPython(create, drop),
    ]
