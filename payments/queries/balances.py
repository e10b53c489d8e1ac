"""The money as the top bar shows it."""

from __future__ import annotations

from payments.ledger.accounts import HOUSE_ID, Account
from payments.models import AccountBalance
from payments.queries.shapes import BalanceShape


def balance(owner_id: int = HOUSE_ID) -> BalanceShape:
    """What this account may spend and what is set aside for it. One statement."""
    shown = AccountBalance.objects.filter(owner_id=owner_id, account__in=(Account.AVAILABLE, Account.HELD))
    amounts_msat = dict(shown.values_list("account", "balance_msat"))
    return BalanceShape(available_msat=amounts_msat.get(Account.AVAILABLE, 0), held_msat=amounts_msat.get(Account.HELD, 0))
