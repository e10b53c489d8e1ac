"""Accounts that are made and closed, and money between them and the house: once, noted, and never more than there is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payments.ledger.accounts import HOUSE_ID
from payments.models import AuditRecord, ChangeRecord, LedgerEntry, MerchantAccount
from payments.queries.audit import audit
from payments.queries.balances import balance
from payments.queries.members import accounts_of
from payments.queries.merchants import account_row, account_rows, movements_of
from payments.services.account_errors import (
    AccountExists,
    AccountWishMalformed,
    AmountNotPositive,
    HouseStaysOpen,
    MovementIdMalformed,
    MovementIdTaken,
    NotEnoughToMove,
    ReasonMissing,
    UnknownAccount,
)
from payments.services.errors import AccountClosed
from payments.services.merchant_accounts import close_account, create_account, reopen_account
from payments.services.move_money import Wish, fund, withdraw
from payments.services.seed_demo import fund_demo_shop, join_house, open_demo_shop, seed_demo
from tests.people import make_account, make_operator, make_user
from tests.unit.services.wallet import fund as fund_house

pytestmark = pytest.mark.django_db
ONE, OTHER = "ab" * 16, "cd" * 16


def wish(**changes: Any) -> Wish:
    return Wish(**{"slug": "cafe", "amount_msat": 3_000_000, "reason": "Paid in by transfer", "movement_id": ONE, **changes})


@pytest.fixture
def cafe() -> MerchantAccount:
    fund_house(10_000_000)
    return make_account("cafe")


def test_money_goes_in_once_and_says_who_and_why(cafe: MerchantAccount) -> None:
    grace = make_operator()
    assert [True, False] == [fund(wish(user_id=grace.pk)), fund(wish(user_id=grace.pk))]
    assert (3_000_000, 7_000_000) == (balance(cafe.pk).available_msat, balance(HOUSE_ID).available_msat)
    entry = LedgerEntry.objects.get(kind="funded")
    assert (f"funded:{ONE}", "Paid in by transfer", grace.pk) == (entry.key, entry.remark, entry.created_by_id)
    row = AuditRecord.objects.latest("sequence")
    said = {"amount_msat": 3_000_000, "movement": ONE, "reason": "Paid in by transfer"}
    assert ("account funded", "cafe", said) == (row.action, row.subject_id, json.loads(row.after))
    assert 1 == AuditRecord.objects.filter(action="account funded").count()
    assert {f"balance.{HOUSE_ID}", f"balance.{cafe.pk}"} <= set(ChangeRecord.objects.values_list("group", flat=True))
    assert [3_000_000] == [moved.amount_msat for moved in movements_of(cafe.pk)]


def test_money_comes_back_and_the_books_agree(cafe: MerchantAccount) -> None:
    fund(wish())
    assert withdraw(wish(movement_id=OTHER, amount_msat=1_000_000, reason="Paid out in cash"))
    assert (2_000_000, 8_000_000) == (balance(cafe.pk).available_msat, balance(HOUSE_ID).available_msat)
    assert [("Paid out in cash", -1_000_000, ""), ("Paid in by transfer", 3_000_000, "")] == [
        (moved.reason, moved.amount_msat, moved.moved_by) for moved in movements_of(cafe.pk)
    ]
    assert [] == [line for line in audit().differences if "channels" not in line]


def test_nobody_gives_more_than_there_is(cafe: MerchantAccount) -> None:
    with pytest.raises(NotEnoughToMove) as caught:
        fund(wish(amount_msat=10_000_001))
    assert ("the house", 10_000_000, 10_000_001) == (caught.value.giver, caught.value.available_msat, caught.value.needed_msat)
    fund(wish())
    with pytest.raises(NotEnoughToMove) as caught:
        withdraw(wish(movement_id=OTHER, amount_msat=3_000_001))
    assert "Cafe" == caught.value.giver
    assert 3_000_000 == balance(cafe.pk).available_msat


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount_msat": 0}, AmountNotPositive),
        ({"amount_msat": -1}, AmountNotPositive),
        ({"reason": " "}, ReasonMissing),
        ({"reason": "x" * 201}, ReasonMissing),
        ({"reason": "a\0b"}, ReasonMissing),
        ({"movement_id": "AB" * 16}, MovementIdMalformed),
        ({"movement_id": ONE + "\n"}, MovementIdMalformed),
        ({"slug": "nowhere"}, UnknownAccount),
        ({"slug": "house"}, HouseStaysOpen),
    ],
)
def test_what_is_no_movement_is_refused(cafe: MerchantAccount, changes: dict[str, Any], error: type[Exception]) -> None:
    for move in (fund, withdraw):
        with pytest.raises(error):
            move(wish(**changes))
    assert not LedgerEntry.objects.filter(kind__in=("funded", "withdrawn")).exists()


def test_a_name_that_was_used_for_something_else_moves_nothing(cafe: MerchantAccount) -> None:
    make_account("tea")
    fund(wish())
    for other in (wish(amount_msat=1), wish(slug="tea")):
        with pytest.raises(MovementIdTaken):
            fund(other)
    assert 3_000_000 == balance(cafe.pk).available_msat


def test_a_closed_account_gets_nothing_and_can_be_emptied(cafe: MerchantAccount) -> None:
    fund(wish())
    assert [True, False] == [close_account("cafe"), close_account("cafe")]
    with pytest.raises(AccountClosed):
        fund(wish(movement_id=OTHER))
    assert withdraw(wish(movement_id=OTHER))
    assert 0 == balance(cafe.pk).available_msat
    assert [True, False] == [reopen_account("cafe"), reopen_account("cafe")]
    assert ["account closed", "withdrawn from account", "account reopened"] == [
        row.action for row in AuditRecord.objects.order_by("sequence") if row.action != "account funded"
    ]


def test_the_house_stays_open() -> None:
    with pytest.raises(HouseStaysOpen):
        close_account("house")
    with pytest.raises(UnknownAccount):
        close_account("nowhere")


def test_an_account_is_made_once_with_its_owner() -> None:
    ada = make_user("ada")
    account_id = create_account("corner-cafe", name="Corner Café", currency="EUR", owner_id=ada.pk)
    (mine,) = accounts_of(ada.pk)
    assert (account_id, "corner-cafe", "Corner Café", "EUR", "owner") == (mine.id, mine.slug, mine.name, mine.currency, mine.role)
    with pytest.raises(AccountExists):
        create_account("corner-cafe", name="Another")
    assert [("house", 0), ("corner-cafe", 1)] == [(row.slug, row.members) for row in account_rows()]
    assert None is account_row("nowhere")


@pytest.mark.parametrize(
    "changes",
    [
        *({"slug": slug} for slug in ("", "Café", "a--b", "-a", "a b", "a" * 41, "a\n")),
        *({"name": name} for name in ("", "  ", "x" * 81, "a\u202eb", "a\nb")),
        *({"currency": currency} for currency in ("eur", "EURO", "€")),
    ],
)
def test_what_is_no_account_is_refused(changes: dict[str, str]) -> None:
    given = {"slug": "cafe", "name": "Café", "currency": "EUR"} | changes
    with pytest.raises(AccountWishMalformed):
        create_account(given["slug"], name=given["name"], currency=given["currency"])


def test_the_demo_shop_gets_its_money_once_the_house_has_any(settings: Any, tmp_path: Any) -> None:
    settings.LNWEB_STATE_DIR = tmp_path
    seed_demo()
    for _ in range(2):
        open_demo_shop()
        join_house()
    assert not fund_demo_shop()
    fund_house(10_000_000_000)
    assert [True, True] == [fund_demo_shop(), fund_demo_shop()]
    shop = account_row("demo-shop")
    assert shop is not None
    assert (2_000_000_000, 1) == (shop.available_msat, shop.members)


def test_a_poor_house_gives_the_demo_shop_half() -> None:
    make_account("demo-shop")
    fund_house(10_000_001)
    fund_demo_shop()
    shop = account_row("demo-shop")
    assert shop is not None
    assert 5_000_000 == shop.available_msat
