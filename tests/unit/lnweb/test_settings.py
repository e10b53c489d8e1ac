from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

PROGRAM = "import json, sys; from lnweb import settings; print(json.dumps(eval(sys.argv[1]), default=str))"


def start(tmp_path, expression, **variables):
    """A fresh interpreter that reads the settings under these variables alone and prints one expression of them."""
    environment = {"PATH": os.environ["PATH"], "LNWEB_STATE_DIR": str(tmp_path / "state")} | variables
    return subprocess.run([sys.executable, "-c", PROGRAM, expression], env=environment, capture_output=True, text=True, check=False)


def read(tmp_path, expression, **variables):
    answer = start(tmp_path, expression, **variables)
    assert "" == answer.stderr
    return json.loads(answer.stdout)


def test_it_works(tmp_path):
    expression = "[settings.DEBUG, settings.HTTPS, settings.DATABASES['default']['NAME'], settings.CHANNEL_LAYERS['default']['BACKEND']]"

    assert [False, False, f"{tmp_path}/state/lnweb.sqlite3", "channels.layers.InMemoryChannelLayer"] == read(tmp_path, expression)


def test_sqlite_waits_for_the_write_lock_at_the_start_of_a_transaction(tmp_path):
    options = read(tmp_path, "settings.DATABASES['default']['OPTIONS']")

    assert ("IMMEDIATE", 20) == (options["transaction_mode"], options["timeout"])
    assert "journal_mode=WAL; PRAGMA synchronous=NORMAL;" in options["init_command"]


def test_sqlite_can_be_told_to_survive_a_power_failure(tmp_path):
    options = read(tmp_path, "settings.DATABASES['default']['OPTIONS']", LNWEB_SQLITE_SYNCHRONOUS="FULL")

    assert "synchronous=FULL" in options["init_command"]


def test_sqlite_under_an_address_of_its_own_has_the_same_options(tmp_path):
    database = read(tmp_path, "settings.DATABASES['default']", DATABASE_URL=f"sqlite:///{tmp_path}/other.sqlite3")

    assert f"{tmp_path}/other.sqlite3" == database["NAME"]
    assert "IMMEDIATE" == database["OPTIONS"]["transaction_mode"]


def test_postgresql_lends_connections_from_a_pool(tmp_path):
    database = read(tmp_path, "settings.DATABASES['default']", DATABASE_URL="postgres://a:b@localhost/lnweb")

    assert ("django.db.backends.postgresql", 0, {"pool": True}) == (database["ENGINE"], database["CONN_MAX_AGE"], database["OPTIONS"])


def test_redis_carries_the_messages_where_it_is_named(tmp_path):
    layer = read(tmp_path, "settings.CHANNEL_LAYERS['default']", REDIS_URL="redis://localhost:6379/1")

    assert {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["redis://localhost:6379/1"]}} == layer


def test_nobody_from_outside_is_let_in_unless_it_is_said_where(tmp_path):
    assert read(tmp_path, "settings.LNWEB_LISTEN") is None
    assert ["127.0.0.1", 9735] == read(tmp_path, "settings.LNWEB_LISTEN", LNWEB_LISTEN="127.0.0.1:9735")


def test_https_makes_every_cookie_secure(tmp_path):
    expression = "[settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0]"

    assert [True, True, True] == read(tmp_path, expression, LNWEB_HTTPS="on")


def test_a_key_in_the_environment_leaves_no_file(tmp_path):
    assert "given" == read(tmp_path, "settings.SECRET_KEY", LNWEB_SECRET_KEY="given")
    assert not (tmp_path / "state" / "secret_key").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LNWEB_DEBUG", "ture"),
        ("LNWEB_NETWORK", "mainnet"),
        ("LNWEB_SANDBOX_LATENCY_MS", "20ms"),
        ("LNWEB_SQLITE_SYNCHRONOUS", "OFF"),
        ("LNWEB_LISTEN", "9735"),
    ],
)
def test_nonsense_stops_the_start_with_a_sentence_that_names_it(tmp_path, name, value):
    answer = start(tmp_path, "None", **{name: value})

    assert 1 == answer.returncode
    assert f"ImproperlyConfigured: {name} is '{value}';" in answer.stderr
