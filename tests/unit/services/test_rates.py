"""Rates: said, kept with each payment, shown, and never guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from payments.models import MerchantAccount, PaymentRecord, RateRecord
from payments.queries.rates import in_currency, rate_at
from payments.services.pay_invoice import pay_invoice
from payments.services.rate_errors import RateFileMalformed, RateMalformed
from payments.services.rates import add_rate, import_rates
from tests.unit.services.wallet import ID, fund, make_invoice, refused

pytestmark = pytest.mark.django_db
HEADER = "currency,valid_from,price\n"


def test_the_newest_rate_of_the_currency_counts() -> None:
    now = timezone.now()
    add_rate("EUR", "50000", valid_from=now - timedelta(hours=2))
    add_rate("EUR", "58000.12", valid_from=now - timedelta(hours=1))
    add_rate("USD", "61000", valid_from=now)

    rate = rate_at("EUR", now)
    assert rate is not None
    assert ("58,000.12", "EUR", "manual") == (rate.price, rate.currency, rate.source)
    assert "5.80 EUR" == in_currency(10_000_000, rate)


def test_a_rate_that_is_too_old_or_of_the_future_or_another_currency_is_no_rate(settings) -> None:
    now = timezone.now()
    settings.LNWEB_RATE_VALID_S = 3_600
    add_rate("EUR", "50000", valid_from=now - timedelta(seconds=3_600))
    add_rate("EUR", "50000", valid_from=now + timedelta(seconds=1))

    assert [None, None, None] == [rate_at("EUR", now), rate_at("USD", now), rate_at("", now)]


@pytest.mark.parametrize(
    ("currency", "price"), [("eur", "1"), ("EURO", "1"), ("EUR", "0"), ("EUR", "1e3"), ("JPY", "1.5"), ("EUR", "-1"), ("EUR", "")]
)
def test_what_is_no_rate_is_refused(currency: str, price: str) -> None:
    refused(RateMalformed, add_rate, currency, price, valid_from=timezone.now())
    assert 0 == RateRecord.objects.count()


def test_a_file_is_taken_once() -> None:
    text = HEADER + "EUR,2026-01-31T12:00:00Z,58000.12\nUSD,2026-01-31T12:00:00+01:00,61000\n\n"

    assert [2, 0] == [import_rates(text, name="rates.csv"), import_rates("\ufeff" + text, name="rates.csv")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("a,b,c\n", 1),
        (HEADER + "EUR,2026-01-31T12:00:00Z,1\nEUR,tomorrow,1\n", 3),
        (HEADER + "EUR,1\n", 2),
        (HEADER + "EUR,2026-01-31,=1\n", 2),
    ],
)
def test_a_file_that_is_none_is_not_taken_at_all(text: str, line: int) -> None:
    assert line == refused(RateFileMalformed, import_rates, text, name="x").line
    assert 0 == RateRecord.objects.count()


def test_a_payment_keeps_the_rate_of_its_moment() -> None:
    fund()
    MerchantAccount.objects.filter(pk=1).update(currency="EUR")
    add_rate("EUR", "50000", valid_from=timezone.now())
    pay_invoice(make_invoice(), payment_id=ID)
    add_rate("EUR", "60000", valid_from=timezone.now())

    kept = PaymentRecord.objects.get(pk=ID).rate
    assert kept is not None
    assert 5_000_000 == kept.minor_units_per_btc
