"""Keep a search of the history under a name, for oneself alone. It is no record of anything, so nothing is noted."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from payments.models import SavedFilter
from payments.services.errors import ServiceError

MOST_NAME_LETTERS = 40
_MOST_QUERY_LETTERS = 500
_MOST_FILTERS = 30


@dataclass(eq=False, kw_only=True)
class FilterNotKept(ServiceError):
    """A name, a search or a number of searches beyond what is kept."""

    limit: int


def save_filter(account_id: int, *, user_id: int, name: str, query: str) -> None:
    """
    Keep a search; one of the same name is replaced.

    raises   FilterNotKept
    """
    is_named = name.strip() and name.isprintable() and len(name) <= MOST_NAME_LETTERS
    if not is_named or not query or len(query) > _MOST_QUERY_LETTERS:
        raise FilterNotKept(limit=_MOST_FILTERS)
    with transaction.atomic():
        mine = SavedFilter.objects.filter(account_id=account_id, user_id=user_id)
        if not mine.filter(name=name).exists() and mine.count() >= _MOST_FILTERS:
            raise FilterNotKept(limit=_MOST_FILTERS)
        SavedFilter.objects.update_or_create(account_id=account_id, user_id=user_id, name=name, defaults={"query": query})


def delete_filter(account_id: int, *, user_id: int, name: str) -> None:
    """Forget a search. That there is none is no matter."""
    SavedFilter.objects.filter(account_id=account_id, user_id=user_id, name=name).delete()
