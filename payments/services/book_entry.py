"""
The one writer of the ledger: entries, their postings and the balances, all in the caller's transaction.

The balances are changed first and in one order, with the condition in the UPDATE itself: two payments that both saw enough money meet at
the same row, and the database lets one of them wait and then refuses it. This holds in SQLite and PostgreSQL alike, where reading first
and writing afterwards would not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from django.db import connection
from msgspec import Struct

from payments.ledger.accounts import HOUSE_ID, NEVER_NEGATIVE, Account
from payments.ledger.entries import Entry, Posting
from payments.models import AccountBalance, LedgerEntry, LedgerPosting
from payments.models.read_rows import places, read_values
from payments.models.write_rows import insert_rows
from payments.services.errors import BalanceTooSmall

_ANYTHING_MSAT = -(1 << 63)
"""The least that a column can hold."""
_CHANGE = "UPDATE payments_accountbalance SET balance_msat = balance_msat + %s WHERE owner_id = %s AND account = %s AND balance_msat >= %s"
_HELD = """
    SELECT entry.payment_id, posting.amount_msat FROM payments_ledgerposting AS posting
    JOIN payments_ledgerentry AS entry ON entry.id = posting.entry_id WHERE posting.account = %s AND entry.payment_id IN
"""


class Movement(Struct, frozen=True, kw_only=True):
    """Who moved money, and why in their words; None: whoever sat at the command line."""

    user_id: int | None
    remark: str


class Booking(Struct, frozen=True, kw_only=True):
    """An entry, and what it belongs to, for whoever follows the money back to its cause."""

    entry: Entry
    payment_id: str | None = None
    event_id: int | None = None
    movement: Movement | None = None


def book_entry(booking: Booking) -> bool:
    """
    Book an entry once; whether it was new.

    raises   BalanceTooSmall: the caller's transaction must be rolled back
    """
    if booked_keys([booking.entry.key]):
        return False
    book_entries([booking])
    return True


def book_entries(bookings: Sequence[Booking]) -> None:
    """
    Book entries that are not booked yet. Each account changes once, by what all of them do to it.

    raises   BalanceTooSmall: the caller's transaction must be rolled back
    """
    changes_msat: Counter[_Place] = Counter()
    for booking in bookings:
        changes_msat.update({(posting.owner_id, posting.account): posting.amount_msat for posting in booking.entry.postings})
    for place in sorted(changes_msat):
        _change_balance(place, changes_msat[place])
    rows = LedgerEntry.objects.bulk_create(
        LedgerEntry(
            key=booking.entry.key,
            kind=booking.entry.kind,
            payment_id=booking.payment_id,
            event_id=booking.event_id,
            created_by_id=None if booking.movement is None else booking.movement.user_id,
            remark="" if booking.movement is None else booking.movement.remark,
        )
        for booking in bookings
    )
    postings = [
        LedgerPosting(entry_id=row.pk, owner_id=posting.owner_id, account=posting.account, amount_msat=posting.amount_msat)
        for row, booking in zip(rows, bookings, strict=True)
        for posting in booking.entry.postings
    ]
    insert_rows(postings)


def booked_keys(keys: Collection[str]) -> frozenset[str]:
    """Which of these keys stand in the ledger."""
    wanted = list(keys)
    return frozenset(key for (key,) in read_values(f"SELECT key FROM payments_ledgerentry WHERE key IN {places(wanted)}", wanted))  # noqa: S608 (our own names)


def booked_postings(key: str) -> frozenset[Posting]:
    """What stands in the ledger under this key; nothing when there is no such entry."""
    rows = LedgerPosting.objects.filter(entry__key=key).values_list("owner_id", "account", "amount_msat")
    return frozenset(
        Posting(owner_id=owner_id, account=Account(account), amount_msat=amount_msat) for owner_id, account, amount_msat in rows
    )


def available_msat(owner_id: int = HOUSE_ID) -> int:
    """What this owner has in our channels and promised to nobody now."""
    available = AccountBalance.objects.filter(owner_id=owner_id, account=Account.AVAILABLE)
    return available.values_list("balance_msat", flat=True).first() or 0


def held_msat(payment_ids: Collection[str]) -> dict[str, int]:
    """What is set aside for each of these payments now; those for which nothing ever was are left out."""
    held: Counter[str] = Counter()
    wanted = list(payment_ids)
    for payment_id, amount_msat in read_values(f"{_HELD} {places(wanted)}", [Account.HELD.value, *wanted]):
        held[payment_id] += amount_msat
    return held


_Place = tuple[int, Account]
"""An account in an owner's books."""


def _change_balance(place: _Place, change_msat: int) -> None:
    if _try_change(place, change_msat):
        return
    owner_id, account = place
    AccountBalance.objects.bulk_create([AccountBalance(owner_id=owner_id, account=account)], ignore_conflicts=True)
    if not _try_change(place, change_msat):
        balance_msat = AccountBalance.objects.values_list("balance_msat", flat=True).get(owner_id=owner_id, account=account)
        raise BalanceTooSmall(account=account, balance_msat=balance_msat, needed_msat=-change_msat)


def _try_change(place: _Place, change_msat: int) -> bool:
    owner_id, account = place
    least_msat = -change_msat if account in NEVER_NEGATIVE else _ANYTHING_MSAT
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, [change_msat, owner_id, account.value, least_msat])
        return bool(cursor.rowcount)
