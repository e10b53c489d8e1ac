"""The history on real rows: what is found, what hostile addresses get, and what the file says."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from payments.ledger.accounts import HOUSE_ID
from payments.models import AuditRecord, IncomingInvoice, NodeRecord, PaymentRecord, RateRecord, SavedFilter
from payments.queries import history as pieces
from payments.queries.history import history_page, history_rows
from payments.queries.history_filter import Direction, HistoryFilter, Standing
from tests.people import join, make_account, make_user
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
SHOP, OTHER = "02" + "a" * 64, "03" + "b" * 64


def payment(number: int, **fields: Any) -> PaymentRecord:
    made = {
        "payment_id": f"{number:064x}",
        "account_id": HOUSE_ID,
        "payment_hash": f"{number + 0xABC000:064x}",
        "payee": SHOP,
        "amount_msat": number * 1_000,
        "fee_limit_msat": 0,
        "status": "failed",
        "created_at": NOON - timedelta(minutes=number),
        "expires_at": NOON,
    }
    return PaymentRecord.objects.create(**{**made, **fields})


def invoice(number: int, **fields: Any) -> IncomingInvoice:
    made = {
        "request_id": f"{number:032x}",
        "account_id": HOUSE_ID,
        "amount_msat": number * 1_000,
        "expiry_s": 600,
        "state": "open",
        "invoice": "lnbcrt1",
        "payment_hash": f"{number + 0xDEF000:064x}",
        "expires_at": timezone.now() + timedelta(hours=1),
        "created_at": NOON - timedelta(minutes=number),
    }
    return IncomingInvoice.objects.create(**{**made, **fields})


def found(**wanted: Any) -> list[int]:
    return [int(row.id, 16) for row in history_page(HOUSE_ID, HistoryFilter(**wanted)).rows]


def test_both_kinds_stand_in_one_list_by_time_and_no_other_accounts() -> None:
    other = make_account("other")
    for number in (1, 3):
        payment(number)
    for number in (2, 4):
        invoice(number)
    payment(9, account_id=other.pk)
    invoice(8, account_id=other.pk)
    assert [1, 2, 3, 4] == found()
    assert ([1, 3], [2, 4]) == (found(direction=Direction.OUT), found(direction=Direction.IN))


def test_each_condition_finds_what_fits_it() -> None:
    NodeRecord.objects.create(node_id=OTHER, name="Bean There", slug="bean", role="shop")
    ada = make_user("ada")
    payment(1, description="Flat white", created_by=ada)
    payment(2, payee=OTHER, status="checking")
    invoice(3, description="A FLAT tyre")
    invoice(4, expires_at=NOON)
    invoice(5, state="paid", received_msat=77_000, amount_msat=None, created_by=ada)
    invoice(6, state="cancelled", created_at=NOON - timedelta(days=3))
    assert [1, 3] == found(text="flat")
    assert [2] == found(text="bean")
    assert [1] == found(text=f"{1 + 0xABC000:064x}") == found(text=f"{1:064x}")
    assert [3] == found(text=f"{3 + 0xDEF000:064x}".upper()) == found(text=f"{3:032x}")
    assert [2] == found(text=OTHER[:9])
    assert [] == found(text="%") == found(text="_")
    assert [1, 5] == found(who="AD")
    assert [5] == found(least_msat=7_000)
    assert [1, 2] == found(most_msat=2_000)
    standings = {each: found(standing=each) for each in Standing}
    assert {"paid": [5], "under_way": [2], "failed": [1], "open": [3], "expired": [4], "cancelled": [6], "refused": []} == standings
    day = NOON.date()
    assert [6] == found(until=day - timedelta(days=1))
    assert [1, 2, 3, 4, 5] == found(since=day, until=day)


def test_all_that_fits_comes_in_pieces_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_ROWS_A_PIECE", 3)
    for number in range(5):
        payment(number + 1, created_at=NOON)
        invoice(number + 1, created_at=NOON - timedelta(minutes=number % 2))
    all_pieces = list(history_rows(HOUSE_ID))
    assert [3, 3, 3, 1] == [len(piece) for piece in all_pieces]
    ids = [row.id for piece in all_pieces for row in piece]
    assert (10, [row.id for row in history_page(HOUSE_ID).rows]) == (len(set(ids)), ids)


HOSTILE = [
    *("_connector=OR", "_negated=1", "user__password__startswith=p", "order_by=a.b", "limit=-1", "offset=9223372036854775808"),
    *(
        "account_id=2",
        "account=2",
        "page=-1",
        "page=1e1000000",
        "page[]=1",
        "created_by__password__startswith=p",
        "q__regex=.*",
        "format=json",
    ),
]
NUMBERS = [
    "-1",
    "-0",
    "0.0005",
    "1e3",
    "1e1000000",
    "1E+999999",
    "NaN",
    "Infinity",
    "1_000",
    "%EF%BC%91",
    "%D9%A3",
    "0x10",
    "5%E2%80%8B",
    "5,5",
]
NUMBERS += ["9223372036854775808", "18446744073709551616", "9" * 5_000, "+5", " 5 ", "[]", "{}", "null", "true"]
MALFORMED = [
    *(f"{field}={number}" for field in ("least", "most") for number in NUMBERS),
    *("since=2026-02-30", "since=yesterday", "until=0000-00-00", "until=%D9%A22026-01-01", "status=any", "status=paid'--", "type=all"),
    *("q=a%00b", "who=%00", "q=" + "x" * 101, "who=" + "%F0%9F%98%80" * 101),
]


@pytest.mark.parametrize("query", HOSTILE)
def test_what_an_address_says_beyond_the_fields_is_not_looked_at(visitor: Client, query: str) -> None:
    payment(1)
    payment(2, account_id=make_account("other").pk)
    answer = visitor.get(f"/payments/?{query}")
    assert (200, 1) == (answer.status_code, len(parse(answer.content).one("tbody").all("tr")))


@pytest.mark.parametrize("query", MALFORMED)
def test_what_is_no_answer_to_a_field_finds_nothing(visitor: Client, query: str) -> None:
    payment(1)
    answer = visitor.get(f"/payments/?{query}")
    assert (400, []) == (answer.status_code, parse(answer.content).all("tbody"))
    assert 400 == visitor.post(f"/payments/export/?{query}").status_code
    assert 0 == AuditRecord.objects.filter(action="history exported").count()


@pytest.mark.parametrize(
    "query",
    [
        "least=0",
        "most=" + "9" * 15,
        "until=9999-12-31",
        "since=0001-01-01",
        "q=%25",
        "q='%20OR%201=1--",
        "q=%FF%FE",
        "q=%ED%A0%80",
        "who=%5C",
    ],
)
def test_the_strange_and_possible_is_looked_for(visitor: Client, query: str) -> None:
    assert 200 == visitor.get(f"/payments/?{query}").status_code


def test_a_search_is_kept_used_and_forgotten_by_its_owner_alone(visitor: Client) -> None:
    payment(1, description="Tea & cake")
    assert 302 == visitor.post("/payments/searches/?q=Tea+%26+cake&evil=1&type=out", {"name": "Tea"}).status_code
    assert [("Tea", "q=Tea+%26+cake&type=out")] == list(SavedFilter.objects.values_list("name", "query"))
    link = parse(visitor.get("/payments/").content).one("ul", class_="kept").one("a").attributes["href"]
    assert 1 == len(parse(visitor.get(link).content).one("tbody").all("tr"))
    stranger = Client()
    stranger.force_login(join(make_user("bob")))
    assert "kept" not in stranger.get("/payments/").content.decode()
    stranger.post("/payments/searches/forget/", {"name": "Tea"})
    assert 1 == SavedFilter.objects.count()
    visitor.post("/payments/searches/forget/", {"name": "Tea"})
    assert 0 == SavedFilter.objects.count()


@pytest.mark.parametrize(
    ("query", "name"),
    [("", "All"), ("q=x", ""), ("q=x", "n" * 41), ("q=x", "a\u202eb"), ("q=x", "\0"), ("least=-1", "x"), ("q=" + "%F0%9F%98%80" * 90, "x")],
)
def test_what_cannot_be_kept_is_refused_in_words(visitor: Client, query: str, name: str) -> None:
    answer = visitor.post(f"/payments/searches/?{query}", {"name": name})
    assert (400, 0) == (answer.status_code, SavedFilter.objects.count())


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.post(f"/payments/export/?{query}")
    assert (200, "attachment") == (answer.status_code, answer["Content-Disposition"].partition(";")[0])
    assert answer.streaming
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))  # type: ignore[attr-defined]


def test_the_file_has_what_the_search_found(visitor: Client) -> None:
    rate = RateRecord.objects.create(currency="EUR", minor_units_per_btc=5_800_012, valid_from=NOON, source="manual")
    paid = {"status": "paid", "payment_preimage": "ab" * 32, "fee_paid_msat": 1_062, "rate": rate}
    payment(2_500, description="Tea, green", created_by=make_user("bob"), **paid)
    invoice(7, amount_msat=None)
    first, second = rows_of(visitor)[::-1]
    assert "2,500" not in str(first)
    assert {
        "time UTC": "2026-01-13T18:20:00Z",
        "type": "payment",
        "id": f"{2_500:064x}",
        "status": "paid",
        "counterparty": SHOP,
        "by": "bob",
        "description": "Tea, green",
        "amount msat": "2500000",
        "amount sat": "2500",
        "fee msat": "1062",
        "currency": "EUR",
        "rate": "58000.12",
        "worth": "1.45",
        "payment hash": f"{2_500 + 0xABC000:064x}",
        "preimage": "ab" * 32,
    } == first
    assert ("invoice", "open", "", "", "") == tuple(second[name] for name in ("type", "status", "amount msat", "amount sat", "worth"))
    assert [f"{7:032x}"] == [row["id"] for row in rows_of(visitor, "type=in&evil=1")]
    noted = AuditRecord.objects.filter(action="history exported").order_by("sequence")
    assert ['{"search":""}', '{"search":"type=in"}'] == list(noted.values_list("after", flat=True))


def test_a_file_is_written_while_it_is_read(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_ROWS_A_PIECE", 2)
    for number in range(1, 6):
        payment(number)
    answer = visitor.post("/payments/export/")
    assert [1, 2, 2, 1] == [piece.count(b"\r\n") for piece in answer.streaming_content]  # type: ignore[attr-defined]
