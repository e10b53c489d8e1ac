"""The pages over the real queries and services, with a small network in the database: they show what is there, in few statements."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from payments.models import InvoiceRequest, PaymentRecord
from payments.services.pay_invoice import pay_invoice
from tests.people import make_owner
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import ID, PREIMAGE, make_invoice, path_successful, sent, started, tell
from tests.web.markup import Element, fields, parse

pytestmark = pytest.mark.django_db
Counter = Callable[..., AbstractContextManager[Any]]
FRAME = 7
"""The session, its person, their accounts, the balance, what waits for approval, and two for whether a second factor is advised."""
RULES = 4
"""The account, the role, its limit, and whether approval is asked for already."""


@pytest.fixture
def ada(client: Client) -> Client:
    """Signed in, with the small network behind the pages."""
    build()
    client.force_login(make_owner("ada"))
    return client


def _preview(ada: Client, invoice: str, **answers: str) -> Element:
    return parse(ada.post("/", {"text": invoice, "about": invoice, **answers}).content)


def test_from_the_text_to_the_payments_page(ada: Client) -> None:
    order = fields("pay", _preview(ada, make_invoice()))
    answer = ada.post("/pay/", order, follow=True)
    assert f"/payments/{order['payment_id']}/" == answer.request["PATH_INFO"]
    assert "Checking" == parse(answer.content).one("span", class_="pill").text.strip()


def test_two_clicks_make_one_payment(ada: Client) -> None:
    order = fields("pay", _preview(ada, make_invoice()))
    first, second = ada.post("/pay/", order), ada.post("/pay/", order)
    assert first["Location"] == second["Location"]
    assert 1 == PaymentRecord.objects.count()


def test_two_readings_of_one_invoice_lead_to_one_payment(ada: Client) -> None:
    invoice = make_invoice()
    orders = [fields("pay", _preview(ada, invoice)) for _ in range(2)]
    first, second = (ada.post("/pay/", order)["Location"] for order in orders)
    assert first == second
    assert 1 == PaymentRecord.objects.count()
    assert first == _preview(ada, invoice).one("p", class_="notice").one("a").attributes["href"]


def test_an_amount_of_ones_own_choice_is_what_is_paid(ada: Client) -> None:
    page = _preview(ada, make_invoice(None), amount="1234")
    ada.post("/pay/", fields("pay", page))
    assert 1_234_000 == PaymentRecord.objects.get().amount_msat


def test_a_fee_limit_of_ones_own_choice_is_kept_to(ada: Client) -> None:
    ada.post("/pay/", fields("pay", _preview(ada, make_invoice(), fee_limit="7")))
    assert 7_000 == PaymentRecord.objects.get().fee_limit_msat


def test_a_wrong_letter_is_marked_where_it_stands(ada: Client) -> None:
    invoice = make_invoice()
    refusal = _preview(ada, invoice[:40] + "b" + invoice[41:]).one("div", class_="refusal")
    assert "b" == refusal.one("mark").text
    assert "41" in refusal.text


def test_a_paid_payment_shows_its_proof(ada: Client) -> None:
    pay_invoice(make_invoice(), payment_id=ID)
    tell(started(), path_successful(), sent())
    page = parse(ada.get(f"/payments/{ID}/").content)
    assert PREIMAGE.hex() == page.one("code", id="preimage").text


def test_a_shop_is_asked_through_a_row(ada: Client) -> None:
    answer = ada.post("/shops/coffee/", {"who_chooses": "shop", "amount": "9", "description": "Tea", "expiry_s": "600"})
    asked = InvoiceRequest.objects.get()
    assert (asked.amount_msat, asked.description, asked.expiry_s) == (9_000, "Tea", 600)
    assert 200 == ada.get(answer["Location"]).status_code


@pytest.mark.parametrize(("address", "more"), [("/", 0), ("/payments/", 7), (f"/payments/{ID}/", 4), ("/shops/", 1), ("/shops/coffee/", 1)])
def test_a_page_takes_few_statements(ada: Client, django_assert_max_num_queries: Counter, address: str, more: int) -> None:
    pay_invoice(make_invoice(), payment_id=ID)
    tell(started())
    with django_assert_max_num_queries(FRAME + more):
        assert 200 == ada.get(address).status_code


def test_a_preview_takes_few_statements(ada: Client, django_assert_max_num_queries: Counter) -> None:
    invoice = make_invoice()
    _preview(ada, invoice)
    with django_assert_max_num_queries(3 + 8 + RULES):
        ada.post("/preview/", {"text": invoice})
