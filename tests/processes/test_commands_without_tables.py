"""Every command on a database that is not as this version wants it: one sentence that says what to do, and no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import load_command_class

from payments.management import commands
from payments.management.answer_command import DATABASE_NOT_READY
from tests.processes.test_refusals import manage

PREPARES_IT_ITSELF = {"demo"}
NEEDS_NO_DATABASE = {"bench_routes", "decode_invoice", "verify_receipt"}
NOT_PREPARED = "The database is not prepared for this version: run `manage.py migrate` first."
NO_DATABASE = "The database cannot be read: file is not a database."
COMMANDS = sorted(path.stem for path in Path(str(commands.__path__[0])).glob("*.py") if path.stem != "__init__")
READERS = sorted(set(COMMANDS) - PREPARES_IT_ITSELF - NEEDS_NO_DATABASE)


def arguments(command: str) -> list[str]:
    """Something in every place that must not be empty."""
    places = load_command_class("payments", command).create_parser("manage.py", command)._get_positional_actions()
    return [next(iter(place.choices), "") if place.choices else "lnbcrt1" for place in places]


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


def test_every_command_is_looked_at():
    assert {"audit_ledger", "pay_invoice", "run_node", "sandbox_nodes"} <= set(READERS)


@pytest.mark.parametrize("command", READERS)
def test_a_database_without_tables_is_said_in_a_sentence(state_dir, command):
    answer = manage(command, state_dir, *arguments(command))

    assert (1, "") == (answer.returncode, answer.stdout)
    assert [NOT_PREPARED] == [line.removeprefix("CommandError: ") for line in answer.stderr.splitlines()]


def test_programs_read_it_as_json(state_dir):
    (state_dir / "lnweb.sqlite3").write_bytes(b"no database " * 100)
    answer = manage("sandbox_nodes", state_dir, "--json")

    assert (1, [NO_DATABASE]) == (answer.returncode, answer.stderr.splitlines())
    assert {"error": DATABASE_NOT_READY, "message": NO_DATABASE} == json.loads(answer.stdout)


@pytest.mark.parametrize("command", sorted(NEEDS_NO_DATABASE))
def test_what_needs_no_database_answers_without_one(state_dir, command):
    answer = manage(command, state_dir, *arguments(command))

    assert "Traceback" not in answer.stderr
    assert "database" not in answer.stderr
