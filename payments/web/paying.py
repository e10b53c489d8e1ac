"""
Whose money a form moves: that of the account whose page it stood on, or nobody's.

A form carries the name of its account. When somebody has meanwhile chosen another one in another window, the page that they see and the
account that they work in are no longer the same, and only they can say which of the two they mean.
"""

from __future__ import annotations

from django.http import HttpRequest

from payments.queries.spending import Payer
from payments.web.current_account import account_of
from payments.web.signed_in import user_id_of

_ANOTHER = (
    "In another window you have changed to {account}, so nothing was done for the account of the page that you saw. "
    "Choose that one again in the top bar, or read the invoice again to go on with {account}."
)


def payer_of(request: HttpRequest) -> Payer:
    """The person who asks, with the money of the account that they work in."""
    return Payer(account_id=account_of(request).id, user_id=user_id_of(request))


def wrong_account(request: HttpRequest, slug: str) -> str:
    """Why a form that stood on a page of this account is not followed; empty when it is."""
    account = account_of(request)
    return "" if account.slug == slug else _ANOTHER.format(account=account.name)
