"""Amounts in the account's currency: by the rate of their moment, by the newest where nothing has happened yet, and never guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from payments.ledger.accounts import HOUSE_ID
from payments.models import IncomingInvoice, MerchantAccount, PaymentRecord, RateRecord
from payments.services.pay_invoice import pay_invoice
from payments.services.rates import add_rate
from tests.people import join, make_operator
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import ID, fund, make_invoice
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
RATE = "58000.12"


@pytest.fixture(autouse=True)
def _house_in_euro(db: None) -> None:
    fund(10_000_000)
    build()
    MerchantAccount.objects.filter(pk=HOUSE_ID).update(currency="EUR")


def fiats(client: Client, address: str, **form: Any) -> list[str]:
    answer = client.post(address, form) if form else client.get(address)
    return [" ".join(each.text.split()) for each in parse(answer.content).all("span", class_="fiat")]


def say(price: str = RATE) -> None:
    add_rate("EUR", price, valid_from=timezone.now())


def test_without_a_rate_nothing_is_said(visitor: Client) -> None:
    add_rate("USD", RATE, valid_from=timezone.now())
    add_rate("EUR", RATE, valid_from=timezone.now() - timedelta(days=2))
    pay_invoice(make_invoice(), payment_id=ID)
    assert [] == fiats(visitor, "/") + fiats(visitor, f"/payments/{ID}/") + fiats(visitor, "/preview/", text=make_invoice())


def test_balance_and_preview_are_worth_what_they_are_now(visitor: Client) -> None:
    say()
    assert ["≈ 5.80 EUR"] == fiats(visitor, "/")
    assert ["≈ 0.58 EUR"] == fiats(visitor, "/preview/", text=make_invoice())


def test_a_payment_is_worth_what_it_was_when_it_was_begun(visitor: Client) -> None:
    say()
    pay_invoice(make_invoice(), payment_id=ID, fee_limit_msat=0)
    say("99000")
    assert ["≈ 8.91 EUR", "≈ 0.58 EUR"] == fiats(visitor, f"/payments/{ID}/")
    PaymentRecord.objects.update(rate=None)
    assert ["≈ 8.91 EUR"] == fiats(visitor, f"/payments/{ID}/")


def test_an_invoice_is_worth_what_it_was_when_it_was_paid_and_before_what_it_is_now(visitor: Client) -> None:
    say()
    kept = RateRecord.objects.get()
    say("99000")
    invoice = IncomingInvoice.objects.create(
        request_id="ab" * 16,
        account_id=HOUSE_ID,
        amount_msat=10_000_000,
        expiry_s=600,
        invoice="lnbcrt1",
        state="open",
        expires_at=timezone.now() + timedelta(hours=1),
    )
    public = f"/i/{invoice.pk}/"
    assert ["≈ 9.90 EUR"] * 3 == fiats(visitor, "/receive/")[1:] + fiats(visitor, f"/receive/{invoice.pk}/")[1:] + fiats(visitor, public)
    IncomingInvoice.objects.update(state="paid", received_msat=20_000_000, paid_at=timezone.now(), rate=kept)
    assert ["≈ 11.60 EUR"] * 3 == fiats(visitor, "/receive/")[1:] + fiats(visitor, f"/receive/{invoice.pk}/")[1:] + fiats(visitor, public)
    IncomingInvoice.objects.update(rate=None)
    assert [] == fiats(visitor, "/receive/")[1:] + fiats(visitor, public)


def test_owners_choose_the_currency_and_an_open_form_of_another_account_does_not(visitor: Client) -> None:
    assert 302 == visitor.post("/account/currency/", {"account": "house", "currency": "chf"}).status_code
    assert "CHF" == MerchantAccount.objects.get(pk=HOUSE_ID).currency
    assert 409 == visitor.post("/account/currency/", {"account": "other", "currency": "USD"}).status_code
    for typed in ("E", "1.5", "EURO", "€€€", "=EU"):
        assert 400 == visitor.post("/account/currency/", {"account": "house", "currency": typed}).status_code
    assert 302 == visitor.post("/account/currency/", {"account": "house", "currency": ""}).status_code
    assert "" == MerchantAccount.objects.get(pk=HOUSE_ID).currency


def test_operators_say_rates_one_by_one_or_by_file(client: Client) -> None:
    client.force_login(join(make_operator(), HOUSE_ID))
    assert 302 == client.post("/operator/rates/", {"currency": "eur", "price": RATE}).status_code
    lines = b"currency,valid_from,price\nEUR,2026-01-31T12:00:00Z,51000\nUSD,2026-01-31T12:00:00Z,61000\n"
    taken = client.post("/operator/rates/file/", {"file": SimpleUploadedFile("rates.csv", lines)}, follow=True)
    assert "The file is taken: 2 new." in taken.content.decode()
    prices = {" ".join(row.all("td")[-1].text.split()) for row in parse(taken.content).one("tbody").all("tr")}
    assert {"58,000.12 EUR", "51,000.00 EUR", "61,000.00 USD"} == prices


@pytest.mark.parametrize("price", ["-1", "0", "1e1000000", "NaN", "1_000", "\uff11\uff12", "0x10", "5,5", "9" * 5_000, " ", "5\u200b"])
def test_what_is_no_price_is_refused_in_words(client: Client, price: str) -> None:
    client.force_login(make_operator())
    answer = client.post("/operator/rates/", {"currency": "EUR", "price": price})
    assert (400, 0) == (answer.status_code, RateRecord.objects.count())


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a,b\n", b"currency,valid_from,price\nEUR,2026-01-31,=1\n"])
def test_a_file_that_is_none_is_refused_whole(client: Client, content: bytes) -> None:
    client.force_login(make_operator())
    answer = client.post("/operator/rates/file/", {"file": SimpleUploadedFile("rates.csv", content)})
    assert (400, 0) == (answer.status_code, RateRecord.objects.count())
    assert 400 == client.post("/operator/rates/file/", {}).status_code
