"""
The account that somebody is working in: chosen in the top bar, remembered in the session, and looked up anew with every request.

What the session remembers is only a wish: it counts as long as the person belongs to that account. Without one, or when it counts no
more, it is the first of their accounts.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from payments.access.roles import Permission
from payments.queries.account_shapes import AccountShape
from payments.queries.members import SESSION_KEY, accounts_of, pick_account


class CurrentAccount:
    """The middleware. `request.account` asks the database when somebody looks at it, and is None for whoever belongs to no account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let the request be answered by whom it may concern."""
        request.accounts = SimpleLazyObject(lambda: accounts_of(request.user.pk))  # type: ignore[attr-defined]
        request.account = SimpleLazyObject(lambda: pick_account(request.accounts, request.session.get(SESSION_KEY)))  # type: ignore[attr-defined]
        return self._get_response(request)


def accounts_in(request: HttpRequest) -> tuple[AccountShape, ...]:
    """All accounts of the person who asks."""
    return tuple(request.accounts)  # type: ignore[attr-defined]  # the middleware puts it there


def current_account(request: HttpRequest) -> AccountShape | None:
    """The account that the request is about; None for whoever belongs to none."""
    lazy: AccountShape | None = request.account  # type: ignore[attr-defined]  # the middleware puts it there
    if not lazy:
        return None
    account = next(account for account in accounts_in(request) if account.id == lazy.id)
    request.account = account  # type: ignore[attr-defined]  # as above
    return account


def account_of(request: HttpRequest) -> AccountShape:
    """The account that the request is about, behind a decorator that has made sure that there is one."""
    account = current_account(request)
    assert account is not None, "a view that asks for no account asked which one it is"
    return account


def account_ids(request: HttpRequest, permission: Permission) -> tuple[int, ...]:
    """The accounts in which the person who asks holds a permission: in these, and in no other, an object is looked for."""
    return tuple(account.id for account in accounts_in(request) if account.allows(permission))


def work_in(request: HttpRequest, account_id: int, *, remember: bool = False) -> AccountShape:
    """
    Answer this request as one about that account of theirs.

    remember    also from now on: for whole pages, so that the top bar says where they are. Fragments leave the choice alone, for they are
                fetched by pages that somebody may have left open in another window
    """
    account, before = next(account for account in accounts_in(request) if account.id == account_id), current_account(request)
    request.account = account  # type: ignore[attr-defined]  # the middleware puts it there
    if remember and account != before:
        choose(request.session, account)
    return account


def choose(session: SessionBase, account: AccountShape) -> None:
    """Remember an account. A session that says so already is not written again."""
    if session.get(SESSION_KEY) != account.slug:
        session[SESSION_KEY] = account.slug
