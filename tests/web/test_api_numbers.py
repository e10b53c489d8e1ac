"""Every number that a program may send, written in every way in which a number can be misread: a whole number of JSON or a refusal."""

from __future__ import annotations

import json
import time

import pytest

from payments.access.scopes import Scope
from payments.models import EngineCommand, IncomingInvoice, PaymentRecord
from tests.unit.services.wallet import fund, make_invoice
from tests.web.test_api import Program, Shop, problem

pytestmark = pytest.mark.django_db
WORST_S = 2
"""For all of them together: what takes long here takes minutes, such as a power of ten with a million noughts."""
NO_NUMBERS = [
    *(
        "-1",
        "0.5",
        "0.0005",
        "1.0",
        "1e3",
        "1E3",
        "1e1000000",
        "1E+999999",
        "-1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "1_000",
        "0x10",
        "+5",
    ),
    *("\u0665", "\uff15", "05", "5.", ".5", "5,5", str(2**63), str(2**64), "9" * 5_000, "-" + "9" * 5_000, "true", "false", "[]", "[5]"),
    *("{}", '{"$gt": 0}', '"5"', '" 5 "', '"5\u200b"', '"5,5"', '"\u0665"', '"1_000"', '"0x10"', '"1e3"', '""'),
]
FIELDS = [
    *(("invoices", field, "{}") for field in ("amount_msat", "expiry_s")),
    *(
        (path, field, json.dumps({"text": make_invoice(None)}))
        for path in ("preview", "payments")
        for field in ("amount_msat", "fee_limit_msat")
    ),
]


@pytest.fixture
def program() -> Program:
    fund(50_000_000)
    return Program(Shop("tea-house").key(*Scope))


def wish(rest: str, field: str, number: str) -> str:
    return f'{{"{field}": {number}{", " if rest != "{}" else ""}{rest[1:]}'


@pytest.mark.parametrize(("path", "field", "rest"), FIELDS, ids=lambda value: value if len(value) < 20 else "")
def test_a_number_is_whole_or_refused(program: Program, path: str, field: str, rest: str) -> None:
    began_s = time.process_time()
    answers = {number: program.post(path, body=wish(rest, field, number), name="order 7") for number in NO_NUMBERS}

    assert {} == {number: answer.content for number, answer in answers.items() if problem(answer) != (400, "request_malformed")}
    assert time.process_time() - began_s < WORST_S
    assert (0, 0, 0) == (IncomingInvoice.objects.count(), PaymentRecord.objects.count(), EngineCommand.objects.count())


@pytest.mark.parametrize(("path", "field", "rest"), FIELDS, ids=lambda value: value if len(value) < 20 else "")
def test_one_that_comes_twice_is_refused(program: Program, path: str, field: str, rest: str) -> None:
    body = wish(rest, field, f'5, "{field}": 5')

    assert (400, "request_malformed") == problem(program.post(path, body=body, name="order 7"))


def test_nothing_is_asked_for_by_asking_for_nothing(program: Program) -> None:
    assert (400, "request_malformed") == problem(program.post("invoices", {"amount_msat": 0}))
    assert (400, "request_malformed") == problem(program.post("invoices", body='{"amount_msat": -0}'))


@pytest.mark.parametrize("amount_msat", [1, 2**53 + 1, 2_100_000_000_000_000_000])
def test_a_whole_number_is_kept_to_the_last_digit(program: Program, amount_msat: int) -> None:
    assert amount_msat == program.post("invoices", {"amount_msat": amount_msat}).json()["amount_msat"]


@pytest.mark.parametrize("query", ["limit={}", "after={}"])
@pytest.mark.parametrize("number", ["-1", "0.5", "1e3", "NaN", "9" * 5_000, str(2**63), "0x10", "5,5", "[]", "true", "%00", "5%00"])
def test_a_number_in_an_address_is_whole_or_refused(program: Program, query: str, number: str) -> None:
    assert (400, "request_malformed") == problem(program.get(f"events?{query.format(number)}"))
