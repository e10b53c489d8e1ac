"""Merchant accounts as those who run the node see them: names, sums and members, and never a single payment."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from payments.ledger.accounts import HOUSE_ID, Account
from payments.ledger.entries import EntryKind
from payments.models import AccountBalance, LedgerPosting, MerchantAccount
from payments.queries.account_shapes import AccountRowShape, MovementShape

_MOST_MOVEMENTS = 50


def account_rows() -> tuple[AccountRowShape, ...]:
    """All accounts, the house first, then by name. One statement."""
    return tuple(_shape(row) for row in _rows("-is_house", "name", "pk"))


def account_row(slug: str) -> AccountRowShape | None:
    """One of them; None when there is none of this short name. One statement."""
    return next((_shape(row) for row in _rows(slug=slug)), None)


def movements_of(account_id: int) -> tuple[MovementShape, ...]:
    """What was moved between the house and an account, the newest first. One statement."""
    moved = LedgerPosting.objects.filter(
        owner_id=account_id, account=Account.AVAILABLE, entry__kind__in=(EntryKind.FUNDED, EntryKind.WITHDRAWN)
    )
    if account_id == HOUSE_ID:
        return ()
    newest = moved.select_related("entry__created_by").order_by("-entry_id")[:_MOST_MOVEMENTS]
    return tuple(
        MovementShape(
            amount_msat=posting.amount_msat,
            reason=posting.entry.remark,
            moved_by="" if posting.entry.created_by is None else posting.entry.created_by.get_username(),
            moved_at=posting.entry.created_at,
        )
        for posting in newest
    )


def user_id_of_name(username: str) -> int | None:
    """Who has this name; None when nobody does. One statement."""
    return get_user_model().objects.filter(username=username).values_list("pk", flat=True).first()


_Row = tuple[int, str, str, str, bool, datetime | None, int, int, int]


def _rows(*order: str, slug: str | None = None) -> list[_Row]:
    chosen = MerchantAccount.objects.all() if slug is None else MerchantAccount.objects.filter(slug=slug)
    summed = chosen.annotate(people=Count("memberships"), available=_balance(Account.AVAILABLE), held=_balance(Account.HELD))
    names = ("pk", "slug", "name", "currency", "is_house", "closed_at", "people", "available", "held")
    return list(summed.order_by(*order).values_list(*names))


def _balance(account: Account) -> Coalesce:
    of_row = AccountBalance.objects.filter(owner_id=OuterRef("pk"), account=account).values("balance_msat")
    return Coalesce(Subquery(of_row), Value(0))


def _shape(row: _Row) -> AccountRowShape:
    pk, slug, name, currency, is_house, closed_at, people, available_msat, held_msat = row
    return AccountRowShape(
        id=pk,
        slug=slug,
        name=name,
        currency=currency,
        is_house=is_house,
        closed_at=closed_at,
        members=people,
        available_msat=available_msat,
        held_msat=held_msat,
    )
