from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from payments.models import AccountBalance, EngineState
from payments.models.write_rows import insert_rows, update_rows

pytestmark = pytest.mark.django_db


def states() -> list[tuple[str, str, bytes]]:
    return [(row.namespace, row.key, bytes(row.value)) for row in EngineState.objects.order_by("key")]


def state(key: str, value: bytes) -> EngineState:
    return EngineState(namespace="channel", key=key, value=value)


def test_rows_are_added_and_one_that_is_there_takes_the_new_value() -> None:
    insert_rows([state("a", b"1"), state("b", b"2")])
    insert_rows([state("b", b"3"), state("c", b"4")], unique_fields=("namespace", "key"), update_fields=("value",))
    assert [("channel", "a", b"1"), ("channel", "b", b"3"), ("channel", "c", b"4")] == states()


def test_without_leave_to_change_a_row_that_is_there_is_an_error() -> None:
    insert_rows([state("a", b"1")])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([state("b", b"2"), state("a", b"3")])
    assert [("channel", "a", b"1")] == states()


def test_only_the_named_fields_of_the_given_rows_change() -> None:
    insert_rows([state("a", b"1"), state("b", b"2")])
    row = EngineState.objects.get(key="a")
    row.value, row.namespace = b"9", "elsewhere"
    update_rows([row], ("value",))
    assert [("channel", "a", b"9"), ("channel", "b", b"2")] == states()


def test_the_tables_own_rules_hold() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([AccountBalance(owner_id=1, account="held", balance_msat=-1)])


def test_nothing_is_written_for_no_rows(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        insert_rows([])
        update_rows([], ("value",))
