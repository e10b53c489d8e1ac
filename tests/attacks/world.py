"""Where an attack happens: accounts with money in the house's channel, people, keys and invoices, and the laws that hold afterwards."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from django.contrib.auth import get_user_model

from payments.access.scopes import Scope
from payments.ledger.accounts import Account
from payments.models import AccountBalance, ChannelRecord, LedgerEntry, Membership, MerchantAccount, PaymentRecord
from payments.queries.audit import audit
from payments.queries.audit_chain import verify_chain
from payments.queries.balances import balance
from payments.services.api_keys import create_key
from tests.attacks.moves import move
from tests.crash.copies import empty_database
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import fund, make_invoice

AMOUNT_MSAT, LIMIT_MSAT = 1_000_000, 60_000
"""Of every payment: what the invoice asks, and the default fee limit for it."""
COST_MSAT = AMOUNT_MSAT + LIMIT_MSAT
HOUSE_MSAT = 900_000_000


class World:
    """Empty of everything but the house and its money."""

    def __init__(self) -> None:
        empty_database()
        get_user_model().objects.all().delete()
        build()
        fund(HOUSE_MSAT - balance(1).available_msat, channel_id=b"\x0d" * 32)
        ChannelRecord.objects.update(capacity_sat=HOUSE_MSAT // 1_000, balance_msat=HOUSE_MSAT)

    def account(self, slug: str, funds_msat: int = 0) -> MerchantAccount:
        account = MerchantAccount.objects.create(slug=slug, name=slug.title())
        if funds_msat:
            move(slug, hashlib.sha256(slug.encode()).hexdigest()[:32], funds_msat, out=False)
        return account

    def person(self, account: MerchantAccount, name: str, role: str) -> int:
        user = get_user_model().objects.create_user(name)
        Membership.objects.create(account=account, user=user, role=role)
        return int(user.pk)

    def key(self, account: MerchantAccount, user_id: int) -> str:
        return create_key(account.pk, name="till", scopes=frozenset(Scope), user_id=user_id)[1]

    def laws(self, *, spent_msat: int = 0) -> None:
        """Everything that is written about money agrees, nothing is below zero, and the audit log is whole."""
        ChannelRecord.objects.update(balance_msat=HOUSE_MSAT - spent_msat)
        found = audit()
        assert found.differences == (), found.differences
        assert not AccountBalance.objects.filter(account__in=(Account.AVAILABLE, Account.HELD), balance_msat__lt=0).exists()
        assert verify_chain().damage is None, verify_chain().damage


def invoices(count: int, amount_msat: int = AMOUNT_MSAT) -> list[str]:
    """Different ones, of the shop that is no account of this node."""
    return [make_invoice(amount_msat, preimage=preimage(number)) for number in range(count)]


def preimage(number: int) -> bytes:
    return hashlib.sha256(f"attack {number}".encode()).digest()


def payment_ids(count: int) -> list[str]:
    return [hashlib.sha256(f"payment {number}".encode()).hexdigest() for number in range(count)]


def holds() -> int:
    return LedgerEntry.objects.filter(kind="hold").count()


def payments() -> int:
    return PaymentRecord.objects.count()


def counted(answers: list[Any]) -> dict[Any, int]:
    """How often each answer was given; of an answer of the API its status and code."""
    return dict(Counter(_short(answer) for answer in answers))


def _short(answer: Any) -> Any:
    return answer[0] if isinstance(answer, tuple) else answer
