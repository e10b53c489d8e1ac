"""
Programs that use accounts: their keys, what they were answered and told, and the addresses that are told by themselves.

Nothing here opens anything: neither the hash of a key nor the secret that deliveries are signed with is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin

from payments.admin.audit import audit_place
from payments.admin.columns import Link, list_place, record_place
from payments.admin.look_only import RecordAdmin
from payments.models import AccountEvent, ApiKey, IdempotentAnswer, IncomingInvoice, PaymentRecord, Webhook, WebhookDelivery
from payments.models.audit import SubjectKind


@admin.register(ApiKey)
class ApiKeyAdmin(RecordAdmin):
    """Keys of programs."""

    about = "Programs that may use an account, and for what. The key is shown once to who makes it; here stands only how it begins."
    list_display = ("prefix", "name", "account", "scopes", "created_by", "created_at", "revoked_at", "last_used_at")
    list_filter = ("account", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("prefix", "name")
    search_help_text = "How the key begins, or a part of its name"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("account", "created_by")
    secret = ("key_hash",)

    def leads(self, key: ApiKey) -> Iterator[Link]:
        """To what it did."""
        yield "Payments that it began", list_place(PaymentRecord, created_by_key__id__exact=key.pk)
        yield "Audit log: who made and who revoked it", audit_place(SubjectKind.API_KEY, str(key.pk))


@admin.register(IdempotentAnswer)
class IdempotentAnswerAdmin(RecordAdmin):
    """What programs were answered."""

    about = "What a program was answered when it sent a key of its own with its wish: the same wish gets the same answer and is done once."
    list_display = ("key", "account", "status", "created_at")
    list_filter = ("account", "status")
    search_fields = ("key__exact",)
    search_help_text = "The key that the program sent, whole"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("account",)


@admin.register(AccountEvent)
class AccountEventAdmin(RecordAdmin):
    """What programs can read."""

    about = "What happened to an account's payments and invoices, as programs are told. Written once."
    list_display = ("id", "account", "kind", "subject_id", "created_at")
    list_filter = ("kind", "account")
    search_fields = ("subject_id__exact",)
    search_help_text = "The id of the payment or invoice, whole"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    list_select_related = ("account",)

    def leads(self, event: AccountEvent) -> Iterator[Link]:
        """To what it is about."""
        model = PaymentRecord if event.kind.startswith("payment.") else IncomingInvoice
        if model.objects.filter(pk=event.subject_id).exists():
            yield "What it is about", record_place(model, event.subject_id)


@admin.register(Webhook)
class WebhookAdmin(RecordAdmin):
    """Addresses that are told by themselves."""

    about = "Addresses that are told what happens in an account. What deliveries are signed with is shown to nobody."
    list_display = ("url", "account", "created_by", "created_at", "stopped_at")
    list_filter = ("account",)
    search_fields = ("url",)
    search_help_text = "A part of the address"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("account", "created_by")
    secret = ("secret",)

    def leads(self, webhook: Webhook) -> Iterator[Link]:
        """To what it was told."""
        yield "Its deliveries", list_place(WebhookDelivery, webhook__id__exact=webhook.pk)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(RecordAdmin):
    """What was told where."""

    about = "One event on its way to one address."
    list_display = ("id", "webhook", "event", "state", "tries", "last_status", "last_try_at")
    list_filter = ("state",)
    search_fields = ("event__subject_id__exact", "webhook__url")
    search_help_text = "The id of the payment or invoice (whole), or a part of the address"
    date_hierarchy = "last_try_at"
    ordering = ("-id",)
    list_select_related = ("webhook", "event")
