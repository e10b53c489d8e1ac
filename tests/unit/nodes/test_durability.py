from __future__ import annotations

from unittest.mock import patch

import pytest
from django.db import connection

from payments.nodes import durability
from payments.nodes.durability import check_durable
from payments.nodes.errors import DatabaseNotDurable
from payments.services.refusals import sentence_for


def told(vendor, **answers):
    """A database that answers so."""
    return patch.multiple(
        durability, connection=type("Database", (), {"vendor": vendor}), _ask=lambda question: answers[question.split()[-1]]
    )


@pytest.mark.parametrize("level", ["2", "3"])
def test_sqlite_that_waits_for_the_disk_is_durable(level):
    with told("sqlite", synchronous=level):
        assert check_durable() is None


@pytest.mark.parametrize(("level", "word"), [("0", "OFF"), ("1", "NORMAL")])
def test_sqlite_that_does_not_is_refused(level, word):
    with told("sqlite", synchronous=level), pytest.raises(DatabaseNotDurable) as refusal:
        check_durable()

    assert ("LNWEB_SQLITE_SYNCHRONOUS", word, "FULL") == (refusal.value.setting, refusal.value.value, refusal.value.needed)


@pytest.mark.parametrize("commit", ["on", "local", "remote_write", "remote_apply"])
def test_postgresql_that_waits_for_its_disk_is_durable(commit):
    with told("postgresql", fsync="on", synchronous_commit=commit):
        assert check_durable() is None


@pytest.mark.parametrize(
    ("answers", "setting"),
    [({"fsync": "off", "synchronous_commit": "on"}, "fsync"), ({"fsync": "on", "synchronous_commit": "off"}, "synchronous_commit")],
)
def test_postgresql_that_does_not_is_refused_in_a_sentence(answers, setting):
    with told("postgresql", **answers), pytest.raises(DatabaseNotDurable) as refusal:
        check_durable()

    assert f"PostgreSQL's {setting} is off: make it on, or leave LNWEB_LISTEN empty." in sentence_for(refusal.value)


@pytest.mark.django_db
def test_the_database_that_there_is_can_be_asked():
    question = "PRAGMA synchronous" if connection.vendor == "sqlite" else "SHOW fsync"

    assert durability._ask(question) in {"0", "1", "2", "3", "on", "off"}
