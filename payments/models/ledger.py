"""
The ledger's rows, and the balances that guard it.

Entries and postings are written once. An AccountBalance is a cache of the sum of an account's postings, changed in the same commit; the
database refuses to let it fall below zero where that may not be, which is what stops two payments that both saw enough money.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.ledger.accounts import NEVER_NEGATIVE, Account
from payments.ledger.entries import EntryKind
from payments.models.append_only import AppendOnly
from payments.models.engine import EngineEvent
from payments.models.merchant import MerchantAccount
from payments.models.payment import PaymentRecord


class LedgerEntry(AppendOnly):
    """Something that happened to money, once: `key` names it for ever."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in EntryKind])
    payment = models.ForeignKey(PaymentRecord, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    event = models.OneToOneField(EngineEvent, null=True, blank=True, on_delete=models.PROTECT, related_name="entry")
    """What caused it; None for a hold, which comes before the engine knows, and for what people moved."""
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The operator who moved money between the house and an account."""
    remark = models.CharField(max_length=200, blank=True)
    """Why, in the operator's words."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = (models.UniqueConstraint(fields=("payment", "kind"), condition=Q(payment__isnull=False), name="one_hold_one_end"),)
        indexes = (models.Index(fields=("created_at", "id"), name="entries_by_time"),)

    def __str__(self) -> str:
        return self.key


class LedgerPosting(AppendOnly):
    """One line of an entry. The sign is explained in `payments.ledger.accounts`."""

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="postings")
    owner = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    """In whose books it stands."""
    account = models.CharField(max_length=20, choices=[(account.value, account.value) for account in Account])
    amount_msat = models.BigIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(amount_msat=0), name="posting_not_zero"),
            models.UniqueConstraint(fields=("entry", "owner", "account"), name="one_posting_an_account"),
        )
        indexes = (models.Index(fields=("owner", "account", "amount_msat"), name="sum_of_an_account"),)

    def __str__(self) -> str:
        return f"{self.account} {self.amount_msat:+d}"


class AccountBalance(models.Model):
    """The sum of an account's postings in one owner's books."""

    owner = models.ForeignKey(MerchantAccount, on_delete=models.PROTECT, related_name="+")
    account = models.CharField(max_length=20)
    balance_msat = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("owner", "account"), name="one_balance_an_account"),
            models.CheckConstraint(
                condition=~Q(account__in=[account.value for account in NEVER_NEGATIVE]) | Q(balance_msat__gte=0),
                name="balance_not_negative",
            ),
        )

    def __str__(self) -> str:
        return f"{self.account}: {self.balance_msat} msat"
