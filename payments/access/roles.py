"""
The roles, and what each of them gives.

A person holds one role in each merchant account that they belong to, and at most one in the whole server. Code never asks for a role by
name: it asks whether a permission is held, and this table is the only place that knows which roles hold it. A server-wide role gives
nothing in an account: who runs the node can neither pay nor approve with a merchant's money.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a merchant account."""

    VIEWER = "viewer"
    CASHIER = "cashier"
    PAYER = "payer"
    APPROVER = "approver"
    OWNER = "owner"


class ServerRole(StrEnum):
    """What somebody is for the whole installation."""

    OPERATOR = "operator"
    """Runs the node: channels, scenarios, maps, funding and withdrawing of accounts."""
    AUDITOR = "auditor"
    """Reads everything and changes nothing."""


class Permission(StrEnum):
    """What can be allowed in an account."""

    SEE_MONEY = "see money"
    """Balance, payments, statements, receipts, exports."""
    SEE_INCOMING = "see incoming"
    """The account's invoices and whether they are paid."""
    ASK_FOR_MONEY = "ask for money"
    """Make and cancel invoices."""
    PAY = "pay"
    """Begin payments, within the limits of the role."""
    APPROVE = "approve"
    """Decide about payments that somebody else has asked for."""
    MANAGE_MEMBERS = "manage members"
    MANAGE_LIMITS = "manage limits"
    MANAGE_CURRENCY = "choose the currency"
    MANAGE_KEYS = "manage keys"
    """API keys and webhooks."""


class ServerPermission(StrEnum):
    """What can be allowed in the whole installation."""

    OPERATE = "operate"
    READ_RECORDS = "read records"
    """The admin: every record of every account, to look at."""


ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.SEE_MONEY, Permission.SEE_INCOMING}),
    Role.CASHIER: frozenset({Permission.SEE_INCOMING, Permission.ASK_FOR_MONEY}),
    Role.PAYER: frozenset({Permission.SEE_MONEY, Permission.SEE_INCOMING, Permission.PAY}),
    Role.APPROVER: frozenset({Permission.SEE_MONEY, Permission.SEE_INCOMING, Permission.APPROVE}),
    Role.OWNER: frozenset(Permission),
}
SERVER_PERMISSIONS: Mapping[ServerRole, frozenset[ServerPermission]] = {
    ServerRole.OPERATOR: frozenset(ServerPermission),
    ServerRole.AUDITOR: frozenset({ServerPermission.READ_RECORDS}),
}


def is_allowed(role: Role, permission: Permission) -> bool:
    """
    Whether a role gives a permission.

    >>> is_allowed(Role.CASHIER, Permission.ASK_FOR_MONEY), is_allowed(Role.CASHIER, Permission.PAY)
    (True, False)
    """
    return permission in ROLE_PERMISSIONS[role]
