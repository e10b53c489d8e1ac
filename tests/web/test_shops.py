"""The shops of the sandbox, and the invoice that one of them makes."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web import samples
from tests.web.conftest import Wallet
from tests.web.markup import fields, parse
from tests.web.test_pay import HOSTILE_AMOUNTS

pytestmark = pytest.mark.django_db
WISH = {"who_chooses": "shop", "amount": "2500", "description": "Flat white", "expiry_s": "3600"}


def test_every_shop_is_a_card_that_leads_to_it(visitor: Client, wallet: Wallet) -> None:
    card = parse(visitor.get("/shops/").content).one("li", class_="shop")
    assert "/shops/bean-there/" == card.one("a").attributes["href"]
    assert "Coffee and cake" in card.text


def test_asking_a_shop_leads_to_its_invoice(visitor: Client, wallet: Wallet) -> None:
    answer = visitor.post("/shops/bean-there/", WISH)
    assert "/shops/invoices/r-1/" == answer["Location"]
    assert [{"shop_slug": "bean-there", "amount_msat": 2_500_000, "description": "Flat white", "expiry_s": 3_600}] == wallet.orders(
        "request"
    )


def test_the_payer_may_choose_the_amount(visitor: Client, wallet: Wallet) -> None:
    visitor.post("/shops/bean-there/", WISH | {"who_chooses": "payer", "amount": "nonsense"})
    assert wallet.orders("request")[0]["amount_msat"] is None


@pytest.mark.parametrize("amount", [*HOSTILE_AMOUNTS, "", "0"])
def test_a_shop_names_amounts_in_digits(visitor: Client, wallet: Wallet, amount: str) -> None:
    answer = visitor.post("/shops/bean-there/", WISH | {"amount": amount})
    page = parse(answer.content)
    assert 400 == answer.status_code
    assert 1 == len(page.all("p", class_="field-error"))
    assert "Flat white" == page.one("input", name="description").attributes["value"]
    assert [] == wallet.orders("request")


@pytest.mark.parametrize("wrong", [{"expiry_s": "61"}, {"expiry_s": "-1"}, {"who_chooses": "me"}, {"description": "€" * 214}])
def test_other_nonsense_is_refused_too(visitor: Client, wallet: Wallet, wrong: dict[str, str]) -> None:
    assert 400 == visitor.post("/shops/bean-there/", WISH | wrong).status_code
    assert [] == wallet.orders("request")


def test_an_unknown_shop_is_not_found(visitor: Client, wallet: Wallet) -> None:
    assert 404 == visitor.get("/shops/nowhere/").status_code


def test_the_invoice_is_there_to_copy_to_scan_and_to_pay(visitor: Client, wallet: Wallet) -> None:
    page = parse(visitor.get("/shops/invoices/r-1/").content)
    assert samples.INVOICE_TEXT == page.one("code", id="invoice-text").text
    assert samples.INVOICE_TEXT == page.one("button", class_="copy").attributes["data-copy"]
    assert page.one("svg", class_="qr").all("path") != []
    assert samples.INVOICE_TEXT == fields("to-pay", page)["text"]
    assert "/" == page.one("form", id="to-pay").attributes["action"]


def test_until_the_invoice_is_there_the_page_waits(visitor: Client, wallet: Wallet) -> None:
    wallet.shop_invoice = samples.shop_invoice(invoice="", expires_at=None)
    page = parse(visitor.get("/shops/invoices/r-1/").content)
    assert [] == page.all(data_final="")
    assert 1 == len(page.one("head").all("noscript"))
    assert "/ws/invoices/r-1/?account=house" == page.one("body").attributes["ws-connect"]


def test_a_refusal_of_the_node_is_said(visitor: Client, wallet: Wallet) -> None:
    wallet.shop_invoice = samples.shop_invoice(invoice="", refusal="The shop's node is not running.")
    assert "The shop's node is not running." in parse(visitor.get("/shops/invoices/r-1/").content).one("div", class_="refusal").text


def test_an_unknown_request_is_not_found(visitor: Client, wallet: Wallet) -> None:
    wallet.shop_invoice = None
    assert 404 == visitor.get("/shops/invoices/r-1/").status_code
    assert 404 == visitor.get("/shops/invoices/r-1/status/").status_code
