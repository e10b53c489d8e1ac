"""Why somebody may not spend what they want to: one leaf per rule, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class SpendingRefused(ServiceError):
    """A rule of the account stands against this payment."""


@dataclass(eq=False, kw_only=True)
class NotAMember(SpendingRefused):
    """Somebody does not belong to the account, or does not any more."""

    account_name: str


@dataclass(eq=False, kw_only=True)
class RoleCannotPay(SpendingRefused):
    """The role gives no right to pay."""

    account_name: str
    role: str


@dataclass(eq=False, kw_only=True)
class KeyNotInForce(SpendingRefused):
    """A program's key was revoked, or is another account's."""


@dataclass(eq=False, kw_only=True)
class AbovePaymentLimit(SpendingRefused):
    """More than the role may spend in one payment. All with fee limits."""

    needed_msat: int
    limit_msat: int


@dataclass(eq=False, kw_only=True)
class AboveDayLimit(SpendingRefused):
    """More than is left of what the role may spend in 24 hours. All with fee limits."""

    needed_msat: int
    limit_msat: int
    left_msat: int


@dataclass(eq=False, kw_only=True)
class ApprovalNeeded(SpendingRefused):
    """From the threshold on, another person has to approve."""

    needed_msat: int
    threshold_msat: int
