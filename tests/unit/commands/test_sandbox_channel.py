"""`sandbox_channel` with the real engine: a channel is asked for, buried, used and closed."""

from __future__ import annotations

import json

import pytest

from payments.ledger.accounts import Account
from payments.models import LedgerPosting
from payments.queries.network import forget_network_graph
from tests.unit.commands.running import run


def ours(peer: str) -> list[dict]:
    return [channel for channel in json.loads(run("sandbox_channel", "list", "--json")[1])["channels"] if channel["peer"] == peer]


@pytest.mark.django_db(transaction=True)
def test_from_a_wish_to_a_channel_and_back() -> None:
    forget_network_graph()
    status, out, _ = run("sandbox_channel", "open", "ferry", "--capacity-sat", "500000", "--json")
    assert 0 == status
    run("sandbox_fault", "--blocks", "7")
    (opened,) = ours("ferry")
    assert (True, 500_000_000, "normal") == (opened["is_usable"], opened["balance_msat"], opened["state"])
    assert opened["short_channel_id"] in run("sandbox_channel", "list")[1]
    assert 0 == run("audit_ledger")[0]

    invoice = run("sandbox_invoice", "dune-data", "--amount-sat", "100")[1].strip()
    assert 0 == run("pay_invoice", invoice)[0]

    status, _, err = run("sandbox_channel", "close", opened["short_channel_id"])
    assert (0, "") == (status, err)
    status, out, _ = run("sandbox_channel", "close", opened["short_channel_id"], "--json")
    assert (1, "channel_not_in_use") == (status, json.loads(out)["error"])
    run("sandbox_fault", "--blocks", "8")
    (closed,) = ours("ferry")
    assert (False, 0) == (closed["is_usable"], closed["balance_msat"])
    assert closed["state"].startswith("closed")
    assert (0, "") == run("audit_ledger")[::2]
    on_chain_msat = LedgerPosting.objects.get(account=Account.ON_CHAIN).amount_msat
    assert 0 < on_chain_msat < 500_000_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("open", "nowhere"), "unknown_channel_peer"),
        (("open", "own"), "unknown_channel_peer"),
        (("open", "ferry", "--capacity-sat", "0"), "channel_wish_malformed"),
        (("open", "ferry", "--push-sat", "2000000"), "channel_wish_malformed"),
        (("close", "1x1x1"), "unknown_channel"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_queued(monkeypatch, arguments, code) -> None:
    from payments.models import NodeRecord

    monkeypatch.setattr("payments.management.commands.sandbox_channel.prepare_sandbox", lambda: None)
    NodeRecord.objects.create(node_id="02" * 33, name="The Ferry", slug="ferry", role=NodeRecord.Role.ROUTING)
    NodeRecord.objects.create(node_id="03" * 33, name="Ours", slug="own", role=NodeRecord.Role.OWN)
    status, out, _ = run("sandbox_channel", *arguments, "--json")

    assert (1, code) == (status, json.loads(out)["error"])
