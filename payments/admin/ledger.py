"""
The books: entries, their lines in debit and credit, and what each account holds.

The ledger has one sign: an account that gets money has a positive line. For a bookkeeper that is a debit, and a negative line a credit; the
lines of each owner within an entry sum to zero, so debits equal credits. Here alone these words are used.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Sum
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments.admin.audit import audit_place
from payments.admin.columns import Link, explained, key_column, list_place, moment, record_place, sat
from payments.admin.look_only import Lines, RecordAdmin
from payments.admin.meanings import ACCOUNT
from payments.admin.reconciliation import reconciliation_addresses
from payments.models import AccountBalance, EngineEvent, IncomingInvoice, LedgerEntry, LedgerPosting, MerchantAccount, PaymentRecord
from payments.models.audit import SubjectKind

SIGNS = (
    "An account that gets money is debited (a positive line), one that gives it is credited (a negative line). Within an entry the debits "
    "of each owner equal the credits. So assets (available, held, on chain) and spending (payments made, fees paid) grow by debits, income "
    "(received, forwarding income) and the counter-account of the opening balance grow by credits and read negative."
)


class _Postings(Lines):
    """An entry's lines."""

    model = LedgerPosting
    verbose_name_plural = "lines"
    columns = ("owner", "account_and_meaning", "debit", "credit")
    together = ("owner",)
    show_change_link = False

    @admin.display(description="account")
    def account_and_meaning(self, line: LedgerPosting) -> SafeString:
        """Which account, and what stands in it."""
        return explained(line.account, ACCOUNT.get(line.account, ""))

    @admin.display(description="debit (sat)")
    def debit(self, line: LedgerPosting) -> str:
        """What the account gets."""
        return sat(line.amount_msat) if line.amount_msat > 0 else ""

    @admin.display(description="credit (sat)")
    def credit(self, line: LedgerPosting) -> str:
        """What the account gives."""
        return sat(-line.amount_msat) if line.amount_msat < 0 else ""


@admin.register(LedgerEntry)
class LedgerEntryAdmin(RecordAdmin):
    """The ledger, the newest first."""

    about = "One row is one thing that happened to money, booked once and never written again."
    list_display = (key_column("key", "entry"), "kind", "payment", "event", "created_by", "remark", "created_at")
    list_filter = ("kind",)
    search_fields = ("key", "remark")
    search_help_text = "A part of the key (which holds the id of the payment, or the hash of the invoice), or of the remark"
    date_hierarchy = "created_at"
    ordering = ("-id",)
    list_select_related = ("payment", "event", "created_by")
    inlines = (_Postings,)
    more = ("totals", "signs")

    @admin.display(description="totals")
    def totals(self, entry: LedgerEntry) -> SafeString:
        """Both sides, which must be equal."""
        lines = list(entry.postings.values_list("amount_msat", flat=True))
        debits_msat, credits_msat = sum(line for line in lines if line > 0), -sum(line for line in lines if line < 0)
        verdict = "they are equal" if debits_msat == credits_msat else "THEY DIFFER"
        return format_html("Debits {} sat, credits {} sat: {}.", sat(debits_msat), sat(credits_msat), verdict)

    @admin.display(description="debit and credit")
    def signs(self, _entry: LedgerEntry) -> str:
        """The rule."""
        return SIGNS

    def leads(self, entry: LedgerEntry) -> Iterator[Link]:
        """To what it is about, to its cause, and to who did it."""
        if entry.payment_id:
            yield f"Payment {entry.payment_id[:8]}", record_place(PaymentRecord, entry.payment_id)
            yield "Audit log of the payment", audit_place(SubjectKind.PAYMENT, entry.payment_id)
        if entry.event_id:
            yield f"Event {entry.event_id}, which caused it", record_place(EngineEvent, entry.event_id)
        invoice = IncomingInvoice.objects.filter(payment_hash=entry.key.partition(":")[2]).first()
        if invoice is not None:
            yield "Invoice that was paid", record_place(IncomingInvoice, invoice.pk)
            yield "Audit log of the invoice", audit_place(SubjectKind.INCOMING, invoice.pk)
        if entry.kind in ("funded", "withdrawn"):
            for slug in entry.postings.exclude(owner__is_house=True).values_list("owner__slug", flat=True).distinct():
                yield f"Audit log of {slug}", audit_place(SubjectKind.ACCOUNT, slug)


@admin.register(LedgerPosting)
class LedgerPostingAdmin(RecordAdmin):
    """Lines of all entries: the account sheets."""

    about = f"The lines of all entries. With the filters at the side this is the sheet of one account of one owner. {SIGNS}"
    list_display = ("id", "entry", "owner", "account", "debit", "credit", "booked")
    list_filter = ("owner", "account")
    search_fields = ("entry__key",)
    search_help_text = "A part of the entry's key"
    date_hierarchy = "entry__created_at"
    ordering = ("-id",)
    list_select_related = ("entry", "owner")

    @admin.display(description="debit (sat)", ordering="amount_msat")
    def debit(self, line: LedgerPosting) -> str:
        """What the account gets."""
        return sat(line.amount_msat) if line.amount_msat > 0 else ""

    @admin.display(description="credit (sat)", ordering="-amount_msat")
    def credit(self, line: LedgerPosting) -> str:
        """What the account gives."""
        return sat(-line.amount_msat) if line.amount_msat < 0 else ""

    @admin.display(description="booked", ordering="entry__created_at")
    def booked(self, line: LedgerPosting) -> str:
        """When."""
        return moment(line.entry.created_at)

    def leads(self, line: LedgerPosting) -> Iterator[Link]:
        """To the entry."""
        yield "The whole entry", record_place(LedgerEntry, line.entry_id)


@admin.register(AccountBalance)
class AccountBalanceAdmin(RecordAdmin):
    """What each account holds."""

    about = "What each account of each owner holds now: the sum of its lines, kept beside them so that money cannot be spent twice."
    list_display = ("account", "owner", "balance_msat")
    list_filter = ("owner", "account")
    list_select_related = ("owner",)
    ordering = ("owner_id", "account")
    more = ("lines",)

    @admin.display(description="sum of its lines (sat)")
    def lines(self, balance: AccountBalance) -> SafeString:
        """Counted anew, to be compared."""
        lines = LedgerPosting.objects.filter(owner=balance.owner_id, account=balance.account)
        total_msat = lines.aggregate(total=Sum("amount_msat", default=0))["total"]
        return format_html("{}: {}", sat(total_msat), "as stored" if total_msat == balance.balance_msat else "THIS DIFFERS")

    def leads(self, balance: AccountBalance) -> Iterator[Link]:
        """To its lines and its owner."""
        yield "Its lines", list_place(LedgerPosting, owner__id__exact=balance.owner_id, account__exact=balance.account)
        yield "Whose it is", record_place(MerchantAccount, balance.owner_id)

    def get_urls(self) -> list[URLPattern]:
        """With the page that compares the node with the books."""
        return [*reconciliation_addresses(self.admin_site), *super().get_urls()]
