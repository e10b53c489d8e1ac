"""Who belongs to an account: added, changed, removed, noted, and never left without an owner."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from payments.access.roles import Permission, Role
from payments.models import AuditRecord, ChangeRecord
from payments.queries.members import account_ids_with, accounts_of, members_of, pick_account, role_of
from payments.services.account_errors import LastOwner, MemberAlready, UnknownAccount, UnknownMember, UnknownPerson
from payments.services.members import add_member, change_role, remove_member
from tests.people import join, make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cafe() -> Any:
    return make_account("cafe")


@pytest.fixture
def ada(cafe: Any) -> Any:
    return join(make_user("ada"), cafe)


def last_row() -> tuple[str, str, Any, Any]:
    row = AuditRecord.objects.latest("sequence")
    return row.action, row.subject_id, json.loads(row.before), json.loads(row.after)


def test_a_member_is_added_once_and_the_row_says_who_and_as_what(cafe: Any) -> None:
    bob = make_user("bob")
    add_member(cafe.pk, username="bob", role=Role.PAYER)
    assert ("member added", "cafe", {}, {"member": "bob", "user_id": bob.pk, "role": "payer"}) == last_row()
    with pytest.raises(MemberAlready) as caught:
        add_member(cafe.pk, username="bob", role=Role.OWNER)
    assert ("bob", "payer") == (caught.value.name, caught.value.role)
    assert Role.PAYER is role_of(bob.pk, cafe.pk)


def test_nobody_and_nothing_is_added(cafe: Any) -> None:
    with pytest.raises(UnknownPerson):
        add_member(cafe.pk, username="nobody", role=Role.PAYER)
    with pytest.raises(UnknownAccount):
        add_member(9_999, username="nobody", role=Role.PAYER)
    with pytest.raises(UnknownMember):
        change_role(cafe.pk, user_id=9_999, role=Role.PAYER)
    assert 0 == AuditRecord.objects.count()


def test_another_role_is_noted_with_the_one_before_and_tells_the_open_pages(cafe: Any, ada: Any) -> None:
    bob = join(make_user("bob"), cafe, role=Role.VIEWER)
    assert change_role(cafe.pk, user_id=bob.pk, role=Role.APPROVER)
    who = {"member": "bob", "user_id": bob.pk}
    assert ("member changed", "cafe", {**who, "role": "viewer"}, {**who, "role": "approver"}) == last_row()
    assert ChangeRecord.objects.filter(group=f"person.{bob.pk}").exists()
    assert not change_role(cafe.pk, user_id=bob.pk, role=Role.APPROVER)
    assert 1 == AuditRecord.objects.filter(action="member changed").count()


def test_who_is_removed_is_in_no_answer_any_more(cafe: Any, ada: Any) -> None:
    bob = join(make_user("bob"), cafe, role=Role.PAYER)
    remove_member(cafe.pk, user_id=bob.pk)
    assert (None, (), ()) == (role_of(bob.pk, cafe.pk), accounts_of(bob.pk), account_ids_with(bob.pk, Permission.PAY))
    assert ("member removed", "cafe", {"member": "bob", "user_id": bob.pk, "role": "payer"}, {}) == last_row()
    assert ChangeRecord.objects.filter(group=f"person.{bob.pk}").exists()
    with pytest.raises(UnknownMember):
        remove_member(cafe.pk, user_id=bob.pk)


def test_the_last_owner_can_neither_go_nor_become_less(cafe: Any, ada: Any) -> None:
    bob = join(make_user("bob"), cafe)
    bob.is_active = False
    bob.save()
    for step in (lambda: remove_member(cafe.pk, user_id=ada.pk), lambda: change_role(cafe.pk, user_id=ada.pk, role=Role.PAYER)):
        with pytest.raises(LastOwner):
            step()
    assert Role.OWNER is role_of(ada.pk, cafe.pk)
    join(make_user("eve"), cafe)
    remove_member(cafe.pk, user_id=ada.pk)
    assert ["bob", "eve"] == [member.username for member in members_of(cafe.pk)]


def test_people_who_may_not_sign_in_belong_nowhere(cafe: Any, ada: Any) -> None:
    ada.is_active = False
    ada.save()
    assert (None, ()) == (role_of(ada.pk, cafe.pk), accounts_of(ada.pk))
    assert (None, ()) == (role_of(None, cafe.pk), accounts_of(None))


def test_merchants_come_before_the_house_and_open_accounts_before_closed_ones(ada: Any) -> None:
    old = make_account("antiques")
    old.closed_at = timezone.now()
    old.save()
    join(join(join(ada), old), make_account("bakery"))
    accounts = accounts_of(ada.pk)
    assert ["bakery", "cafe", "house", "antiques"] == [account.slug for account in accounts]
    assert ("house", "bakery") == (pick_account(accounts, "house").slug, pick_account(accounts, "theirs").slug)
    assert None is pick_account((), "house")
