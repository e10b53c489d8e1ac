"""
The one way to guard a page: say what it needs, and who lacks it is told so in words, or sent to the door.

What the decorators are given is what `payments.access.addresses` says for the address; a test compares by asking for every page as
everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from payments.access.roles import Permission, ServerPermission
from payments.queries.account_shapes import AccountShape
from payments.queries.server_roles import holds
from payments.web.current_account import account_ids, current_account

View = Callable[..., HttpResponseBase]
_FOR_OPERATORS = "This page is for those who run this installation. Nothing was changed."
_LACKS = (
    "Your role in {account} is {role}, which does not allow you to {permission}. Nothing was changed. "
    "An owner of the account can give you another role."
)


def needs(permission: Permission) -> Callable[[View], View]:
    """For members whose role in the current account gives this permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            account = current_account(request)
            if account is None:
                return no_account(request)
            if not account.allows(permission):
                return refused(request, lacks(account, permission))
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def needs_somewhere(permission: Permission) -> Callable[[View], View]:
    """
    For pages of one object: for members whose role gives this permission in any of their accounts.

    The view looks for its object within `account_ids(request, permission)` alone, so what belongs to others is as missing as what never
    was.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            account = current_account(request)
            if account is None:
                return no_account(request)
            if not account_ids(request, permission):
                return refused(request, lacks(account, permission))
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def member_required(view: View) -> View:
    """For members of any account, in any role."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        return no_account(request) if current_account(request) is None else view(request, *args, **kwargs)

    return login_required(guarded)


def needs_server(permission: ServerPermission) -> Callable[[View], View]:
    """For those whose server role gives this permission, whatever they are in any account."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            return view(request, *args, **kwargs) if holds(request.user, permission) else refused(request, _FOR_OPERATORS)

        return login_required(guarded)

    return decorate


def is_operator(user: Any) -> bool:  # noqa: ANN401  (whatever the site's user model is, or nobody)
    """For templates: whether this person may change how the node and the sandbox behave."""
    return holds(user, ServerPermission.OPERATE)


def lacks(account: AccountShape, permission: Permission) -> str:
    """Why somebody may not do this in an account."""
    return _LACKS.format(account=account.name, role=account.role, permission=permission)


def refused(request: HttpRequest, sentence: str) -> HttpResponse:
    """The page that says why something is not for this person."""
    return render(request, "403.html", {"sentence": sentence}, status=403)


def no_account(request: HttpRequest) -> HttpResponse:
    """The page for people who are signed in and belong nowhere."""
    return render(request, "payments/no_account.html", status=403)
