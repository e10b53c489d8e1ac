"""The list of payments."""

from __future__ import annotations

import pytest
from django.test import Client

from payments.ledger.accounts import HOUSE_ID
from tests.web import samples
from tests.web.conftest import Wallet
from tests.web.markup import parse

pytestmark = pytest.mark.django_db


def test_every_payment_is_a_line_with_its_state(visitor: Client, wallet: Wallet) -> None:
    statuses = ["checking", "sending", "stopping", "held", "paid", "failed", "expired"]
    wallet.rows = samples.Rows(rows=tuple(samples.row(number, status=status) for number, status in enumerate(statuses)))
    lines = parse(visitor.get("/payments/").content).one("tbody").all("tr")
    assert [line.one("span", class_="pill").text.strip().lower() for line in lines] == statuses
    assert f"/payments/{3:064x}/" == lines[3].one("a").attributes["href"]


def test_a_payee_without_a_name_is_its_key(visitor: Client, wallet: Wallet) -> None:
    wallet.rows = samples.Rows(rows=(samples.row(payee_name=""),))
    assert samples.PAYEE[:12] in parse(visitor.get("/payments/").content).one("tbody").text


def test_an_empty_list_offers_the_first_step(visitor: Client, wallet: Wallet) -> None:
    wallet.rows = samples.Rows(rows=())
    page = parse(visitor.get("/payments/").content)
    assert "/shops/" == page.one("div", class_="empty").one("a").attributes["href"]
    assert [] == page.all("table")


@pytest.mark.parametrize(
    ("asked", "page"),
    [("", 1), ("?page=3", 3), ("?page=0", 1), ("?page=-1", 1), ("?page=1e9", 1), ("?page=\u0663", 1), ("?page=" + "9" * 400, 1)],
)
def test_a_page_number_is_digits_or_the_first_page(visitor: Client, wallet: Wallet, asked: str, page: int) -> None:
    assert 200 == visitor.get(f"/payments/{asked}").status_code
    assert [{"page": page, "account_id": HOUSE_ID}] == wallet.orders("rows")


def test_older_and_newer_lead_on(visitor: Client, wallet: Wallet) -> None:
    wallet.rows = samples.Rows(rows=(samples.row(),), number=2, pages=3)
    pages = parse(visitor.get("/payments/?page=2").content).one("nav", class_="pages")
    assert ["?page=1", "?page=3"] == [link.attributes["href"] for link in pages.all("a")]
