from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction

from payments.models import ChangeRecord
from payments.queries.changes import changes_since
from payments.services.note_change import note_change


@pytest.mark.django_db
def test_who_begins_now_is_told_nothing_old() -> None:
    note_change("payment.a")
    cursor, groups = changes_since(None)
    assert () == groups
    assert (cursor, ()) == changes_since(cursor)


@pytest.mark.django_db
def test_each_thing_is_named_once_however_often_it_changed() -> None:
    cursor, _ = changes_since(None)
    note_change("payment.a", "balance")
    note_change("payment.b", "balance")
    cursor, groups = changes_since(cursor)
    assert ("payment.a", "balance", "payment.b") == groups
    note_change("payment.a")
    assert ("payment.a",) == changes_since(cursor)[1]
    assert 3 == ChangeRecord.objects.count()


@pytest.mark.django_db
def test_a_cursor_of_another_database_begins_now() -> None:
    note_change("payment.a")
    assert (changes_since(None)[0], ()) == changes_since(10**9)


@pytest.mark.django_db
def test_what_was_rolled_back_is_no_change() -> None:
    cursor, _ = changes_since(None)
    with transaction.atomic():
        note_change("payment.a")
        transaction.set_rollback(True)
    assert (cursor, ()) == changes_since(cursor)


@pytest.mark.django_db(transaction=True)
def test_a_slow_transaction_does_not_make_its_change_invisible() -> None:
    """The second writer has to wait for the first, so nobody can see its number before the lower one."""
    note_change("start")
    cursor, _ = changes_since(None)
    first_has_counted, first_may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            note_change("slow")
            first_has_counted.set()
            first_may_commit.wait(5)
        connections.close_all()

    def quick() -> None:
        with transaction.atomic():
            note_change("quick")
        connections.close_all()

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    threads[0].start()
    assert first_has_counted.wait(5)
    threads[1].start()
    threads[1].join(0.2)
    seen = changes_since(cursor)
    first_may_commit.set()
    for thread in threads:
        thread.join()
    assert (cursor, ()) == seen
    assert ("slow", "quick") == changes_since(cursor)[1]
