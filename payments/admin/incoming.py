"""What accounts asked to be paid, what shops of the sandbox were asked for, and what a bitcoin was worth."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin

from payments.admin.audit import audit_place
from payments.admin.columns import Link, key_column, record_place
from payments.admin.look_only import RecordAdmin
from payments.ledger.entries import EntryKind
from payments.models import IncomingInvoice, InvoiceRequest, LedgerEntry, PaymentRecord, RateRecord
from payments.models.audit import SubjectKind


@admin.register(IncomingInvoice)
class IncomingInvoiceAdmin(RecordAdmin):
    """What accounts asked to be paid, the newest first."""

    about = "One row is one invoice of an account. It is income only when it is paid, and then it has an entry in the ledger."
    list_display = (
        key_column("request_id", "invoice"),
        *("account", "state", "amount_msat", "received_msat", "created_by", "created_at", "paid_at"),
    )
    list_filter = ("state", "account")
    search_fields = ("request_id__exact", "payment_hash__exact", "description")
    search_help_text = "The invoice's id or hash (each whole), or a word of the description"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("account", "created_by")

    def leads(self, invoice: IncomingInvoice) -> Iterator[Link]:
        """To the entry that made it income, to who paid it from inside, and to who did what."""
        keys = [f"{EntryKind.RECEIVED}:{invoice.payment_hash}", f"{EntryKind.SETTLE}:{invoice.paid_inside_id}"]
        for entry in LedgerEntry.objects.filter(key__in=keys):
            yield f"Ledger entry: {entry.kind}", record_place(LedgerEntry, entry.pk)
        if invoice.paid_inside_id:
            yield "The payment of another account here that paid it", record_place(PaymentRecord, invoice.paid_inside_id)
        yield "Audit log: who asked for it, and what came of it", audit_place(SubjectKind.INCOMING, invoice.pk)


@admin.register(InvoiceRequest)
class InvoiceRequestAdmin(RecordAdmin):
    """What shops were asked for."""

    about = "Invoices that shops of the sandbox were asked for. They are in nobody's books."
    list_display = (key_column("request_id", "invoice"), "node", "amount_msat", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("request_id__exact", "payment_hash__exact", "description")
    search_help_text = "The invoice's id or hash (each whole), or a word of the description"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    def leads(self, invoice: InvoiceRequest) -> Iterator[Link]:
        """To what was paid for it, and to who asked."""
        for payment in PaymentRecord.objects.filter(payment_hash=invoice.payment_hash) if invoice.payment_hash else ():
            yield f"Payment {payment}", record_place(PaymentRecord, payment.pk)
        yield "Audit log", audit_place(SubjectKind.INVOICE, invoice.pk)


@admin.register(RateRecord)
class RateAdmin(RecordAdmin):
    """What a bitcoin was worth."""

    about = (
        "What one bitcoin was worth in the smallest units of a currency (cents), as somebody said it. No rate is ever guessed or changed."
    )
    list_display = ("currency", "minor_units_per_btc", "valid_from", "source", "created_at")
    list_filter = ("currency", "source")
    search_fields = ("=currency", "source")
    search_help_text = "The currency, or a part of the source"
    date_hierarchy = "valid_from"
    ordering = ("-valid_from",)

    def leads(self, rate: RateRecord) -> Iterator[Link]:
        """To who said so."""
        yield f"Audit log of rates in {rate.currency}", audit_place(SubjectKind.RATE, rate.currency)
