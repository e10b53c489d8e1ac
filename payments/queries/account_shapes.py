"""Merchant accounts as somebody sees them: what belongs to the account, and what this person is in it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from payments.access.roles import Permission, Role, is_allowed


class AccountShape(Struct, frozen=True, kw_only=True):
    """An account, to one of its members."""

    id: int
    slug: str
    name: str
    currency: str
    """ISO 4217; empty: amounts are shown in sat alone."""
    role: Role
    """What this person is in it."""
    is_house: bool = False
    is_closed: bool = False

    def allows(self, permission: Permission) -> bool:
        """Whether this person's role gives a permission."""
        return is_allowed(self.role, permission)

    @property
    def sees_money(self) -> bool:
        """For templates: balance and payments."""
        return self.allows(Permission.SEE_MONEY)

    @property
    def sees_incoming(self) -> bool:
        """For templates: invoices of the account."""
        return self.allows(Permission.SEE_INCOMING)

    @property
    def asks_for_money(self) -> bool:
        """For templates: the form for an invoice, and its buttons."""
        return self.allows(Permission.ASK_FOR_MONEY)

    @property
    def pays(self) -> bool:
        """For templates: the box for an invoice and the button."""
        return self.allows(Permission.PAY)

    @property
    def approves(self) -> bool:
        """For templates: the buttons that decide about what others have asked for."""
        return self.allows(Permission.APPROVE)

    @property
    def manages_limits(self) -> bool:
        """For templates: the page of the limits."""
        return self.allows(Permission.MANAGE_LIMITS)

    @property
    def manages_currency(self) -> bool:
        """For templates: the page of the currency."""
        return self.allows(Permission.MANAGE_CURRENCY)

    @property
    def manages_keys(self) -> bool:
        """For templates: the pages of keys and webhooks."""
        return self.allows(Permission.MANAGE_KEYS)

    @property
    def manages_members(self) -> bool:
        """For templates: the page of the people."""
        return self.allows(Permission.MANAGE_MEMBERS)


class MemberShape(Struct, frozen=True, kw_only=True):
    """Somebody who belongs to an account."""

    user_id: int
    username: str
    email: str
    role: Role
    since: datetime
    is_active: bool
    """False: cannot sign in at present."""


class AccountRowShape(Struct, frozen=True, kw_only=True):
    """An account in the operator's list."""

    id: int
    slug: str
    name: str
    currency: str
    is_house: bool
    closed_at: datetime | None
    members: int
    available_msat: int
    held_msat: int


class MovementShape(Struct, frozen=True, kw_only=True):
    """Money that an operator moved between the house and an account."""

    amount_msat: int
    """Positive: into the account."""
    reason: str
    """In the operator's words."""
    moved_by: str
    """Empty: whoever sat at the command line."""
    moved_at: datetime
