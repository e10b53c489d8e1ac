"""Statements: for any history of the ledger they add up, month by month and to the msat, and say what each movement was."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.ledger.accounts import HOUSE_ID, Account
from payments.ledger.entries import (
    Entry,
    funded_entry,
    hold_entry,
    opening_entry,
    received_entry,
    release_entry,
    returned_entry,
    settle_entry,
    settle_inside_entry,
    withdrawn_entry,
)
from payments.lightning.ids import ChannelId, PaymentHash, PaymentId
from payments.models import LedgerEntry, LedgerPosting
from payments.queries import statement as months
from payments.queries.statement import Standing, next_month, opening_of, statement, statement_lines
from tests.people import make_account

pytestmark = pytest.mark.django_db
FIRST = date(2025, 11, 1)
MONTHS = [FIRST, date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
START = datetime(2025, 11, 1, tzinfo=UTC)
SECONDS = int((datetime(2026, 3, 1, tzinfo=UTC) - START).total_seconds())
TALES = st.lists(
    st.tuples(
        st.sampled_from(["paid", "inside", "failed", "received", "moved", "back", "returned", "held"]),
        st.integers(1, 10**15),
        st.integers(0, 10**9),
        st.tuples(st.integers(0, SECONDS - 1), st.integers(0, SECONDS - 1)).map(sorted),
        st.integers(0, 1),
    ),
    max_size=12,
)


def entries_of(number: int, tale: tuple, owners: list[int]) -> list[tuple[int, Entry]]:
    kind, amount_msat, fee_msat, (first, second), side = tale
    owner, other = owners[side], owners[1 - side]
    name, limit_msat = number.to_bytes(32, "big"), 2 * fee_msat
    hold = hold_entry(PaymentId(name), owner_id=owner, amount_msat=amount_msat, fee_limit_msat=limit_msat)
    held_msat = amount_msat + limit_msat
    paid = settle_entry(PaymentId(name), owner_id=owner, amount_msat=amount_msat, fee_paid_msat=fee_msat, held_msat=held_msat)
    match kind:
        case "paid":
            return [(first, hold), (second, paid)]
        case "inside":
            inside = settle_inside_entry(PaymentId(name), owner_id=owner, payee_id=other, amount_msat=amount_msat, held_msat=held_msat)
            return [(first, hold), (second, inside)]
        case "failed":
            return [(first, hold), (second, release_entry(PaymentId(name), owner_id=owner, held_msat=held_msat))]
        case "held":
            return [(first, hold)]
        case "received":
            return [(first, received_entry(PaymentHash(name), owner_id=owner, amount_msat=amount_msat))]
        case "returned":
            back = returned_entry(PaymentId(name), 1, owner_id=owner, amount_msat=amount_msat, fee_msat=fee_msat)
            return [(first, hold), (first, paid), (second, back)]
        case "moved":
            return [(first, funded_entry(name.hex(), account_id=owner, amount_msat=amount_msat))]
        case _:
            return [(first, withdrawn_entry(name.hex(), account_id=owner, amount_msat=amount_msat))]


def book(second: int, entry: Entry) -> None:
    row = LedgerEntry.objects.create(key=entry.key, kind=entry.kind, created_at=START + timedelta(seconds=second))
    LedgerPosting.objects.bulk_create(
        LedgerPosting(entry=row, owner_id=each.owner_id, account=each.account, amount_msat=each.amount_msat) for each in entry.postings
    )


def all_of(owner_id: int, account: Account) -> int:
    return sum(LedgerPosting.objects.filter(owner_id=owner_id, account=account).values_list("amount_msat", flat=True))


@settings(max_examples=60)
@given(tales=TALES, a_piece=st.integers(1, 4))
def test_every_month_of_any_history_adds_up(tales: list[tuple], a_piece: int) -> None:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(months, "_LINES_A_PIECE", a_piece)
        owners = [make_account("one").pk, make_account("two").pk]
        for number, tale in enumerate(tales):
            for second, entry in entries_of(number, tale, owners):
                book(second, entry)
        for owner_id in (*owners, HOUSE_ID):
            before, seen = Standing(), 0
            for month in MONTHS:
                shown = statement(owner_id, month, most_lines=10**6)
                assert before == shown.opening == opening_of(owner_id, month)
                assert shown.opening.total_msat + shown.amount_msat + shown.fee_msat == shown.closing.total_msat
                after = shown.opening
                for line in shown.lines:
                    assert line.amount_msat + line.fee_msat == line.available_change_msat + line.held_change_msat
                    after = Standing(
                        available_msat=after.available_msat + line.available_change_msat, held_msat=after.held_msat + line.held_change_msat
                    )
                    assert after == line.after
                assert (after, len(shown.lines)) == (shown.closing, shown.number)
                assert list(shown.lines) == sorted(shown.lines, key=lambda line: line.at)
                before, seen = shown.closing, seen + shown.number
            assert (all_of(owner_id, Account.AVAILABLE), all_of(owner_id, Account.HELD)) == (before.available_msat, before.held_msat)
            touched = LedgerPosting.objects.filter(owner_id=owner_id, account__in=("available", "held"))
            assert seen == touched.values("entry").distinct().count()
        transaction.set_rollback(True)


def test_a_movement_says_what_it_was() -> None:
    account = make_account("tea")
    book(0, funded_entry("x", account_id=account.pk, amount_msat=5_000))
    book(60, hold_entry(PaymentId(b"\1" * 32), owner_id=account.pk, amount_msat=1_000, fee_limit_msat=100))
    book(120, settle_entry(PaymentId(b"\1" * 32), owner_id=account.pk, amount_msat=1_000, fee_paid_msat=7, held_msat=1_100))
    [lines] = statement_lines(account.pk, FIRST)
    assert [("Put in", 5_000, 0), ("Set aside", 0, 0), ("Settled", -1_000, -7)] == [
        (each.kind, each.amount_msat, each.fee_msat) for each in lines
    ]
    assert [(5_000, 0), (3_900, 1_100), (3_993, 0)] == [(each.after.available_msat, each.after.held_msat) for each in lines]


def test_a_page_and_a_file_of_a_month(visitor: Client) -> None:
    book(5, opening_entry(ChannelId(b"\1" * 32), balance_msat=9_000_000))
    book(SECONDS - 1, hold_entry(PaymentId(b"\1" * 32), owner_id=HOUSE_ID, amount_msat=1_000_000, fee_limit_msat=0))
    page = visitor.get("/payments/statement/?month=2026-02").content.decode()
    assert page.count("9,000") >= 2
    answer = visitor.post("/payments/statement/export/", {"month": "2026-02"})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))  # type: ignore[attr-defined]
    assert [["opening balance", "9000000", "0"], ["Set aside", "8000000", "1000000"], ["closing balance", "8000000", "1000000"]] == [
        [row[1], *row[-2:]] for row in rows[1:]
    ]
    assert [len(rows[0])] * 4 == [len(row) for row in rows]
    assert b"Channel opened" in visitor.get("/payments/statement/?month=2025-11").content


@pytest.mark.parametrize(
    "month", ["", "2026", "2026-13", "2026-00", "1999-01", "2026-1", "\u0662026-01", "2026-01-01", "-1", "9" * 5_000, "2026-01\0"]
)
def test_what_is_no_month_is_said_to_be_none(visitor: Client, month: str) -> None:
    assert 400 == visitor.get("/payments/statement/", {"month": month}).status_code
    assert 400 == visitor.post("/payments/statement/export/", {"month": month}).status_code


def test_a_year_ends() -> None:
    assert [date(2025, 12, 1), date(2026, 1, 1)] == [next_month(FIRST), next_month(next_month(FIRST))]
