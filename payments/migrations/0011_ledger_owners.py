"""
Whose books a posting stands in. All that was booked before belongs to the house.

The triggers that guard the ledger are lifted for the change and put back: SQLite makes a table anew to change it, and forgets them. The
balances are a cache and are counted anew.
"""

from __future__ import annotations

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_append_only = importlib.import_module("payments.migrations.0002_append_only")
_BEFORE = {table: columns for table, columns in _append_only.TABLES.items() if "ledger" in table}
TABLES = {
    "payments_ledgerentry": "id, key, kind, payment_id, event_id, created_by_id, remark, created_at",
    "payments_ledgerposting": "id, entry_id, owner_id, account, amount_msat",
}
"""The columns that are never written again."""


def lift(apps, schema_editor):
    for statement in _append_only.drop_statements(schema_editor.connection.vendor, _BEFORE):
        schema_editor.execute(statement, params=None)


def put_back(apps, schema_editor):
    for statement in _append_only.create_statements(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(statement, params=None)


def count(apps, schema_editor):
    postings = apps.get_model("payments", "LedgerPosting").objects
    balance = apps.get_model("payments", "AccountBalance")
    sums = postings.values_list("account").annotate(total=models.Sum("amount_msat")).order_by()
    balance.objects.bulk_create(balance(owner_id=1, account=account, balance_msat=total) for account, total in sums)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0010_merchants"),
    ]

    operations = [
        migrations.RunPython(lift),
        migrations.AddField(
            model_name="ledgerentry",
            name="created_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="remark",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.RemoveConstraint(
            model_name="ledgerposting",
            name="one_posting_an_account",
        ),
        migrations.RemoveIndex(
            model_name="ledgerposting",
            name="sum_of_an_account",
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opening", "opening"),
                    ("hold", "hold"),
                    ("settle", "settle"),
                    ("release", "release"),
                    ("received", "received"),
                    ("forwarded", "forwarded"),
                    ("returned", "returned"),
                    ("resolved", "resolved"),
                    ("funded", "funded"),
                    ("withdrawn", "withdrawn"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="ledgerposting",
            name="account",
            field=models.CharField(
                choices=[
                    ("available", "available"),
                    ("held", "held"),
                    ("overrun", "overrun"),
                    ("opening", "opening"),
                    ("received", "received"),
                    ("forwarding_income", "forwarding_income"),
                    ("payments_made", "payments_made"),
                    ("fees_paid", "fees_paid"),
                    ("on_chain", "on_chain"),
                    ("transferred", "transferred"),
                    ("closing_cost", "closing_cost"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="ledgerposting",
            name="owner",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.merchantaccount"
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="ledgerposting",
            index=models.Index(fields=["owner", "account", "amount_msat"], name="sum_of_an_account"),
        ),
        migrations.AddConstraint(
            model_name="ledgerposting",
            constraint=models.UniqueConstraint(fields=("entry", "owner", "account"), name="one_posting_an_account"),
        ),
        migrations.DeleteModel(name="AccountBalance"),
        migrations.CreateModel(
            name="AccountBalance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=20)),
                ("balance_msat", models.BigIntegerField(default=0)),
                (
                    "owner",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.merchantaccount"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "account"), name="one_balance_an_account"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("account__in", ["available", "held"]), _negated=True), ("balance_msat__gte", 0), _connector="OR"
                        ),
                        name="balance_not_negative",
                    ),
                ],
            },
        ),
        migrations.RunPython(put_back),
        migrations.RunPython(count),
    ]
