"""
What happened to an account's money in a month: where it stood, every movement from the ledger, and where it stood then.

Nothing is computed from payments or invoices: they only lend their names to what the ledger says. What is available and what is held are
told apart in every line. In each line amount and fee are together what both changed by, so opening and all lines give closing, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from msgspec import Struct

from payments.ledger.accounts import Account
from payments.ledger.entries import EntryKind
from payments.models import LedgerEntry, LedgerPosting
from payments.queries.statement_names import KINDS, Named, names_for

_OURS = (Account.AVAILABLE, Account.HELD)
_LINES_A_PIECE = 500
_DECEMBER = 12


class Standing(Struct, frozen=True, kw_only=True):
    """How much there is at a moment."""

    available_msat: int = 0
    held_msat: int = 0

    @property
    def total_msat(self) -> int:
        """Both together: what belongs to the account."""
        return self.available_msat + self.held_msat


class StatementLine(Struct, frozen=True, kw_only=True):
    """One entry of the ledger, in this account's books. What leaves is negative."""

    at: datetime
    kind: str
    """In words."""
    counterparty: str
    description: str
    reference: str
    """The id of the payment or the invoice; the entry's own key where there is neither."""
    amount_msat: int
    fee_msat: int
    available_change_msat: int
    held_change_msat: int
    after: Standing


class KindSum(Struct, frozen=True, kw_only=True):
    """All movements of one kind together."""

    kind: str
    number: int
    change: Standing
    fee_msat: int

    @property
    def amount_msat(self) -> int:
        """What is not fees."""
        return self.change.total_msat - self.fee_msat


class StatementShape(Struct, frozen=True, kw_only=True):
    """A month of an account."""

    first_day: date
    opening: Standing
    closing: Standing
    sums: tuple[KindSum, ...]
    lines: tuple[StatementLine, ...]
    """The first of them, as many as a page shows."""
    number: int
    """How many lines there are."""

    @property
    def amount_msat(self) -> int:
        """All amounts together."""
        return sum(each.amount_msat for each in self.sums)

    @property
    def fee_msat(self) -> int:
        """All fees together."""
        return sum(each.fee_msat for each in self.sums)


def statement(account_id: int, first_day: date, *, most_lines: int) -> StatementShape:
    """The statement of the month that begins on this day, with its first lines."""
    opening = opening_of(account_id, first_day)
    sums, change = _sums(account_id, first_day)
    lines = (line for piece in statement_lines(account_id, first_day) for line in piece)
    return StatementShape(
        first_day=first_day,
        opening=opening,
        closing=Standing(available_msat=opening.available_msat + change.available_msat, held_msat=opening.held_msat + change.held_msat),
        sums=sums,
        lines=tuple(islice(lines, most_lines)),
        number=sum(each.number for each in sums),
    )


def statement_lines(account_id: int, first_day: date) -> Iterator[Sequence[StatementLine]]:
    """All lines of a month in the order of time, in pieces."""
    after, last = opening_of(account_id, first_day), None
    while True:
        entries = list(_behind(_entries(account_id, first_day), last).order_by("created_at", "id")[:_LINES_A_PIECE])
        if entries:
            piece = _lines(account_id, entries, after)
            after = piece[-1].after
            yield piece
        if len(entries) < _LINES_A_PIECE:
            return
        last = entries[-1]


def opening_of(account_id: int, first_day: date) -> Standing:
    """What there was when the day began, UTC. One statement."""
    postings = LedgerPosting.objects.filter(owner_id=account_id, account__in=_OURS, entry__created_at__lt=_midnight(first_day))
    summed = dict(postings.order_by().values_list("account").annotate(total=Sum("amount_msat")))
    return Standing(available_msat=summed.get(Account.AVAILABLE, 0), held_msat=summed.get(Account.HELD, 0))


def next_month(first_day: date) -> date:
    """
    The first day of the month after.

    >>> next_month(date(2026, 12, 1))
    datetime.date(2027, 1, 1)
    """
    is_last = first_day.month == _DECEMBER
    return date(first_day.year + is_last, 1 if is_last else first_day.month + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _entries(account_id: int, first_day: date) -> QuerySet[LedgerEntry]:
    """Of the month, those that changed what is available or held."""
    touched = LedgerPosting.objects.filter(entry=OuterRef("pk"), owner_id=account_id, account__in=_OURS)
    month = LedgerEntry.objects.filter(created_at__gte=_midnight(first_day), created_at__lt=_midnight(next_month(first_day)))
    return month.filter(Exists(touched))


def _behind(entries: QuerySet[LedgerEntry], last: LedgerEntry | None) -> QuerySet[LedgerEntry]:
    if last is None:
        return entries
    is_behind = Q(created_at__gt=last.created_at) | Q(pk__gt=last.pk)
    return entries.filter(is_behind, created_at__gte=last.created_at)


def _lines(account_id: int, entries: Sequence[LedgerEntry], before: Standing) -> list[StatementLine]:
    changes_msat: dict[int, dict[str, int]] = {entry.pk: {} for entry in entries}
    postings = LedgerPosting.objects.filter(owner_id=account_id, entry__in=list(changes_msat))
    for entry_id, account, amount_msat in postings.values_list("entry_id", "account", "amount_msat"):
        changes_msat[entry_id][account] = amount_msat
    names = names_for(account_id, entries)
    lines: list[StatementLine] = []
    for entry in entries:
        lines.append(_line(entry, changes_msat[entry.pk], names[entry.pk], lines[-1].after if lines else before))
    return lines


def _line(entry: LedgerEntry, changes_msat: dict[str, int], named: Named, before: Standing) -> StatementLine:
    available_msat, held_msat = changes_msat.get(Account.AVAILABLE, 0), changes_msat.get(Account.HELD, 0)
    fee_msat = -changes_msat.get(Account.FEES_PAID, 0)
    return StatementLine(
        at=entry.created_at,
        kind=named.kind,
        counterparty=named.counterparty,
        description=named.description,
        reference=named.reference,
        amount_msat=available_msat + held_msat - fee_msat,
        fee_msat=fee_msat,
        available_change_msat=available_msat,
        held_change_msat=held_msat,
        after=Standing(available_msat=before.available_msat + available_msat, held_msat=before.held_msat + held_msat),
    )


def _sums(account_id: int, first_day: date) -> tuple[tuple[KindSum, ...], Standing]:
    """The month's movements by kind, and what they changed. Two statements."""
    entries = _entries(account_id, first_day)
    numbers = dict(entries.order_by().values_list("kind").annotate(number=Count("pk")))
    summed_msat: dict[tuple[str, str], int] = {}
    postings = LedgerPosting.objects.filter(owner_id=account_id, entry__in=entries, account__in=(*_OURS, Account.FEES_PAID))
    for kind, account, total_msat in postings.order_by().values_list("entry__kind", "account").annotate(total=Sum("amount_msat")):
        summed_msat[kind, account] = total_msat
    sums = tuple(_kind_sum(kind, summed_msat, number) for kind, number in sorted(numbers.items()))
    change = Standing(
        available_msat=sum(each.change.available_msat for each in sums), held_msat=sum(each.change.held_msat for each in sums)
    )
    return sums, change


def _kind_sum(kind: str, summed_msat: dict[tuple[str, str], int], number: int) -> KindSum:
    change = Standing(available_msat=summed_msat.get((kind, Account.AVAILABLE), 0), held_msat=summed_msat.get((kind, Account.HELD), 0))
    fee_msat = -summed_msat.get((kind, Account.FEES_PAID), 0)
    return KindSum(kind=KINDS[EntryKind(kind)], number=number, change=change, fee_msat=fee_msat)
