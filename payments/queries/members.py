"""
Who belongs to which account, asked anew every time: whoever was removed a moment ago is found in no answer any more.

People who may not sign in belong nowhere as long as that is so.
"""

from __future__ import annotations

from collections.abc import Sequence

from payments.access.roles import Permission, Role
from payments.models import Membership
from payments.queries.account_shapes import AccountShape, MemberShape

SESSION_KEY = "account"
"""Under which a session remembers the account that somebody works in."""


def accounts_of(user_id: int | None) -> tuple[AccountShape, ...]:
    """All accounts that somebody belongs to: merchants' before the house, open ones before closed ones, then by name. One statement."""
    if user_id is None:
        return ()
    found = Membership.objects.filter(user_id=user_id, user__is_active=True).select_related("account")
    shapes = (_shape(membership) for membership in found)
    return tuple(sorted(shapes, key=lambda account: (account.is_closed, account.is_house, account.name.casefold(), account.id)))


def pick_account(accounts: Sequence[AccountShape], slug: object) -> AccountShape | None:
    """The account of this name, if there is one among them; otherwise the first."""
    return next((account for account in accounts if account.slug == slug), accounts[0] if accounts else None)


def role_of(user_id: int | None, account_id: int) -> Role | None:
    """What somebody is in an account; None when they do not belong to it. One statement."""
    if user_id is None:
        return None
    found = Membership.objects.filter(user_id=user_id, account_id=account_id, user__is_active=True)
    role = found.values_list("role", flat=True).first()
    return None if role is None else Role(role)


def account_ids_with(user_id: int | None, permission: Permission) -> tuple[int, ...]:
    """The accounts in which somebody holds a permission. One statement."""
    return tuple(account.id for account in accounts_of(user_id) if account.allows(permission))


def members_of(account_id: int) -> tuple[MemberShape, ...]:
    """Everybody who belongs to an account, by name. One statement."""
    found = Membership.objects.filter(account_id=account_id).select_related("user").order_by("user__username")
    return tuple(
        MemberShape(
            user_id=membership.user_id,
            username=membership.user.get_username(),
            email=membership.user.email,
            role=Role(membership.role),
            since=membership.since,
            is_active=membership.user.is_active,
        )
        for membership in found
    )


def _shape(membership: Membership) -> AccountShape:
    account = membership.account
    return AccountShape(
        id=account.pk,
        slug=account.slug,
        name=account.name,
        currency=account.currency,
        role=Role(membership.role),
        is_house=account.is_house,
        is_closed=account.closed_at is not None,
    )
