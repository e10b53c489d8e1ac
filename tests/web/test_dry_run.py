"""The dry run on a page: for operators, with a button beside Pay, and it leaves no trace."""

from __future__ import annotations

import pytest
from django.test import Client

from payments.access.roles import Role
from payments.models import EngineCommand, LedgerEntry, PaymentRecord
from payments.services.pay_invoice import pay_invoice
from tests.people import join, make_operator, make_user
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import ID, make_invoice
from tests.web.markup import fields, parse

pytestmark = pytest.mark.django_db
ADDRESS = "/pay/dry-run/"


@pytest.fixture
def operator(client: Client) -> Client:
    """Grace, who runs the place, with the small network behind the pages."""
    build()
    client.force_login(join(make_operator("grace")))
    return client


def order(client: Client) -> dict[str, str]:
    invoice = make_invoice()
    page = parse(client.post("/", {"text": invoice, "about": invoice}).content)
    assert ADDRESS == page.one("button", id="dry-run-button").attributes["formaction"]
    return fields("pay", page)


def test_the_button_says_what_would_be_sent_and_nothing_is(operator: Client) -> None:
    page = parse(operator.post(ADDRESS, order(operator)).content)
    assert "This would be sent now. Nothing was." in page.text
    assert "Relay" in page.text
    assert (0, 0) == (PaymentRecord.objects.count(), EngineCommand.objects.count())
    assert not LedgerEntry.objects.filter(kind="hold").exists()


def test_a_refusal_is_said_in_the_words_of_sending(operator: Client) -> None:
    wish = order(operator)
    text = parse(operator.post(ADDRESS, wish | {"fee_limit_msat": "0", "route": ""}).content).text
    assert "No money left your account. There was no route" in text
    assert "There is a route, but it costs 1.100 sat" in text
    assert "There is not enough money" in operator.post(ADDRESS, wish | {"fee_limit_msat": "10000000"}).content.decode()
    assert 400 == operator.post(ADDRESS, wish | {"payment_id": "x"}).status_code


def test_an_invoice_that_has_a_payment_leads_there(operator: Client) -> None:
    wish = order(operator)
    pay_invoice(wish["text"], payment_id=ID)
    page = parse(operator.post(ADDRESS, wish).content)
    assert f"/payments/{ID}/" in [link.attributes["href"] for link in page.all("a")]
    assert 1 == PaymentRecord.objects.count()


def test_it_is_for_those_who_may_pay_alone(operator: Client, client: Client) -> None:
    wish, somebody = order(operator), Client()
    assert 302 == somebody.post(ADDRESS, wish).status_code
    somebody.force_login(join(make_user("ada"), role=Role.VIEWER))
    assert 403 == somebody.post(ADDRESS, wish).status_code
    assert ADDRESS not in somebody.post("/", {"text": wish["text"], "about": wish["text"]}).content.decode()
    assert 405 == operator.get(ADDRESS).status_code
