"""Every command through which something changes writes exactly one audit row, from the machine and account that ran it."""

from __future__ import annotations

import importlib
import io
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from payments.management.network_arguments import lay_out_network
from payments.models import AuditRecord, ChannelRecord, NodeRecord, PaymentRecord
from payments.queries.audit_chain import verify_chain
from payments.services.audited import COMMANDS, COMMANDS_THAT_ONLY_READ
from payments.services.seed_demo import fund_demo_shop, join_house, open_demo_shop, seed_demo
from tests.house.sources import ROOT
from tests.map_files import map_file
from tests.people import make_account
from tests.unit.commands.running import run
from tests.unit.services.wallet import RELAY, SHOP, fund, make_invoice

pytestmark = pytest.mark.django_db
CHANNEL_ID = "0c" * 32
FOLDER = ROOT / "payments" / "management" / "commands"
OURS = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
WAITING = [
    (module, name)
    for module in (importlib.import_module(f"payments.management.commands.{command}") for command in sorted(OURS))
    for name in ("prepare_sandbox", "wait_until")
    if hasattr(module, name)
]


@pytest.fixture(autouse=True)
def world(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Money, a shop and a channel; no engine, and nobody waits for one."""
    settings.LNWEB_STATE_DIR = tmp_path
    for module, name in WAITING:
        monkeypatch.setattr(module, name, lambda *_, **__: True)
    NodeRecord.objects.create(node_id=SHOP.hex(), name="Coffee", slug="coffee", role=NodeRecord.Role.SHOP)
    ChannelRecord.objects.create(
        channel_id=CHANNEL_ID,
        short_channel_id="100x1x0",
        counterparty=RELAY.hex(),
        capacity_sat=1_000_000,
        balance_msat=10_000_000,
        outbound_capacity_msat=0,
        next_outbound_htlc_limit_msat=0,
        next_outbound_htlc_minimum_msat=0,
        inbound_capacity_msat=0,
        is_usable=True,
    )
    fund()


def _plan(tmp_path: Path) -> None:
    NodeRecord.objects.all().delete()
    lay_out_network({"nodes": 40, "graph": map_file(tmp_path)}, say=lambda _: None)


def _new_demo_password(tmp_path: Path) -> None:
    get_user_model().objects.bulk_create([get_user_model()(username="demo", password="!", is_superuser=True, is_staff=True)])
    seed_demo()


def _demo_shop(_: Path) -> None:
    get_user_model().objects.bulk_create([get_user_model()(username="demo", password="!")])
    open_demo_shop()


def _demo_owner(_: Path) -> None:
    get_user_model().objects.bulk_create([get_user_model()(username="demo", password="!")])
    join_house()


def _demo_money(_: Path) -> None:
    make_account("demo-shop")
    fund_demo_shop()


def _rate(_tmp_path: Path) -> None:
    call_command("rates", "add", "EUR", "58000.12", stdout=io.StringIO())


def _rate_file(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("currency,valid_from,price\nEUR,2026-01-31T12:00:00Z,58000.12\n")
    call_command("rates", "import", str(file), stdout=io.StringIO())


def _superuser(_: Path) -> None:
    call_command("createsuperuser", "--noinput", "--username=root", "--email=", stdout=io.StringIO())


def _password(_: Path) -> None:
    get_user_model().objects.bulk_create([get_user_model()(username="root", password="!")])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.contrib.auth.management.commands.changepassword.getpass.getpass", lambda **_: "babbage-1822-engine")
        call_command("changepassword", "root", stdout=io.StringIO())


def _command(*arguments: str) -> Callable[[Path], object]:
    return lambda _: run(*arguments)


USES: dict[str, list[tuple[str, Callable[[Path], object]]]] = {
    "pay_invoice": [("payment begun", _command("pay_invoice", make_invoice()))],
    "sandbox_invoice": [("invoice asked for", _command("sandbox_invoice", "coffee"))],
    "sandbox_channel": [
        ("channel opened", _command("sandbox_channel", "open", "coffee")),
        ("channel closed", _command("sandbox_channel", "close", CHANNEL_ID)),
    ],
    "sandbox_fault": [
        ("fault set", _command("sandbox_fault", "offline", "canal")),
        ("faults cleared", _command("sandbox_fault", "--clear")),
        ("blocks advanced", _command("sandbox_fault", "--blocks", "6")),
    ],
    "import_graph": [("map imported", lambda tmp_path: run("import_graph", str(map_file(tmp_path))))],
    "demo": [
        ("user added", lambda _: seed_demo()),
        ("password changed", _new_demo_password),
        ("sandbox planned", _plan),
        ("account created", _demo_shop),
        ("member added", _demo_owner),
        ("account funded", _demo_money),
    ],
    "rates": [("rate added", _rate), ("rates imported", _rate_file)],
    "run_node": [("sandbox planned", _plan)],
    "createsuperuser": [("user added", _superuser)],
    "changepassword": [("password changed", _password)],
}


def test_every_command_of_ours_is_listed_once() -> None:
    assert set() == OURS - set(COMMANDS) - COMMANDS_THAT_ONLY_READ, "say in payments/services/audited.py what it writes"
    assert set() == set(COMMANDS) & COMMANDS_THAT_ONLY_READ


def test_every_change_that_is_listed_is_tried_here() -> None:
    assert {name: set(actions) for name, actions in COMMANDS.items()} == {
        name: {action for action, _ in uses} for name, uses in USES.items()
    }


@pytest.mark.parametrize(
    ("action", "use"), [use for uses in USES.values() for use in uses], ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_change_writes_exactly_one_row(tmp_path: Path, action: str, use: Callable[[Path], object]) -> None:
    before = AuditRecord.objects.count()
    use(tmp_path)
    rows = list(AuditRecord.objects.order_by("sequence")[before:])
    assert [action] == [row.action for row in rows]
    assert ("command line", socket.gethostname(), "") == (rows[0].actor, rows[0].came_from, rows[0].request_id)
    assert rows[0].actor_name
    assert "babbage" not in rows[0].before + rows[0].after + rows[0].user_agent
    assert None is verify_chain().damage


READING = {
    "audit_ledger": [],
    "decode_invoice": [make_invoice()],
    "export_audit_head": [],
    "preview_route": [make_invoice()],
    "sandbox_nodes": [],
    "scorer_stats": [],
    "verify_audit": [],
}


@pytest.mark.parametrize("name", READING)
def test_a_command_that_only_reads_writes_none(name: str) -> None:
    before = AuditRecord.objects.count(), PaymentRecord.objects.count()
    run(name, *READING[name])
    assert before == (AuditRecord.objects.count(), PaymentRecord.objects.count())
