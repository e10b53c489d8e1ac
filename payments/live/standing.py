"""What the visitor of an open page may see now: read anew before every push, because a socket outlives what was true when it was opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from payments.access.roles import Permission
from payments.queries.account_shapes import AccountShape
from payments.queries.members import SESSION_KEY, accounts_of, pick_account
from payments.queries.server_roles import as_of_now


class Standing(Struct, frozen=True, kw_only=True):
    """A person who may sign in, and the accounts that they belong to."""

    user: Any
    accounts: tuple[AccountShape, ...]

    def ids_with(self, permission: Permission) -> tuple[int, ...]:
        """The accounts in which they hold a permission."""
        return tuple(account.id for account in self.accounts if account.allows(permission))

    def named(self, slug: str) -> AccountShape:
        """The account of this name. LookupError when they do not belong to it."""
        return self._first(account for account in self.accounts if account.slug == slug)

    def numbered(self, account_id: int) -> AccountShape:
        """The account with this id. LookupError when they do not belong to it."""
        return self._first(account for account in self.accounts if account.id == account_id)

    def _first(self, found: Iterator[AccountShape]) -> AccountShape:
        account = next(found, None)
        if account is None:
            raise LookupError
        return account

    def chosen(self, session: Mapping[str, object]) -> AccountShape | None:
        """The account that they work in; None when they belong to none."""
        return pick_account(self.accounts, session.get(SESSION_KEY))


def standing_of(user: Any) -> Standing | None:  # noqa: ANN401  (whatever the site's user model is)
    """As things are now; None for whom may not sign in any more."""
    now = as_of_now(user)
    return None if now is None else Standing(user=now, accounts=accounts_of(now.pk))
