"""
Merchant accounts and what belongs to them, beginning with the house: the account of the node itself, which has number 1.
"""

from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def make_house(apps, schema_editor):
    house = apps.get_model("payments", "MerchantAccount").objects.create(slug="house", name="The node", is_house=True)
    assert house.pk == 1, "the house is the first account"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("subject_id", models.CharField(max_length=64)),
                ("body", models.JSONField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("prefix", models.CharField(max_length=12, unique=True)),
                ("key_hash", models.CharField(max_length=64)),
                ("scopes", models.JSONField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ApprovalRequest",
            fields=[
                ("payment_id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("invoice", models.TextField()),
                ("payment_hash", models.CharField(max_length=64)),
                ("payee", models.CharField(max_length=66)),
                ("description", models.TextField(blank=True)),
                ("amount_msat", models.BigIntegerField()),
                ("fee_limit_msat", models.BigIntegerField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("remark", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100)),
                ("request_hash", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("body", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="IncomingInvoice",
            fields=[
                ("request_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("amount_msat", models.BigIntegerField(blank=True, null=True)),
                ("description", models.CharField(blank=True, max_length=639)),
                ("expiry_s", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("open", "Open"),
                            ("paid", "Paid"),
                            ("cancelled", "Cancelled"),
                            ("refused", "Refused"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("invoice", models.TextField(blank=True)),
                ("payment_hash", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("refusal", models.CharField(blank=True, max_length=80)),
                ("received_msat", models.BigIntegerField(blank=True, null=True)),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("viewer", "viewer"),
                            ("cashier", "cashier"),
                            ("payer", "payer"),
                            ("approver", "approver"),
                            ("owner", "owner"),
                        ],
                        max_length=10,
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("viewer", "viewer"),
                            ("cashier", "cashier"),
                            ("payer", "payer"),
                            ("approver", "approver"),
                            ("owner", "owner"),
                        ],
                        max_length=10,
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="MerchantAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("is_house", models.BooleanField(default=False)),
                ("approval_threshold_msat", models.BigIntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RateRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("minor_units_per_btc", models.BigIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("source", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="RoleLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("viewer", "viewer"),
                            ("cashier", "cashier"),
                            ("payer", "payer"),
                            ("approver", "approver"),
                            ("owner", "owner"),
                        ],
                        max_length=10,
                    ),
                ),
                ("payment_msat", models.BigIntegerField(blank=True, null=True)),
                ("day_msat", models.BigIntegerField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.URLField(max_length=500)),
                ("secret", models.CharField(max_length=64)),
                ("kinds", models.JSONField(default=list)),
                ("cursor", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("delivered", "Delivered"), ("given up", "Given Up")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("last_try_at", models.DateTimeField(blank=True, null=True)),
                ("last_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.RunPython(make_house, migrations.RunPython.noop),
        migrations.AddField(
            model_name="apikey",
            name="created_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="paymentrecord",
            name="created_by_key",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="payments.apikey"
            ),
        ),
        migrations.AddField(
            model_name="approvalrequest",
            name="created_by",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="approvalrequest",
            name="decided_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="incominginvoice",
            name="created_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="incominginvoice",
            name="paid_inside",
            field=models.OneToOneField(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="paid_invoice", to="payments.paymentrecord"
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="accepted_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name="merchantaccount",
            constraint=models.UniqueConstraint(condition=models.Q(("is_house", True)), fields=("is_house",), name="one_house"),
        ),
        migrations.AddConstraint(
            model_name="merchantaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("approval_threshold_msat__isnull", True), ("approval_threshold_msat__gte", 0), _connector="OR"),
                name="threshold_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="incominginvoice",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="invoices", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="idempotentanswer",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="approvalrequest",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="apikey",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="api_keys", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="accountevent",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="events", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="paymentrecord",
            name="account",
            field=models.ForeignKey(
                default=1, on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="payments.merchantaccount"
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="raterecord",
            index=models.Index(fields=["currency", "-valid_from"], name="newest_rate"),
        ),
        migrations.AddConstraint(
            model_name="raterecord",
            constraint=models.CheckConstraint(condition=models.Q(("minor_units_per_btc__gt", 0)), name="rate_positive"),
        ),
        migrations.AddConstraint(
            model_name="raterecord",
            constraint=models.UniqueConstraint(fields=("currency", "valid_from", "source"), name="one_rate_a_moment"),
        ),
        migrations.AddField(
            model_name="incominginvoice",
            name="rate",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.raterecord"
            ),
        ),
        migrations.AddField(
            model_name="paymentrecord",
            name="rate",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payments.raterecord"
            ),
        ),
        migrations.AddField(
            model_name="rolelimit",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="limits", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="webhook",
            name="account",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="webhooks", to="payments.merchantaccount"),
        ),
        migrations.AddField(
            model_name="webhook",
            name="created_by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="event",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="payments.accountevent"),
        ),
        migrations.AddField(
            model_name="webhookdelivery",
            name="webhook",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="payments.webhook"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("account", "user"), name="one_role_a_member"),
        ),
        migrations.AddConstraint(
            model_name="idempotentanswer",
            constraint=models.UniqueConstraint(fields=("account", "key"), name="one_answer_a_key"),
        ),
        migrations.AddIndex(
            model_name="approvalrequest",
            index=models.Index(fields=["account", "state", "-created_at"], name="approvals_of_an_account"),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("decided_by__isnull", False), models.Q(("decided_by", models.F("created_by")), _negated=True)),
                    _connector="OR",
                ),
                name="four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.CheckConstraint(condition=models.Q(("amount_msat__gt", 0)), name="approval_amount_positive"),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.CheckConstraint(condition=models.Q(("fee_limit_msat__gte", 0)), name="approval_fee_limit_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="approvalrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("account", "payment_hash"), name="one_waiting_approval_a_hash"
            ),
        ),
        migrations.AddIndex(
            model_name="accountevent",
            index=models.Index(fields=["account", "id"], name="events_of_an_account"),
        ),
        migrations.AddConstraint(
            model_name="accountevent",
            constraint=models.UniqueConstraint(fields=("account", "kind", "subject_id"), name="told_once"),
        ),
        migrations.AddIndex(
            model_name="incominginvoice",
            index=models.Index(fields=["account", "-created_at", "request_id"], name="invoices_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="paymentrecord",
            index=models.Index(fields=["account", "-created_at", "payment_id"], name="payments_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(fields=["created_at", "id"], name="entries_by_time"),
        ),
        migrations.AddConstraint(
            model_name="incominginvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_msat__isnull", True), ("amount_msat__gt", 0), _connector="OR"), name="incoming_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="incominginvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "open"), _negated=True), models.Q(("invoice", ""), _negated=True), _connector="OR"),
                name="open_has_an_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="incominginvoice",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "paid"), _negated=True), ("received_msat__gt", 0), _connector="OR"),
                name="paid_has_an_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolelimit",
            constraint=models.UniqueConstraint(fields=("account", "role"), name="one_limit_a_role"),
        ),
        migrations.AddConstraint(
            model_name="rolelimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment_msat__isnull", True), ("payment_msat__gte", 0), _connector="OR"),
                name="payment_limit_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolelimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("day_msat__isnull", True), ("day_msat__gte", 0), _connector="OR"), name="day_limit_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(fields=("account", "user", "name"), name="one_filter_a_name"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["state", "next_try_at"], name="deliveries_due"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.UniqueConstraint(fields=("webhook", "event"), name="one_delivery_a_webhook"),
        ),
    ]
