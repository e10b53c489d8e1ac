"""`manage.py run_node` as it is started from a shell: what it cannot run with, it refuses in one sentence with status 1."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.engine import MANAGE

PUT_BACK = "The nodes' keys are made of it: put the file back from a backup, or set LNWEB_NODE_SECRET."


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


def manage(command: str, state_dir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command on an installation of its own, whatever database the tests run against."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LNWEB_")}
    environment = kept | {"LNWEB_STATE_DIR": str(state_dir), "DJANGO_SETTINGS_MODULE": "lnweb.settings", "DATABASE_URL": ""}
    environment |= variables
    words = [sys.executable, str(MANAGE), command, *arguments]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)


def refusal(state_dir: Path) -> str:
    """What the engine's process says as it refuses to start: one line."""
    answer = manage("run_node", state_dir)
    assert 1 == answer.returncode, answer
    assert "" == answer.stdout
    (line,) = answer.stderr.splitlines()
    return line.removeprefix("CommandError: ")


def test_a_database_without_tables_is_refused(state_dir):
    assert "The database is not prepared for this version: run `manage.py migrate` first." == refusal(state_dir)


def test_a_database_of_a_newer_version_is_refused(state_dir):
    assert 0 == manage("migrate", state_dir).returncode
    with sqlite3.connect(state_dir / "lnweb.sqlite3") as database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('payments', '9999_later', '2030-01-01')")
    database.close()

    assert "The database was made by a newer version (9999_later): start that one." == refusal(state_dir)


def test_a_file_that_is_no_database_is_refused(state_dir):
    (state_dir / "lnweb.sqlite3").write_bytes(b"no database " * 100)

    assert "The database cannot be read: file is not a database." == refusal(state_dir)


def test_an_empty_node_secret_is_refused(state_dir):
    (state_dir / "node_secret").write_text("\n")

    assert f"The secret in {state_dir / 'node_secret'} is empty. {PUT_BACK}" == refusal(state_dir)


def test_a_node_secret_that_cannot_be_read_is_refused(state_dir):
    (state_dir / "node_secret").write_bytes(b"\xff\xfe\xfd")

    assert f"The secret in {state_dir / 'node_secret'} cannot be read. {PUT_BACK}" == refusal(state_dir)


def test_a_node_secret_that_is_no_file_is_refused(state_dir):
    (state_dir / "node_secret").mkdir()

    assert f"The secret in {state_dir / 'node_secret'} cannot be read. {PUT_BACK}" == refusal(state_dir)


def test_a_state_folder_that_is_a_file_is_refused(state_dir):
    state_dir.rmdir()
    state_dir.write_text("")

    assert f"The state folder {state_dir} cannot be made (File exists): choose another in LNWEB_STATE_DIR." == refusal(state_dir)


def test_another_node_secret_than_the_databases_is_refused(state_dir):
    assert 0 == manage("migrate", state_dir).returncode
    assert 0 == manage("sandbox_nodes", state_dir).returncode
    (state_dir / "node_secret").write_text("another one")

    assert "The database belongs to another node secret: restore the state folder that was made with it." == refusal(state_dir)


def test_a_stored_value_that_cannot_be_read_is_refused(state_dir):
    assert 0 == manage("migrate", state_dir).returncode
    assert 0 == manage("sandbox_nodes", state_dir).returncode
    with sqlite3.connect(state_dir / "lnweb.sqlite3") as database:
        database.execute("UPDATE payments_enginestate SET value = x'80' WHERE namespace = 'channel'")
    database.close()

    assert "The stored state of the engine (channel) cannot be read by this version" in refusal(state_dir)
