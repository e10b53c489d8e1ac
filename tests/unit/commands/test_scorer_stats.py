"""`scorer_stats` with the real engine: what a failed try and a paid one have taught."""

from __future__ import annotations

import json

import pytest

from payments.queries.network import forget_network_graph
from tests.unit.commands.running import run


@pytest.mark.django_db(transaction=True)
def test_from_nothing_known_to_a_feared_channel() -> None:
    forget_network_graph()
    run("sandbox_nodes")
    assert run("scorer_stats")[1].startswith("Nothing is known yet")

    assert 0 == run("sandbox_fault", "depleted", "harbour", "--peer", "aurora-coffee")[0]
    invoice = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "25000")[1].strip()
    assert 0 == run("pay_invoice", invoice)[0]
    again = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "25000")[1].strip()

    stats = json.loads(run("scorer_stats", "--amount-sat", "25000", "--json")[1])
    feared = stats["most_feared"][0]
    assert ("Harbour", "Aurora Coffee", 0.0) == (feared["source"], feared["target"], feared["chance"])
    assert feared["max_msat"] < 25_000_000 < feared["capacity_msat"]
    assert stats["calibration"]["carried"] < stats["calibration"]["count"]
    words = run("scorer_stats", "--amount-sat", "25000", "--feared", "1")[1]
    assert all(word in words for word in ("Known: ", "Most feared for 25,000 sat:", "Harbour", "Brier score"))

    plan = json.loads(run("preview_route", again, "--json")[1])
    hops = plan["paths"][0]["hops"]
    assert feared["short_channel_id"] not in [hop["short_channel_id"] for hop in hops], "the preview fears it too"
