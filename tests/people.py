"""People of the tests, and what they are in which account. The usual visitor is an owner of the house and pays with its money."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from payments.access.roles import Role
from payments.ledger.accounts import HOUSE_ID
from payments.models import Membership, MerchantAccount


def make_user(name: str = "ada", **fields: Any) -> Any:
    """Somebody who belongs to no account."""
    return get_user_model().objects.create_user(name, **fields)


def make_account(slug: str, *, name: str = "", currency: str = "") -> MerchantAccount:
    """A merchant account with nothing in it."""
    return MerchantAccount.objects.create(slug=slug, name=name or slug.replace("-", " ").capitalize(), currency=currency)


def join(user: Any, account: MerchantAccount | int = HOUSE_ID, *, role: Role = Role.OWNER) -> Any:
    """Make somebody a member; the same person."""
    account_id = account if isinstance(account, int) else account.pk
    Membership.objects.create(user=user, account_id=account_id, role=role)
    return user


def make_owner(name: str = "ada", **fields: Any) -> Any:
    """Somebody who owns the house."""
    return join(make_user(name, **fields))


def make_operator(name: str = "grace", **fields: Any) -> Any:
    """Somebody who runs the installation, and belongs to no account by that."""
    return get_user_model().objects.create_superuser(name, **fields)
