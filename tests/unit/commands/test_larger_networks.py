"""`--nodes` on the commands that can build a sandbox: what they say, and that the engine builds and keeps what was planned."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from payments.management.commands.demo import Command as Demo
from payments.models import GossipRecord, NodeRecord
from payments.nodes.engine import EngineHost
from payments.nodes.fault_wish import wish_fault
from payments.nodes.lease import Lease
from payments.nodes.network_plan import planned_network
from payments.queries.network import forget_network_graph, network_graph
from payments.sandbox.topology import Role
from tests.map_files import map_file
from tests.unit.commands.running import run

NODES = 60
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, settings: Any) -> None:
    settings.LNWEB_STATE_DIR = tmp_path
    forget_network_graph()


@pytest.fixture
def never_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's command ends where the engine would begin."""
    monkeypatch.setattr("payments.management.commands.run_node.run_engine", lambda **_wishes: None)


def started(*arguments: str) -> str:
    """What `run_node` says."""
    out = StringIO()
    call_command("run_node", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    """The sentence with which `run_node` refuses."""
    with pytest.raises(CommandError) as error:
        started(*arguments)
    return str(error.value)


@pytest.mark.usefixtures("never_running")
def test_the_engines_command_says_what_will_be_built(tmp_path: Path) -> None:
    said = started("--nodes", str(NODES), "--graph", str(map_file(tmp_path)))

    assert f"The sandbox will have {NODES} nodes and {len(planned_network().channels)} channels, laid out after the map." in said
    assert NODES == len(planned_network().nodes)


@pytest.mark.usefixtures("never_running")
def test_every_refusal_is_a_sentence(tmp_path: Path) -> None:
    graph = str(map_file(tmp_path))

    assert "A sandbox can have 25 to 500 nodes, not 24." == refusal("--nodes", "24", "--graph", graph)
    assert "A sandbox can have 25 to 500 nodes, not 501." == refusal("--nodes", "501")
    assert "The map is too small for a sandbox of 300 nodes: 130 is the most that can be laid out after it." == refusal(
        "--nodes", "300", "--graph", graph
    )
    assert "There is no map to lay the sandbox out after: name one with --graph, or run manage.py import_graph first." == refusal(
        "--nodes", "60"
    )
    assert refusal("--nodes", "60", "--graph", str(tmp_path / "none")).startswith("The file ")
    assert "--graph only says whose shape a new sandbox takes: add --nodes, how many nodes it shall have." == refusal("--graph", graph)


def test_the_demo_takes_the_same_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    command = Demo(stdout=out)
    monkeypatch.setattr("payments.management.commands.demo.call_command", lambda *_words, **_options: None)
    parsed = command.create_parser("manage.py", "demo").parse_args(["--nodes", str(NODES), "--graph", str(map_file(tmp_path))])
    command._prepare(vars(parsed))

    assert f"The sandbox will have {NODES} nodes" in out.getvalue()
    with pytest.raises(CommandError, match="A sandbox can have 25 to 500 nodes, not 7"):
        command._prepare({"nodes": 7, "graph": None})


def test_what_was_planned_is_built_kept_and_paid_across(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.management.commands.run_node.run_engine", lambda **_wishes: None)
    started("--nodes", str(NODES), "--graph", str(map_file(tmp_path)))
    told: list[tuple[str, int, int]] = []
    host = EngineHost(Lease(), tell=lambda *step: told.append(step))
    network = planned_network()

    assert [(step, number, len(network.channels)) for number, (step, _, _) in enumerate(told)] == told, "it says how far it is"
    assert NODES == NodeRecord.objects.count() == len(host._network.managers)
    assert NODES - 1 == network_graph().node_count == host._own.graph.node_count, "all but the shop that is on no map"
    assert GossipRecord.objects.filter(kind=GossipRecord.Kind.NODE_ANNOUNCEMENT).count() == NODES - 1

    assert NODES == len(EngineHost(Lease())._network.managers), "and after a restart"
    assert "has 60 nodes and stays as it was built: leave --nodes out, or set LNWEB_STATE_DIR to a new folder" in refusal("--nodes", "61")
    assert "ready" not in started("--nodes", str(NODES))
    made_up = next(plan.slug for plan in network.nodes if plan.role is Role.ROUTING and "-" in plan.slug and plan.slug != "relay-nine")
    assert made_up == wish_fault("x", "offline", node=made_up, settings={}).fault.node

    status, invoice, _ = run("sandbox_invoice", "aurora-coffee", "--amount-sat", "2500")
    assert 0 == status
    status, out, _ = run("pay_invoice", invoice.strip(), "--json")
    assert (0, "paid") == (status, json.loads(out)["status"])
    assert 0 == run("audit_ledger")[0]
