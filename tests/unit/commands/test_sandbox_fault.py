"""`sandbox_fault` with the real engine, which it runs for itself: what is asked for is on, listed, and gone again."""

from __future__ import annotations

import json

import pytest

from payments.models import EngineCommand
from payments.nodes.fault_wish import fault_names
from payments.queries.network import forget_network_graph
from tests.unit.commands.running import run


@pytest.mark.django_db(transaction=True)
def test_from_a_fault_to_the_payment_that_meets_it_and_back() -> None:
    forget_network_graph()
    status, out, _ = run("sandbox_fault", "refuse", "aurora-coffee", "--json")
    assert 0 == status
    [fault] = json.loads(out)["on"]
    assert ("refuse", "aurora-coffee", "Aurora Coffee gives back what it is paid.") == (fault["name"], fault["node"], fault["sentence"])

    invoice = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "100")[1].strip()
    status, out, _ = run("pay_invoice", invoice, "--json")
    payment = json.loads(out)
    assert (1, "recipient_rejected") == (status, payment["reason"])
    assert "incorrect_or_unknown_payment_details" == payment["attempts"][0]["failure_code"]

    height = json.loads(run("sandbox_fault", "--blocks", "3", "--json")[1])["height"]
    status, out, _ = run("sandbox_fault", "hold", "ferry", "--hold-ms", "never", "--clear", "--blocks", "2", "--json")
    answer = json.loads(out)
    assert (0, height + 2, "hold", None) == (status, answer["height"], answer["on"][0]["name"], answer["on"][0]["settings"]["hold_ms"])
    assert "The Ferry keeps payments until they run out.\n" == run("sandbox_fault", "--list")[1].split("\nFaults")[0]

    assert "Nothing goes wrong on purpose.\n" == run("sandbox_fault", "--clear")[1]
    invoice = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "100")[1].strip()
    assert 0 == run("pay_invoice", invoice)[0]
    assert 0 == run("audit_ledger")[0]


@pytest.mark.django_db
class TestRefusals:
    """What cannot be is refused before anything is queued."""

    @pytest.fixture(autouse=True)
    def _sandbox_is_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("payments.management.commands.sandbox_fault.prepare_sandbox", lambda: None)

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            ((), "nothing_asked"),
            (("hold",), "node_missing"),
            (("melt", "ferry"), "unknown_fault"),
            (("hold", "no-such-node"), "unknown_node"),
            (("hold", "own"), "own_node_untouched"),
            (("depleted", "harbour", "--peer", "own"), "own_node_untouched"),
            (("depleted", "harbour"), "fault_malformed"),
            (("depleted", "harbour", "--peer", "farpoint"), "no_such_channel"),
            (("hold", "ferry", "--hold-ms", "-1"), "fault_malformed"),
            (("hold", "ferry", "--hold-ms", "soon"), "fault_malformed"),
            (("offline", "ferry", "--peer", "quarry"), "fault_malformed"),
            (("expire", "aurora-coffee", "--expiry-s", "0"), "fault_malformed"),
            (("personality", "ferry", "--kind", "toaster"), "fault_malformed"),
            (("--blocks", "0"), "blocks_out_of_range"),
            (("--blocks", "2017"), "blocks_out_of_range"),
        ],
    )
    def test_it_says_why(self, arguments: tuple[str, ...], code: str) -> None:
        status, out, err = run("sandbox_fault", *arguments, "--json")
        assert (1, code) == (status, json.loads(out)["error"])
        assert err.strip().endswith(".")
        assert 0 == EngineCommand.objects.count()

    def test_the_list_names_every_fault_and_its_options(self) -> None:
        listed = json.loads(run("sandbox_fault", "--list", "--json")[1])["faults"]
        assert fault_names().keys() == listed.keys()
        assert ["peer", "is_told"] == listed["disabled"]
        assert "--fee-base-msat --fee-ppm" in run("sandbox_fault", "--list")[1]
