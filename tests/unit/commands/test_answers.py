"""The commands without an engine: what they print, where, and with which status they end."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError

import pytest

from payments.management.answer_command import sat
from payments.management.commands import pay_invoice as pay_command
from payments.management.commands import preview_route as preview_command
from payments.management.commands import sandbox_invoice as invoice_command
from payments.management.commands import sandbox_nodes as nodes_command
from payments.models import AccountBalance, ChannelRecord, EngineCommand, InvoiceRequest, PaymentRecord
from payments.services.record_event import handle_pending_events
from tests.unit.commands.running import run
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import ID, PREIMAGE, SHOP, failed, hash_of, make_invoice, path_failed, sent, started, store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_engine(monkeypatch):
    """A wallet with money; nobody runs the engine, a test tells what it would have told."""
    build()
    for command in (pay_command, preview_command, invoice_command, nodes_command):
        monkeypatch.setattr(command, "prepare_sandbox", lambda: None)


def test_an_invoice_is_decoded_to_json() -> None:
    status, out, err = run("decode_invoice", make_invoice(created_at_s=1_700_000_000), "--json")
    fields = json.loads(out)
    assert (0, "") == (status, err)
    assert {
        "payment_hash": hash_of(PREIMAGE).hex(),
        "payment_secret": "05" * 32,
        "amount_msat": 1_000_000,
        "payee": SHOP.hex(),
        "description": "One coffee",
        "expiry_s": 3_600,
        "min_final_cltv_expiry_delta": 18,
        "features": ["var_onion_optin", "payment_secret"],
        "route_hints": [],
        "network": "regtest",
    }.items() <= fields.items()


def test_an_open_amount_is_null_in_json_and_words_for_people() -> None:
    assert json.loads(run("decode_invoice", make_invoice(None), "--json")[1])["amount_msat"] is None
    assert "Amount: the payer chooses" in run("decode_invoice", make_invoice(None))[1]


def test_a_refusal_is_a_sentence_on_standard_error_and_status_one() -> None:
    sentence = "The check digits do not match: part of the invoice is missing or mistyped. Copy the whole invoice again."
    invoice = make_invoice()
    broken = invoice[:-1] + ("p" if invoice[-1] == "q" else "q")
    assert (1, "", sentence + "\n") == run("decode_invoice", broken)
    status, out, err = run("decode_invoice", broken, "--json")
    assert (1, {"error": "checksum_mismatch", "message": sentence}, sentence + "\n") == (status, json.loads(out), err)


def test_a_route_is_previewed() -> None:
    status, out, _ = run("preview_route", make_invoice(), "--json")
    plan = json.loads(out)
    assert (0, 1_100) == (status, plan["fee_msat"])
    (path,) = plan["paths"]
    assert {"node_id", "short_channel_id", "amount_msat", "fee_msat", "cltv_expiry_delta"} <= path["hops"][0].keys()
    assert plan["total_cltv_expiry_delta"] == sum(hop["cltv_expiry_delta"] for hop in path["hops"])
    assert "1,000 sat, for a fee of 1.100 sat" in run("preview_route", make_invoice())[1]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((make_invoice(None),), "amount_missing"),
        ((make_invoice(), "--max-fee-sat", "0"), "route_not_found"),
        ((make_invoice(), "--amount-sat", "5"), "amount_differs"),
        ((make_invoice(created_at_s=1_700_000_000),), "invoice_expired"),
    ],
)
def test_a_preview_that_is_none_says_why(arguments: tuple[str, ...], code: str) -> None:
    status, out, _ = run("preview_route", *arguments, "--json")
    assert (1, code) == (status, json.loads(out)["error"])


def engine_tells(monkeypatch, *events: object) -> None:
    def wait_until(condition, *, timeout_s: int) -> bool:
        assert timeout_s > 0
        store(*events)
        handle_pending_events()
        return condition()

    monkeypatch.setattr(pay_command, "wait_until", wait_until)
    monkeypatch.setattr(pay_command.secrets, "token_hex", lambda _length: ID)


def test_a_paid_invoice_ends_with_status_zero_and_the_proof(monkeypatch) -> None:
    engine_tells(monkeypatch, started(), path_failed(), started(number=2), sent())
    status, out, err = run("pay_invoice", make_invoice(), "--json")
    payment = json.loads(out)
    assert (0, "", "paid", None) == (status, err, payment["status"], payment["reason"])
    assert (ID, 1_000_000, 1_100, PREIMAGE.hex()) == tuple(
        payment[name] for name in ("payment_id", "amount_msat", "fee_paid_msat", "payment_preimage")
    )
    assert [(1, "failed", "temporary_channel_failure"), (2, "succeeded", None)] == [
        (attempt["number"], attempt["state"], attempt["failure_code"]) for attempt in payment["attempts"]
    ]


def test_a_failed_payment_ends_with_status_one_and_says_where_the_money_is(monkeypatch) -> None:
    engine_tells(monkeypatch, started(), path_failed(), failed())
    status, out, err = run("pay_invoice", make_invoice())
    assert (1, "") == (status, out)
    assert err.startswith("No money left your account. Several routes were tried")


def test_a_payment_without_an_answer_yet_is_no_success(monkeypatch) -> None:
    engine_tells(monkeypatch, started())
    status, out, _ = run("pay_invoice", make_invoice(), "--json")
    assert (1, "sending") == (status, json.loads(out)["status"])


def test_too_little_money_is_refused_before_anything_is_written() -> None:
    status, _, err = run("pay_invoice", make_invoice(20_000_000))
    assert 1 == status
    assert err.startswith("There is not enough money")
    assert 0 == PaymentRecord.objects.count()


def test_a_shops_invoice_is_printed_alone(monkeypatch) -> None:
    made = make_invoice()

    def wait_until(condition, *, timeout_s: int) -> bool:
        InvoiceRequest.objects.update(state="made", invoice=made)
        return condition()

    monkeypatch.setattr(invoice_command, "wait_until", wait_until)
    status, out, err = run("sandbox_invoice", "coffee", "--amount-sat", "1000", "--description", "Tea")
    assert (0, f"{made}\n", "") == (status, out, err)
    assert (1_000_000, "Tea", 3_600) == InvoiceRequest.objects.values_list("amount_msat", "description", "expiry_s").get()


def test_a_shop_that_is_not_there_is_refused() -> None:
    status, out, _ = run("sandbox_invoice", "no-such-shop", "--json")
    assert (1, "unknown_shop", 0) == (status, json.loads(out)["error"], EngineCommand.objects.count())


def test_a_shop_that_does_not_answer_is_no_success(monkeypatch) -> None:
    monkeypatch.setattr(invoice_command, "wait_until", lambda _condition, *, timeout_s: False)
    status, out, _ = run("sandbox_invoice", "coffee", "--json")
    assert (1, "invoice_not_made") == (status, json.loads(out)["error"])


def test_nodes_are_listed_with_the_names_that_commands_take() -> None:
    nodes = json.loads(run("sandbox_nodes", "--json")[1])
    assert ["own", "relay", "coffee"] == [node["slug"] for node in nodes]
    assert SHOP.hex() in run("sandbox_nodes")[1]


def test_the_audit_is_silent_when_all_agrees_and_loud_when_not() -> None:
    assert (0, "") == (run("audit_ledger")[0], run("audit_ledger")[2])
    ChannelRecord.objects.update(balance_msat=5)
    AccountBalance.objects.filter(account="held").update(balance_msat=1)
    status, out, err = run("audit_ledger")
    assert (1, "") == (status, out)
    assert "the channels say 5 msat" in err
    assert 1 == run("audit_ledger", "--json")[0]


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "+1", "", "٣", "1_000", " 1", "9" * 17])
def test_an_amount_is_digits_and_nothing_else(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        sat(text)
