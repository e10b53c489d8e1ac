"""A merchant for tests: a café with money of its own, people in every role, rules for spending, and invoices to pay."""

from __future__ import annotations

from typing import Any

from payments.access.roles import Role
from payments.ledger.accounts import Account
from payments.ledger.entries import funded_entry
from payments.lightning.ids import ChannelId
from payments.models import AccountBalance, ApiKey, MerchantAccount, RoleLimit
from payments.queries.spending import Payer
from payments.services.book_entry import Booking, book_entry
from payments.services.pay_invoice import pay_invoice
from tests.people import join, make_account, make_user
from tests.unit.services.wallet import fund, make_invoice


class Cafe:
    """An account with somebody in the role of a payer, and 100,000 sat."""

    def __init__(self, *, balance_msat: int = 100_000_000, slug: str = "cafe") -> None:
        fund(2 * balance_msat, channel_id=ChannelId(b"\x0d" * 32))
        self.account: MerchantAccount = make_account(slug, name="Café Blau")
        self.id: int = self.account.pk
        book_entry(Booking(entry=funded_entry(slug, account_id=self.id, amount_msat=balance_msat)))
        self.user: Any = self.member("pia", Role.PAYER)
        self.payer = self.as_payer(self.user)

    def member(self, name: str, role: Role) -> Any:
        """Somebody new in the account."""
        return join(make_user(name), self.account, role=role)

    def as_payer(self, user: Any) -> Payer:
        """Somebody who spends the account's money."""
        return Payer(account_id=self.id, user_id=user.pk)

    def key(self, name: str = "till", **fields: Any) -> ApiKey:
        """A program's way in."""
        return ApiKey.objects.create(
            **{"account_id": self.id, "name": name, "prefix": name, "key_hash": "0" * 64, "scopes": ["pay"]} | fields
        )

    def limit(self, *, role: Role = Role.PAYER, payment_msat: int | None = None, day_msat: int | None = None) -> None:
        """The most that this role may spend."""
        RoleLimit.objects.update_or_create(account_id=self.id, role=role, defaults={"payment_msat": payment_msat, "day_msat": day_msat})

    def need_approval_from(self, threshold_msat: int | None) -> None:
        """From this amount on a second person is needed."""
        MerchantAccount.objects.filter(pk=self.id).update(approval_threshold_msat=threshold_msat)

    def pay(self, number: int = 1, *, amount_msat: int = 1_000_000, fee_limit_msat: int = 0, payer: Payer | None = None) -> str:
        """Pay the invoice of this number; its payment's id."""
        text = invoice_number(number, amount_msat)
        return pay_invoice(text, payment_id=id_of(number), fee_limit_msat=fee_limit_msat, payer=payer or self.payer)

    def balance_msat(self, account: Account) -> int:
        """What stands in one of the account's books."""
        return dict(AccountBalance.objects.filter(owner_id=self.id).values_list("account", "balance_msat")).get(account, 0)


def preimage_of(number: int) -> bytes:
    """The secret of the invoice of this number."""
    return number.to_bytes(32, "big")


def id_of(number: int) -> str:
    """The id of the payment of the invoice of this number."""
    return f"{number:064x}"


def invoice_number(number: int, amount_msat: int | None = 1_000_000) -> str:
    """Invoices that differ in their hash."""
    return make_invoice(amount_msat, preimage=preimage_of(number))
