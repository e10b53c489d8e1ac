"""
The one writer of the ledger: an entry, its postings and the balances, all in the caller's transaction.

The balances are changed first and in one order, with the condition in the UPDATE itself: two payments that both saw enough money meet at
the same row, and the database lets one of them wait and then refuses it. This holds in SQLite and PostgreSQL alike, where reading first
and writing afterwards would not.
"""

from __future__ import annotations

from django.db.models import F, Sum

from payments.ledger.accounts import NEVER_NEGATIVE, Account
from payments.ledger.entries import Entry, Posting
from payments.models import AccountBalance, LedgerEntry, LedgerPosting
from payments.services.errors import BalanceTooSmall


def book_entry(entry: Entry, *, payment_id: str | None = None, event_id: int | None = None) -> bool:
    """
    Book an entry once; whether it was new.

    payment_id, event_id   what it belongs to, for whoever follows the money back to its cause

    raises   BalanceTooSmall: the caller's transaction must be rolled back
    """
    if LedgerEntry.objects.filter(key=entry.key).exists():
        return False
    for posting in sorted(entry.postings, key=lambda posting: posting.account):
        _change_balance(posting)
    row = LedgerEntry.objects.create(key=entry.key, kind=entry.kind, payment_id=payment_id, event_id=event_id)
    LedgerPosting.objects.bulk_create(
        LedgerPosting(entry=row, account=posting.account, amount_msat=posting.amount_msat) for posting in entry.postings
    )
    return True


def available_msat() -> int:
    """What is in our channels and promised to nobody now."""
    return AccountBalance.objects.filter(account=Account.AVAILABLE).values_list("balance_msat", flat=True).first() or 0


def held_msat(payment_id: str) -> int:
    """What is set aside for a payment now."""
    postings = LedgerPosting.objects.filter(entry__payment_id=payment_id, account=Account.HELD)
    return int(postings.aggregate(total=Sum("amount_msat", default=0))["total"])


def _change_balance(posting: Posting) -> None:
    if _try_change(posting):
        return
    AccountBalance.objects.bulk_create([AccountBalance(account=posting.account)], ignore_conflicts=True)
    if not _try_change(posting):
        balance_msat = AccountBalance.objects.values_list("balance_msat", flat=True).get(account=posting.account)
        raise BalanceTooSmall(account=posting.account, balance_msat=balance_msat, needed_msat=-posting.amount_msat)


def _try_change(posting: Posting) -> int:
    balances = AccountBalance.objects.filter(account=posting.account)
    if posting.account in NEVER_NEGATIVE:
        balances = balances.filter(balance_msat__gte=-posting.amount_msat)
    return balances.update(balance_msat=F("balance_msat") + posting.amount_msat)
