from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments.models import EngineCommand, EngineEvent
from payments.models.read_rows import places, read_rows, read_values
from payments.services.record_command import unhandled_commands

pytestmark = pytest.mark.django_db


def command(key: str, **changes: object) -> EngineCommand:
    return EngineCommand.objects.create(kind="PayInvoice", arguments=b"\x01\x02", idempotency_key=key, **changes)


def test_a_row_is_what_django_itself_would_read() -> None:
    command("a", result={"refusal": "none"}, done_at=timezone.now())
    ours, theirs = read_rows(EngineCommand, "idempotency_key = %s", ["a"])[0], EngineCommand.objects.get()
    fields = [field.attname for field in EngineCommand._meta.concrete_fields]
    assert [bytes(value) if isinstance(value, memoryview) else value for value in (getattr(theirs, field) for field in fields)] == [
        bytes(value) if isinstance(value, memoryview) else value for value in (getattr(ours, field) for field in fields)
    ]


def test_rows_are_written_back_as_any_others() -> None:
    command("a")
    (row,) = read_rows(EngineCommand, "state = 'queued'")
    row.state = EngineCommand.State.DONE
    row.save()
    assert "done" == EngineCommand.objects.get().state


def test_a_field_that_was_left_out_is_read_when_it_is_asked_for() -> None:
    command("a")
    (row,) = read_rows(EngineCommand, "state = 'queued'", fields=("state",))
    assert {"arguments", "kind"} <= row.get_deferred_fields()
    assert "PayInvoice" == row.kind


def test_conditions_take_many_values_and_keep_their_order() -> None:
    keys = ["c", "a", "x"]
    for key in ("a", "b", "c"):
        command(key)
    found = read_rows(EngineCommand, f"idempotency_key IN {places(keys)} ORDER BY idempotency_key", keys)
    assert ["a", "c"] == [row.idempotency_key for row in found]


def test_values_come_as_the_database_has_them() -> None:
    EngineEvent.objects.create(kind="PaymentSent", body=b"1")
    assert [("PaymentSent", None)] == read_values("SELECT kind, handled_at FROM payments_engineevent WHERE kind = %s", ["PaymentSent"])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="asks SQLite for its plan: that others use the index too was NOT checked")
def test_finished_commands_are_found_by_their_index_however_many_there_have_been() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        unhandled_commands()
    plan = read_values(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
    assert "USING INDEX unhandled_commands" in plan[0][-1]
