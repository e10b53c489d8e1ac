"""The commands with the real engine, which each of them runs for itself: a shop asks, we look, we pay, the books agree."""

from __future__ import annotations

import json

import pytest

from payments.queries.network import forget_network_graph
from tests.unit.commands.running import run


@pytest.mark.django_db(transaction=True)
def test_from_an_empty_database_to_a_paid_invoice() -> None:
    forget_network_graph()
    status, invoice, _ = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "2500", "--description", "Two coffees")
    assert 0 == status
    plan = json.loads(run("preview_route", invoice.strip(), "--json")[1])

    status, out, err = run("pay_invoice", invoice.strip(), "--json")

    payment = json.loads(out)
    assert (0, "", "paid", 2_500_000) == (status, err, payment["status"], payment["amount_msat"])
    assert plan["fee_msat"] == payment["fee_paid_msat"]
    sent = payment["attempts"][-1]["hops"]
    planned = [{name: hop[name] for name in sent[0]} for hop in plan["paths"][0]["hops"]]
    assert planned == sent, "what was previewed is what was sent"
    assert 0 == run("audit_ledger")[0]
    assert payment == json.loads(run("pay_invoice", invoice.strip(), "--json")[1]), "paying again is the same payment"

    too_much = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "90000000")[1].strip()
    assert 1 == run("pay_invoice", too_much)[0]
    assert 0 == run("audit_ledger")[0]


@pytest.mark.django_db(transaction=True)
def test_a_payment_of_yesterday_is_decided_once_more() -> None:
    forget_network_graph()
    invoice = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "2500")[1].strip()
    payment = json.loads(run("pay_invoice", invoice, "--json")[1])

    status, out, err = run("replay_payment", payment["payment_id"], "--json")

    replay = json.loads(out)
    assert (0, "", True, "The decision came out identical.") == (status, err, replay["is_identical"], replay["message"])
    (decision,) = replay["decisions"]
    assert payment["fee_paid_msat"] == decision["then"]["fee_msat"]
    assert payment["attempts"][0]["hops"] == decision["then"]["paths"][0]["hops"]
    words = run("replay_payment", payment["payment_id"])[1]
    assert "the answer is the same to the last millisatoshi" in words
    assert (1, "", "There is no payment with the id 00.\n") == run("replay_payment", "00")
