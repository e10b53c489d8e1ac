"""What an account's owners have laid down about spending, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from payments.access.roles import Permission, Role, is_allowed
from payments.models import MerchantAccount, RoleLimit

SPENDING_ROLES = tuple(role for role in Role if is_allowed(role, Permission.PAY))
"""Those for which a limit means something."""


class Limits(Struct, frozen=True, kw_only=True):
    """The most that each person with a role may spend, fee limits included. None: as much as there is."""

    payment_msat: int | None = None
    day_msat: int | None = None


class SpendingRules(Struct, frozen=True, kw_only=True):
    """All of it. A threshold of None: nobody's approval is asked for."""

    threshold_msat: int | None
    limits: Mapping[Role, Limits]
    """Of every role that pays."""


def spending_rules(account_id: int) -> SpendingRules:
    """The rules as they are now. Two statements."""
    rows = RoleLimit.objects.filter(account_id=account_id)
    found = {Role(row.role): Limits(payment_msat=row.payment_msat, day_msat=row.day_msat) for row in rows}
    threshold_msat = MerchantAccount.objects.values_list("approval_threshold_msat", flat=True).get(pk=account_id)
    return SpendingRules(threshold_msat=threshold_msat, limits={role: found.get(role, Limits()) for role in SPENDING_ROLES})
