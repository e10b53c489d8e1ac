"""Working in one of several accounts, its members, and the accounts of an installation: by hand, as a person would."""

from __future__ import annotations

from typing import Any

import pytest
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.test import Client

from payments.access.roles import Role
from payments.live.urls import websocket_urlpatterns
from payments.models import ChangeRecord, Membership, MerchantAccount, PaymentRecord
from payments.queries.account_shapes import AccountShape
from payments.queries.balances import balance
from payments.queries.spending import Payer
from payments.services.move_money import Wish, fund
from payments.services.pay_invoice import pay_invoice
from tests.people import join, make_account, make_operator, make_user
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import ID, make_invoice
from tests.web.conftest import Wallet
from tests.web.markup import fields, parse

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe() -> MerchantAccount:
    """With money, in a small network."""
    build()
    account = make_account("cafe", name="Café Blau")
    fund(Wish(slug="cafe", amount_msat=4_000_000, reason="To begin with", movement_id="ab" * 16))
    return account


@pytest.fixture
def ada(cafe: MerchantAccount, client: Client) -> Client:
    """An owner of the café and of the house, at work in the café: merchants' accounts come first."""
    client.force_login(join(join(make_user("ada")), cafe))
    return client


def name_and_money(client: Client, address: str = "/") -> tuple[str, str]:
    page = parse(client.get(address).content)
    return page.one("bdi", class_="account-name").text, " ".join(page.one("div", id="balance").text.split())


def test_the_top_bar_says_whose_page_it_is_and_changes_it(ada: Client) -> None:
    assert ("Café Blau", "Available 4,000 sat") == name_and_money(ada)
    assert 302 == ada.post("/account/choose/", {"account": "house"}).status_code
    assert ("The node", "Available 6,000 sat") == name_and_money(ada)


def test_a_payment_of_another_account_of_ones_own_changes_to_it_but_its_fragment_does_not(ada: Client, cafe: MerchantAccount) -> None:
    pay_invoice(make_invoice(), payment_id=ID)
    assert 200 == ada.get(f"/payments/{ID}/status/").status_code
    assert "Café Blau" == name_and_money(ada)[0]
    assert "The node" == name_and_money(ada, f"/payments/{ID}/")[0]
    assert "The node" == name_and_money(ada)[0]


def test_what_is_paid_is_paid_by_the_account_of_the_page(ada: Client, cafe: MerchantAccount) -> None:
    invoice = make_invoice()
    order = fields("pay", parse(ada.post("/", {"text": invoice, "about": invoice}).content))
    assert "cafe" == order["account"]
    ada.post("/pay/", order)
    assert ("cafe", "ada") == PaymentRecord.objects.values_list("account__slug", "created_by__username").get()
    assert 4_000_000 > balance(cafe.pk).available_msat


def test_a_page_of_an_account_that_was_left_in_another_window_pays_nothing(ada: Client) -> None:
    invoice = make_invoice()
    order = fields("pay", parse(ada.post("/", {"text": invoice, "about": invoice}).content))
    ada.post("/account/choose/", {"account": "house"})
    for address in ("/pay/", "/pay/dry-run/"):
        answer = ada.post(address, order)
        assert (409, True) == (answer.status_code, "The node" in parse(answer.content).one("div", class_="refusal").text)
    assert "In another window" in ada.post("/preview/", {"text": invoice, "account": "cafe"}).content.decode()
    assert 400 == ada.post("/pay/", {**order, "account": ""}).status_code
    assert not PaymentRecord.objects.exists()


def test_an_invoice_that_another_account_pays_is_said_to_be_and_leads_nowhere(ada: Client, client: Client, cafe: MerchantAccount) -> None:
    invoice = make_invoice()
    pay_invoice(invoice, payment_id=ID, payer=Payer(account_id=cafe.pk))
    stranger = Client()
    stranger.force_login(join(make_user("eve"), make_account("tea")))
    seen, unseen = (one.post("/preview/", {"text": invoice}).content.decode() for one in (ada, stranger))
    assert (True, False) == (ID in seen, ID in unseen)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": True}])
def test_open_pages_hear_when_their_person_is_another(change: dict[str, bool]) -> None:
    ada = make_user("ada")
    ChangeRecord.objects.all().delete()
    for name, value in change.items():
        setattr(ada, name, value)
    ada.save()
    assert [f"person.{ada.pk}"] == list(ChangeRecord.objects.values_list("group", flat=True))


def test_the_list_of_payments_is_that_of_the_account(ada: Client, cafe: MerchantAccount) -> None:
    pay_invoice(make_invoice(), payment_id=ID, payer=Payer(account_id=cafe.pk))
    assert ID in ada.get("/payments/").content.decode()
    ada.post("/account/choose/", {"account": "house"})
    assert ID not in ada.get("/payments/").content.decode()


def test_who_belongs_to_no_account_is_told_so(client: Client, cafe: MerchantAccount) -> None:
    client.force_login(make_user("eve"))
    for address in ("/", "/payments/", f"/payments/{ID}/"):
        answer = client.get(address)
        assert (403, "You belong to no account") == (answer.status_code, parse(answer.content).one("h1").text)
    assert 200 == client.get("/shops/").status_code


@pytest.mark.parametrize(("role", "pays", "sees"), [(Role.VIEWER, False, True), (Role.CASHIER, False, False), (Role.PAYER, True, True)])
def test_the_first_page_offers_what_the_role_allows(client: Client, cafe: MerchantAccount, role: Role, pays: bool, sees: bool) -> None:
    client.force_login(join(make_user("bob"), cafe, role=role))
    page = parse(client.get("/").content)
    assert pays == bool(page.all("textarea", id="text"))
    assert sees == ("Available" in page.one("div", id="balance").text)
    assert sees == ("Payments" in [link.text.strip() for link in page.one("nav", class_="rail").all("a")])
    if not pays:
        assert role in page.one("div", class_="refusal").text
        assert role in parse(client.post("/pay/", {}).content).text


def test_owners_change_and_remove_members(ada: Client, cafe: MerchantAccount) -> None:
    bob = join(make_user("bob"), cafe, role=Role.VIEWER)
    assert ["ada", "bob"] == [row.one("bdi").text for row in parse(ada.get("/account/members/").content).one("tbody").all("tr")]
    ada.post(f"/account/members/{bob.pk}/role/", {"role": "payer"})
    assert "payer" == Membership.objects.get(user=bob).role
    assert 400 == ada.post(f"/account/members/{bob.pk}/role/", {"role": "king"}).status_code
    ada.post(f"/account/members/{bob.pk}/remove/")
    assert not Membership.objects.filter(user=bob).exists()
    mine = Membership.objects.get(account=cafe).user_id
    answer = ada.post(f"/account/members/{mine}/remove/")
    assert (400, True) == (answer.status_code, "last owner" in parse(answer.content).one("div", class_="refusal").text)


@pytest.fixture
def operator(cafe: MerchantAccount, client: Client) -> Client:
    client.force_login(make_operator("grace"))
    return client


def test_operators_make_accounts_and_add_members(operator: Client) -> None:
    make_user("bob")
    answer = operator.post("/operator/accounts/", {"name": "Tea Room", "slug": "tea", "currency": "eur", "owner": "bob"})
    assert (302, "/operator/accounts/tea/") == (answer.status_code, answer["Location"])
    assert ("Tea Room", "EUR") == MerchantAccount.objects.values_list("name", "currency").get(slug="tea")
    assert "owner" == Membership.objects.get(account__slug="tea", user__username="bob").role
    for wish in ({"name": "Tea", "slug": "tea"}, {"name": "Tea", "slug": "T E A"}, {"name": "Tea", "slug": "t", "owner": "nobody"}, {}):
        page = operator.post("/operator/accounts/", wish)
        assert (400, True) == (page.status_code, bool(parse(page.content).all("p", class_="field-error")))
    make_user("eve")
    operator.post("/operator/accounts/tea/members/", {"username": "eve", "role": "cashier"})
    assert "cashier" == Membership.objects.get(user__username="eve").role
    assert 400 == operator.post("/operator/accounts/tea/members/", {"username": "nobody", "role": "cashier"}).status_code


def test_operators_move_money_once_a_form(operator: Client, cafe: MerchantAccount) -> None:
    page = parse(operator.get("/operator/accounts/cafe/").content)
    (mark,) = [field.attributes["value"] for field in page.all("input", name="movement_id")]
    wish = {"way": "fund", "amount": "1000", "reason": "Transfer 7", "movement_id": mark}
    assert [302, 302] == [operator.post("/operator/accounts/cafe/move/", wish).status_code for _ in range(2)]
    assert 5_000_000 == balance(cafe.pk).available_msat
    assert "Transfer 7" in operator.get("/operator/accounts/cafe/").content.decode()
    for changes in ({"amount": "99999999"}, {"amount": "1.5"}, {"amount": ""}, {"reason": ""}, {"movement_id": "x"}, {"way": "sideways"}):
        answer = operator.post("/operator/accounts/cafe/move/", {**wish, "movement_id": "cd" * 16, **changes})
        assert 400 == answer.status_code, changes
    assert 5_000_000 == balance(cafe.pk).available_msat


def test_operators_close_and_reopen(operator: Client, cafe: MerchantAccount) -> None:
    operator.post("/operator/accounts/cafe/close/")
    assert "closed since" in operator.get("/operator/accounts/cafe/").content.decode()
    operator.post("/operator/accounts/cafe/close/", {"open": "yes"})
    assert "closed since" not in operator.get("/operator/accounts/cafe/").content.decode()
    assert 400 == operator.post("/operator/accounts/house/close/").status_code


def test_an_operator_without_an_account_sees_no_money(operator: Client, cafe: MerchantAccount) -> None:
    pay_invoice(make_invoice(), payment_id=ID, payer=Payer(account_id=cafe.pk))
    assert [403, 403, 403] == [operator.get(address).status_code for address in ("/", "/payments/", f"/payments/{ID}/")]
    assert "" == parse(operator.get("/scenarios/").content).one("div", id="balance").text.strip()


def _socket(address: str, user: Any) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(URLRouter(websocket_urlpatterns), address)
    communicator.scope["user"] = user
    return communicator


HOUSE = AccountShape(id=1, slug="house", name="The node", currency="", role=Role.OWNER, is_house=True)
TEA = AccountShape(id=7, slug="tea", name="Tea", currency="", role=Role.OWNER)


@pytest.mark.parametrize("left", [(), (TEA,), (AccountShape(id=1, slug="house", name="The node", currency="", role=Role.CASHIER),)])
@pytest.mark.parametrize("group", ["person.1", "balance.1", "faults"])
async def test_who_was_removed_or_is_less_now_loses_the_open_page_at_the_next_change(
    wallet: Wallet, django_user_model: Any, left: tuple[AccountShape, ...], group: str
) -> None:
    wallet.accounts = (HOUSE,)
    page = _socket("/ws/balance/", django_user_model(pk=1, username="ada"))
    assert (await page.connect())[0]
    assert "Available" in await page.receive_from()
    wallet.accounts = left
    await get_channel_layer().group_send(group, {"type": "changed"})
    closed = await page.receive_output(5)
    assert ("websocket.close", 4403) == (closed["type"], closed["code"])


async def test_an_open_page_keeps_its_account_when_another_is_chosen_elsewhere(wallet: Wallet, django_user_model: Any) -> None:
    wallet.accounts = (TEA, HOUSE)
    page = _socket("/ws/balance/?account=house", django_user_model(pk=1, username="ada"))
    page.scope["session"] = {"account": "tea"}
    assert (await page.connect())[0]
    await page.receive_from()
    await get_channel_layer().group_send("balance.7", {"type": "changed"})
    assert await page.receive_nothing()
    await get_channel_layer().group_send("balance.1", {"type": "changed"})
    assert "Available" in await page.receive_from()
    await page.disconnect()


async def test_an_account_of_others_opens_no_page(wallet: Wallet, django_user_model: Any) -> None:
    wallet.accounts = (HOUSE,)
    for slug in ("tea", "no-such-thing"):
        assert (False, 4404) == await _socket(f"/ws/balance/?account={slug}", django_user_model(pk=1)).connect()


async def test_a_cashiers_page_hears_nothing_of_the_balance(wallet: Wallet, django_user_model: Any) -> None:
    wallet.accounts = (AccountShape(id=1, slug="house", name="The node", currency="", role=Role.CASHIER),)
    page = _socket("/ws/balance/", django_user_model(pk=1))
    assert (await page.connect())[0]
    assert "Available" not in await page.receive_from()
    await get_channel_layer().group_send("balance.1", {"type": "changed"})
    assert await page.receive_nothing()
    await page.disconnect()
