"""
The rules for spending: who may pay at all, how much at once and in 24 hours, and from where on a second person must agree.

Asked inside the transaction that sets the money aside, after the owner's balance was changed: at that row parallel payments of one account
wait for each other, so each of them sees all that were allowed before it, and a limit holds to the msat. What is compared with a limit or
with the threshold is the amount and its fee limit together: that much may leave the account.
"""

from __future__ import annotations

from django.db import connection

from payments.queries.spending import Allowance, Payer, allowance_of
from payments.services.errors import AccountClosed
from payments.services.spending_errors import (
    AboveDayLimit,
    AbovePaymentLimit,
    ApprovalNeeded,
    KeyNotInForce,
    NotAMember,
    RoleCannotPay,
    SpendingRefused,
)


def check_spending(payer: Payer, *, total_msat: int, is_approved: bool = False) -> None:
    """
    Refuse what the account's rules forbid. Only inside the transaction that pays, behind the lock of the owner's balance.

    total_msat     the amount and its fee limit
    is_approved    somebody else has agreed to it: the threshold is no matter any more, the limits are

    raises   AccountClosed, SpendingRefused's leaves
    """
    assert connection.in_atomic_block, "limits hold only behind the lock of the balance"
    refusal = refusal_of(allowance_of(payer), payer, total_msat=total_msat, is_approved=is_approved)
    if refusal is not None:
        raise refusal


def refusal_of(allowance: Allowance, payer: Payer, *, total_msat: int, is_approved: bool = False) -> AccountClosed | SpendingRefused | None:
    """Which rule, if any, stands against a payment: the first of those that only somebody else could change."""
    if allowance.is_closed:
        return AccountClosed()
    if payer.is_command_line:
        return None
    return _against_who_pays(allowance, payer) or _against_how_much(allowance, total_msat, is_approved=is_approved)


def _against_who_pays(allowance: Allowance, payer: Payer) -> SpendingRefused | None:
    if allowance.may_pay:
        return None
    if payer.api_key_id is not None:
        return KeyNotInForce()
    if allowance.role is None:
        return NotAMember(account_name=allowance.account_name)
    return RoleCannotPay(account_name=allowance.account_name, role=allowance.role.value)


def _against_how_much(allowance: Allowance, total_msat: int, *, is_approved: bool) -> SpendingRefused | None:
    payment_limit_msat, day_limit_msat, threshold_msat = allowance.payment_limit_msat, allowance.day_limit_msat, allowance.threshold_msat
    if payment_limit_msat is not None and total_msat > payment_limit_msat:
        return AbovePaymentLimit(needed_msat=total_msat, limit_msat=payment_limit_msat)
    if day_limit_msat is not None and allowance.spent_msat + total_msat > day_limit_msat:
        return AboveDayLimit(needed_msat=total_msat, limit_msat=day_limit_msat, left_msat=max(day_limit_msat - allowance.spent_msat, 0))
    if threshold_msat is not None and not is_approved and total_msat >= threshold_msat:
        return ApprovalNeeded(needed_msat=total_msat, threshold_msat=threshold_msat)
    return None
