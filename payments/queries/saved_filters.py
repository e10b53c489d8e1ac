"""Searches of the history that somebody has kept, in one account, for themselves."""

from __future__ import annotations

from msgspec import Struct

from payments.models import SavedFilter


class SavedFilterShape(Struct, frozen=True, kw_only=True):
    """A search by its name."""

    name: str
    query: str
    """What stands behind the `?` of the list's address."""


def saved_filters(account_id: int, user_id: int) -> tuple[SavedFilterShape, ...]:
    """Of this person in this account, by name. One statement."""
    kept = SavedFilter.objects.filter(account_id=account_id, user_id=user_id).order_by("name")
    return tuple(SavedFilterShape(name=name, query=query) for name, query in kept.values_list("name", "query"))
