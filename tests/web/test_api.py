"""The API as a shop's program sees it: keys and scopes, problems with stable codes, one payment for one wish."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from payments.access.addresses import API
from payments.access.scopes import Scope
from payments.api.app import api
from payments.ledger.entries import funded_entry
from payments.models import AccountEvent, ApiKey, IncomingInvoice, MerchantAccount, PaymentRecord
from payments.queries.balances import balance
from payments.services.api_keys import create_key, find_key, revoke_key
from payments.services.book_entry import Booking, book_entry
from tests.unit.services.wallet import PREIMAGE, failed, fund, make_invoice, sent, tell

pytestmark = pytest.mark.django_db


class Shop:
    """An account with money, and its programs."""

    def __init__(self, slug: str, funds_msat: int = 5_000_000) -> None:
        self.account = MerchantAccount.objects.create(slug=slug, name=slug.title())
        self.owner = get_user_model().objects.create_user(f"owner-of-{slug}")
        if funds_msat:
            book_entry(Booking(entry=funded_entry(slug, account_id=self.account.pk, amount_msat=funds_msat)))

    def key(self, *scopes: Scope) -> str:
        return create_key(self.account.pk, name="till", scopes=frozenset(scopes or Scope), user_id=self.owner.pk)[1]


class Program:
    """Calls with a key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.client = Client(raise_request_exception=False)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {self.key}"})

    def post(self, path: str, wish: object = None, *, name: str | None = None, body: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"} | ({} if name is None else {"Idempotency-Key": name})
        data = json.dumps({} if wish is None else wish) if body is None else body
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json", headers=headers)


@pytest.fixture
def shop() -> Shop:
    fund(50_000_000)
    return Shop("tea-house")


@pytest.fixture
def program(shop: Shop) -> Program:
    return Program(shop.key())


def problem(response: Any) -> tuple[int, str]:
    assert "application/problem+json" == response["Content-Type"]
    body = response.json()
    assert {"type", "title", "status", "code", "detail"} == set(body)
    assert (response.status_code, f"urn:lnweb:problem:{body['code']}") == (body["status"], body["type"])
    return response.status_code, body["code"]


def test_what_it_describes_itself_as_is_public_and_complete() -> None:
    described = Client().get("/api/v1/openapi.json").json()

    assert "lnweb" == described["info"]["title"]
    assert {"/api/v1/payments", "/api/v1/invoices", "/api/v1/balance", "/api/v1/events"} <= set(described["paths"])


@pytest.mark.parametrize("key", ["", "lnw_", "lnw_00000000_" + "A" * 43, "Basic abc", "ü" * 50, "lnw_\u0660" + "0" * 7 + "_" + "A" * 43])
def test_without_a_key_that_opens_something_nothing_is_said(key: str) -> None:
    assert (401, "key_missing_or_unknown") == problem(Client().get("/api/v1/balance", headers={"Authorization": f"Bearer {key}"}))
    assert (401, "key_missing_or_unknown") == problem(Client().get("/api/v1/balance"))


def test_every_address_is_opened_by_the_scopes_of_the_table() -> None:
    found = {
        (method, path): operation.auth_callbacks[0].scopes
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert API == found


def test_a_key_is_kept_as_a_hash_and_its_use_is_noted(shop: Shop) -> None:
    key = shop.key()
    row = ApiKey.objects.get()
    assert key not in json.dumps({name: str(value) for name, value in vars(row).items()})
    assert row.last_used_at is None

    assert 200 == Program(key).get("balance").status_code
    row.refresh_from_db()
    assert row.last_used_at is not None


def test_a_revoked_key_opens_nothing(shop: Shop) -> None:
    key = shop.key()
    revoke_key(ApiKey.objects.get().pk, account_id=shop.account.pk)

    assert find_key(key) is None
    assert (401, "key_missing_or_unknown") == problem(Program(key).get("balance"))


def test_the_balance_is_the_accounts_own(program: Program) -> None:
    assert {"available_msat": 5_000_000, "held_msat": 0} == program.get("balance").json()


@pytest.mark.parametrize(
    ("scope", "opens"),
    [
        (Scope.READ, {"decode", "preview", "list", "payment", "invoices", "balance", "events"}),
        (Scope.INVOICE, {"create", "invoices"}),
        (Scope.PAY, {"decode", "preview", "pay", "payment"}),
    ],
)
def test_each_scope_opens_what_it_is_for(shop: Shop, scope: Scope, opens: set[str]) -> None:
    program, text = Program(shop.key(scope)), make_invoice()
    answers = {
        "decode": program.post("decode", {"text": text}),
        "preview": program.post("preview", {"text": text}),
        "pay": program.post("payments", {"text": text}, name="1"),
        "list": program.get("payments"),
        "payment": program.get("payments/" + "0" * 64),
        "create": program.post("invoices", {"amount_msat": 1}),
        "invoices": program.get("invoices"),
        "balance": program.get("balance"),
        "events": program.get("events"),
    }
    refused = {name for name, answer in answers.items() if answer.status_code == 403 and answer.json()["code"] == "scope_missing"}
    assert opens == set(answers) - refused
    assert not [answer.content for answer in answers.values() if answer.status_code >= 500]


def test_an_invoice_is_read_with_every_check(program: Program) -> None:
    read = program.post("decode", {"text": make_invoice(2_000)}).json()

    assert (2_000, "One coffee", "regtest") == (read["amount_msat"], read["description"], read["network"])
    assert (400, "not_an_invoice") == problem(program.post("decode", {"text": "nonsense"}))


def test_paying_needs_a_name_for_the_wish(program: Program) -> None:
    assert (400, "idempotency_key_missing") == problem(program.post("payments", {"text": make_invoice()}))
    for name in (" ", "é", "x" * 101):
        assert problem(program.post("payments", {"text": make_invoice()}, name=name))[0] == 400
    assert 0 == PaymentRecord.objects.count()


def test_the_same_wish_pays_once_and_is_answered_the_same_for_ever(program: Program, shop: Shop) -> None:
    wish = {"text": make_invoice()}
    first = program.post("payments", wish, name="order 7")
    assert (201, "checking", shop.account.pk) == (first.status_code, first.json()["status"], PaymentRecord.objects.get().account_id)

    tell(sent(first.json()["id"]))
    again = program.post("payments", wish, name="order 7")
    assert (201, first.content) == (again.status_code, again.content)
    assert "paid" == program.get(f"payments/{first.json()['id']}").json()["status"]
    assert PREIMAGE.hex() == program.get(f"payments/{first.json()['id']}").json()["payment_preimage"]
    assert 1 == PaymentRecord.objects.count()


def test_another_name_for_an_invoice_that_has_a_payment_is_told_which(program: Program) -> None:
    first = program.post("payments", {"text": make_invoice()}, name="order 7").json()["id"]

    answer = program.post("payments", {"text": make_invoice()}, name="order 8")
    assert (409, "invoice_has_a_payment", first) == (answer.status_code, answer.json()["code"], answer.json()["payment_id"])
    assert 1 == PaymentRecord.objects.count()


def test_the_same_name_for_another_wish_is_refused(program: Program) -> None:
    program.post("payments", {"text": make_invoice()}, name="order 7")

    other = make_invoice(2_000, preimage=b"\x08" * 32)
    assert (422, "idempotency_key_reused") == problem(program.post("payments", {"text": other}, name="order 7"))
    assert 1 == PaymentRecord.objects.count()


def test_another_accounts_names_are_its_own(program: Program) -> None:
    program.post("payments", {"text": make_invoice()}, name="order 7")
    other = Program(Shop("bakery").key())

    answer = other.post("payments", {"text": make_invoice(2_000, preimage=b"\x08" * 32)}, name="order 7")
    assert 201 == answer.status_code
    assert (409, "paid_by_another_account") == problem(other.post("payments", {"text": make_invoice()}, name="order 8"))


def test_a_refusal_is_no_answer_for_ever(shop: Shop, program: Program) -> None:
    wish = {"text": make_invoice(9_000_000)}
    assert (402, "balance_too_small") == problem(program.post("payments", wish, name="order 7"))
    book_entry(Booking(entry=funded_entry("more", account_id=shop.account.pk, amount_msat=9_000_000)))

    assert 201 == program.post("payments", wish, name="order 7").status_code


def test_what_belongs_to_others_is_as_missing_as_what_never_was(program: Program) -> None:
    own = program.post("payments", {"text": make_invoice()}, name="1").json()["id"]
    foreign = IncomingInvoice.objects.create(request_id="ab" * 16, account_id=1, expiry_s=60)
    stranger = Program(Shop("bakery").key())

    assert stranger.get(f"payments/{own}").content == stranger.get("payments/" + "0" * 64).content
    assert (404, "not_found") == problem(stranger.get(f"payments/{own}"))
    assert stranger.get(f"invoices/{foreign.pk}").content == stranger.get("invoices/" + "0" * 32).content
    assert (404, "unknown_invoice") == problem(stranger.post(f"invoices/{foreign.pk}/cancel"))


@pytest.mark.parametrize(
    "body", ["", "[]", "null", "{", '{"text": "a", "text": "b"}', '{"text": "a", "fee_limit": 1}', "\x00", '"lnbc"', "[" * 100_000]
)
def test_a_body_that_could_be_misread_is_refused(program: Program, body: str) -> None:
    assert (400, "request_malformed") == problem(program.post("decode", body=body))


def test_events_are_told_in_order_and_once(program: Program, shop: Shop) -> None:
    first = program.post("payments", {"text": make_invoice()}, name="1").json()["id"]
    tell(failed(first))
    second = program.post("payments", {"text": make_invoice()}, name="2").json()["id"]
    tell(sent(second))
    tell(sent(second))

    told = program.get("events").json()
    assert [("payment.failed", first), ("payment.paid", second)] == [(event["kind"], event["object"]["id"]) for event in told["events"]]
    assert {"events": [], "cursor": told["cursor"]} == program.get(f"events?after={told['cursor']}").json()
    assert [second] == [event["object"]["id"] for event in program.get(f"events?after={told['events'][0]['id']}").json()["events"]]
    assert {shop.account.pk} == set(AccountEvent.objects.values_list("account_id", flat=True))
    assert 5_000_000 - 1_001_100 == balance(shop.account.pk).available_msat


def test_lists_go_on_behind_the_last_one(program: Program) -> None:
    ids = [program.post("payments", {"text": make_invoice(1_000, preimage=bytes([n]) * 32)}, name=str(n)).json()["id"] for n in range(1, 6)]

    newest = program.get("payments?limit=2").json()["payments"]
    rest = program.get(f"payments?limit=100&before={newest[-1]['id']}").json()["payments"]
    assert list(reversed(ids)) == [payment["id"] for payment in [*newest, *rest]]
    assert (400, "request_malformed") == problem(program.get("payments?limit=101"))
    assert (400, "request_malformed") == problem(program.get("events?after=-1"))
