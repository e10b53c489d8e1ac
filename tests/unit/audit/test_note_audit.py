"""Rows stand or fall with what they tell of, form one chain whoever writes at once, and keep other people's words as they are."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_login_failed
from django.db import connection, connections, transaction
from django.test import Client

from payments.models import AuditRecord
from payments.models.audit import ActorKind, AuditAction, AuditRow, SubjectKind, hash_row
from payments.queries.audit_chain import verify_chain
from payments.services.audit_origin import Actor, Origin, coming_from
from payments.services.errors import BalanceTooSmall
from payments.services.note_audit import note_audit
from payments.services.pay_invoice import pay_invoice
from payments.services.record_event import handle_pending_events
from tests.unit.audit.damage import write
from tests.unit.services.wallet import ID, failed, fund, make_invoice, path_failed, refused, sent, started, store, tell

pytestmark = pytest.mark.django_db
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(1)",
    "{{7*7}}{% now 'Y' %}",
    "a\u202eb\u2066c\u2028d\x1b[31m",
    "'; DROP TABLE payments_auditrecord; --",
    "日本🙂",
]


def actions() -> list[str]:
    return list(AuditRecord.objects.order_by("sequence").values_list("action", flat=True))


def test_the_hash_is_this_one_for_ever() -> None:
    row = AuditRow(
        sequence=1,
        at=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        actor="person",
        actor_id=7,
        actor_name="Ada",
        action="payment begun",
        subject="payment",
        subject_id="a1",
        before="{}",
        after='{"amount_msat":1000}',
        previous_hash="0" * 64,
    )
    assert "c8f7b7f9e812214cec99f2b19250fc830d144bb075c9c74d760828ece9b33d6f" == hash_row(row)


def test_a_row_goes_with_what_was_rolled_back() -> None:
    fund(500_000)
    refused(BalanceTooSmall, pay_invoice, make_invoice(1_000_000), payment_id=ID, fee_limit_msat=0)
    assert [] == actions()
    with transaction.atomic():
        note_audit(AuditAction.BLOCKS_ADVANCED, SubjectKind.SANDBOX)
        transaction.set_rollback(True)
    write(1)
    assert [1] == list(AuditRecord.objects.values_list("sequence", flat=True)), "numbers have no gaps"


@pytest.mark.django_db(transaction=True)
def test_a_row_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(AssertionError, match="stands or falls"):
        note_audit(AuditAction.BLOCKS_ADVANCED, SubjectKind.SANDBOX)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_make_one_chain() -> None:
    barrier, each = threading.Barrier(8), 12
    troubles: list[Exception] = []

    def body() -> None:
        try:
            barrier.wait()
            write(each)
        except Exception as trouble:  # noqa: BLE001  told by the test's own thread
            troubles.append(trouble)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=body) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify_chain()
    assert ([], 8 * each, None) == (troubles, report.rows, report.damage)
    assert connection.vendor in {"sqlite", "postgresql"}


def test_a_payment_that_is_paid_after_several_attempts_has_a_beginning_and_an_end() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    tell(started(), path_failed(), started(number=2), sent(), sent())
    tell(sent(), failed())
    assert ["payment begun", "payment paid"] == actions()
    paid = AuditRecord.objects.latest("sequence")
    assert ("engine", "", "", "payment", ID) == (paid.actor, paid.actor_name, paid.came_from, paid.subject, paid.subject_id)
    assert ({"status": "checking"}, {"status": "paid", "amount_msat": 1_000_000, "fee_paid_msat": 1_100}) == (
        json.loads(paid.before),
        json.loads(paid.after),
    )


def test_a_payment_that_fails_has_its_reason() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    tell(started())
    tell(path_failed(), failed())
    assert ["payment begun", "payment failed"] == actions()
    row = AuditRecord.objects.latest("sequence")
    assert ({"status": "sending"}, {"status": "failed", "reason": "retries_exhausted"}) == (json.loads(row.before), json.loads(row.after))


def test_a_success_that_comes_after_the_failure_is_noted_too() -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    tell(started(), failed())
    tell(sent())
    assert ["payment begun", "payment failed", "payment paid"] == actions()
    assert {"status": "failed"} == json.loads(AuditRecord.objects.latest("sequence").before)


def test_events_that_cannot_be_booked_leave_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    store(started(), sent())
    monkeypatch.setattr("payments.services.record_event.note_change", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        handle_pending_events()
    assert ["payment begun"] == actions()


# ---------------------------------------------------------------------------------------------------------- other people's words
@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_kept_and_shown_harmless(client: Client, words: str) -> None:
    origin = Origin(who=lambda: Actor(kind=ActorKind.PERSON, user_id=5, name=words), came_from=words, user_agent=words)
    with coming_from(origin), transaction.atomic():
        note_audit(AuditAction.FAULT_SET, SubjectKind.NODE, words, after={"fault": words})
    row = AuditRecord.objects.get()
    assert (words, words, words, words) == (row.actor_name, row.user_agent, row.came_from, row.subject_id)
    assert {"fault": words} == json.loads(row.after)
    assert None is verify_chain().damage

    client.force_login(get_user_model().objects.create_superuser("root", password="x"))
    for address in ("/admin/payments/auditrecord/", f"/admin/payments/auditrecord/{row.pk}/change/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert {"\u202e", "\u2066", "\u2028", "\x1b"} & set(page) == set()


@pytest.mark.parametrize("words", [*HOSTILE, "a\0b", "x" * 5_000])
def test_a_hostile_name_at_the_door_is_noted_and_the_password_never(words: str) -> None:
    user_login_failed.send(sender=__name__, credentials={"username": words, "password": "topsecret-9"}, request=None)
    row = AuditRecord.objects.get()
    kept = words.replace("\0", "␀")
    assert ("sign-in failed", kept if len(kept) < 250 else "x" * 249 + "…") == (row.action, json.loads(row.after)["name"])
    assert "topsecret" not in row.after + row.before


def test_a_browser_may_call_itself_anything(client: Client) -> None:
    user = get_user_model().objects.create_user("ada", password="lovelace-1843")
    client.post("/accounts/login/", {"login": "ada", "password": "lovelace-1843"}, HTTP_USER_AGENT="\x1b[31m" + "é" * 400)
    row = AuditRecord.objects.latest("sequence")
    assert ("signed in", str(user.pk), 250) == (row.action, row.subject_id, len(row.user_agent))


# ------------------------------------------------------------------------------------------------------------------ what is a change
def test_saving_without_a_change_is_none() -> None:
    user = get_user_model().objects.create_user("ada", password="x")
    user.save()
    assert ["user added"] == actions()


def test_a_password_that_is_only_kept_in_a_newer_form_is_none() -> None:
    user = get_user_model().objects.create_user("ada", password="x")
    user.set_password("x")
    user._password = None
    user.save(update_fields=["password"])
    assert ["user added"] == actions()


def test_a_new_password_is_one_and_not_told() -> None:
    user = get_user_model().objects.create_user("ada", password="x")
    user.set_password("y-another")
    user.save()
    assert ["user added", "password changed"] == actions()
    row = AuditRecord.objects.latest("sequence")
    assert {"username": "ada", "password": "another"} == json.loads(row.after)


def test_a_member_added_from_the_groups_side_is_a_change_of_the_person() -> None:
    user, group = get_user_model().objects.create_user("ada"), Group.objects.create(name="tills")
    group.user_set.add(user)
    row = AuditRecord.objects.latest("sequence")
    assert ("user changed", str(user.pk), {"username": "ada", "groups": ["tills"]}) == (row.action, row.subject_id, json.loads(row.after))
    group.user_set.clear()
    assert {"username": "ada", "groups": []} == json.loads(AuditRecord.objects.latest("sequence").after)
