"""A link lets one person in, once, as what was said, for as long as whoever sent it might."""

from __future__ import annotations

import hashlib
import smtplib
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.utils import timezone

from payments.access.roles import Role
from payments.models import AuditRecord, Invitation, Membership, MerchantAccount
from payments.queries.invitations import find_invitation, invitations_of
from payments.services.errors import AccountClosed
from payments.services.invitation_errors import (
    AddressHasOwner,
    AlreadyMember,
    InvitationForAnother,
    InvitationRanOut,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    MailNotSent,
    TooManyInvitations,
    UsernameTaken,
)
from payments.services.invitations import MOST_OPEN, accept_invitation, invite, revoke_invitation, sign_up_by_invitation
from payments.services.mail_invitation import mail_invitation, plain_name

pytestmark = pytest.mark.django_db
PASSWORD = "lovelace-1843"
EMAIL = "grace@example.com"


@pytest.fixture
def bakery():
    return MerchantAccount.objects.create(slug="bakery", name="The Bakery")


@pytest.fixture
def ada(bakery):
    user = get_user_model().objects.create_user("ada", email="ada@example.com", password=PASSWORD)
    Membership.objects.create(account=bakery, user=user, role="owner")
    return user


@pytest.fixture
def token(bakery, ada):
    return invite(bakery.pk, email=EMAIL, role=Role.CASHIER, invited_by_id=ada.pk).token


def person(name: str = "grace", email: str = EMAIL):
    return get_user_model().objects.create_user(name, email=email, password=PASSWORD)


def roles() -> dict[str, str]:
    return dict(Membership.objects.exclude(user__username="ada").values_list("user__username", "role"))


def test_whoever_was_invited_signs_up_and_has_the_role(token: str) -> None:
    grace = sign_up_by_invitation(token, username="grace", password=PASSWORD)
    assert {"grace": "cashier"} == roles()
    assert grace.check_password(PASSWORD)
    assert [(EMAIL, True, False)] == list(EmailAddress.objects.filter(user=grace).values_list("email", "primary", "verified"))


def test_an_address_is_proven_when_only_a_mail_server_saw_the_link(token: str, settings) -> None:
    settings.HAS_MAIL_SERVER = True
    grace = sign_up_by_invitation(token, username="grace", password=PASSWORD)
    assert EmailAddress.objects.get(user=grace).verified


def test_whoever_has_the_address_already_joins(token: str) -> None:
    accept_invitation(token, user_id=person(email="Grace@Example.com").pk)
    assert {"grace": "cashier"} == roles()


def test_the_table_cannot_be_used_to_come_in(token: str) -> None:
    row = Invitation.objects.get()
    assert token not in repr(row.__dict__)
    assert hashlib.sha256(token.encode()).hexdigest() == row.token_hash
    with pytest.raises(InvitationUnknown):
        sign_up_by_invitation(row.token_hash, username="mallory", password=PASSWORD)


def test_it_works_once(token: str) -> None:
    sign_up_by_invitation(token, username="grace", password=PASSWORD)
    for use in (
        lambda: sign_up_by_invitation(token, username="mallory", password=PASSWORD),
        lambda: accept_invitation(token, user_id=get_user_model().objects.get(username="ada").pk),
    ):
        with pytest.raises(InvitationUsed):
            use()
    assert {"grace": "cashier"} == roles()


def test_it_runs_out_after_seven_days(token: str) -> None:
    row = Invitation.objects.get()
    assert timedelta(days=7) == row.expires_at - row.created_at
    Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(InvitationRanOut):
        sign_up_by_invitation(token, username="grace", password=PASSWORD)


def test_it_can_be_taken_back_until_it_was_used(token: str, bakery) -> None:
    number = Invitation.objects.get().pk
    revoke_invitation(number, account_id=bakery.pk)
    revoke_invitation(number, account_id=bakery.pk)
    with pytest.raises(InvitationRevoked):
        sign_up_by_invitation(token, username="grace", password=PASSWORD)
    assert 1 == AuditRecord.objects.filter(action="invitation revoked").count()


def test_what_was_used_cannot_be_taken_back(token: str, bakery) -> None:
    sign_up_by_invitation(token, username="grace", password=PASSWORD)
    with pytest.raises(InvitationUsed):
        revoke_invitation(Invitation.objects.get().pk, account_id=bakery.pk)


def test_an_invitation_of_another_account_cannot_be_taken_back(token: str) -> None:
    other = MerchantAccount.objects.create(slug="other", name="Other")
    with pytest.raises(InvitationUnknown):
        revoke_invitation(Invitation.objects.get().pk, account_id=other.pk)


def test_it_is_for_the_address_that_was_invited(token: str) -> None:
    with pytest.raises(InvitationForAnother):
        accept_invitation(token, user_id=person("eve", "eve@example.com").pk)
    assert {} == roles()


def test_nobody_signs_up_beside_somebody_who_has_the_address(token: str) -> None:
    person(email=EMAIL.upper())
    with pytest.raises(AddressHasOwner):
        sign_up_by_invitation(token, username="grace-2", password=PASSWORD)
    assert {} == roles()


def test_a_name_that_was_taken_meanwhile_uses_nothing_up(token: str) -> None:
    person("grace", "other@example.com")
    with pytest.raises(UsernameTaken):
        sign_up_by_invitation(token, username="grace", password=PASSWORD)
    sign_up_by_invitation(token, username="hopper", password=PASSWORD)
    assert {"hopper": "cashier"} == roles()


@pytest.mark.parametrize("change", ["removed", "became a viewer", "deleted", "switched off"])
def test_it_opens_nothing_after_whoever_sent_it_lost_the_right(token: str, ada, change: str) -> None:
    if change == "removed":
        Membership.objects.filter(user=ada).delete()
    elif change == "became a viewer":
        Membership.objects.filter(user=ada).update(role="viewer")
    elif change == "deleted":
        ada.delete()
    else:
        get_user_model().objects.update(is_active=False)
    with pytest.raises(InvitationRevoked):
        sign_up_by_invitation(token, username="grace", password=PASSWORD)


def test_an_operator_may_invite_into_an_account_without_belonging_to_it(bakery) -> None:
    operator = get_user_model().objects.create_superuser("root", password=PASSWORD)
    token = invite(bakery.pk, email=EMAIL, role=Role.OWNER, invited_by_id=operator.pk).token
    sign_up_by_invitation(token, username="grace", password=PASSWORD)
    assert {"grace": "owner"} == roles()


def test_a_closed_account_lets_nobody_in(token: str, bakery, ada) -> None:
    MerchantAccount.objects.filter(pk=bakery.pk).update(closed_at=timezone.now())
    with pytest.raises(AccountClosed):
        sign_up_by_invitation(token, username="grace", password=PASSWORD)
    with pytest.raises(AccountClosed):
        invite(bakery.pk, email="x@example.com", role=Role.VIEWER, invited_by_id=ada.pk)


def test_a_second_invitation_of_one_address_takes_the_first_back(token: str, bakery, ada) -> None:
    newer = invite(bakery.pk, email=EMAIL.upper(), role=Role.PAYER, invited_by_id=ada.pk).token
    with pytest.raises(InvitationRevoked):
        sign_up_by_invitation(token, username="grace", password=PASSWORD)
    sign_up_by_invitation(newer, username="grace", password=PASSWORD)
    assert {"grace": "payer"} == roles()


def test_a_member_is_not_invited_and_does_not_join_again(token: str, bakery, ada) -> None:
    with pytest.raises(AlreadyMember):
        invite(bakery.pk, email="ADA@example.com", role=Role.VIEWER, invited_by_id=ada.pk)
    grace = person()
    Membership.objects.create(account=bakery, user=grace, role="viewer")
    with pytest.raises(AlreadyMember):
        accept_invitation(token, user_id=grace.pk)
    assert {"grace": "viewer"} == roles()


def test_the_letters_to_strangers_are_counted(token: str, bakery, ada) -> None:
    for number in range(MOST_OPEN - 1):
        invite(bakery.pk, email=f"p{number}@example.com", role=Role.VIEWER, invited_by_id=ada.pk)
    with pytest.raises(TooManyInvitations):
        invite(bakery.pk, email="one-more@example.com", role=Role.VIEWER, invited_by_id=ada.pk)


def test_the_audit_log_says_who_came_in_and_never_how(token: str) -> None:
    sign_up_by_invitation(token, username="grace", password=PASSWORD)
    rows = list(AuditRecord.objects.order_by("sequence").values_list("action", "after"))
    assert ["invitation sent", "user added", "invitation accepted"] == [action for action, _ in rows[-3:]]
    assert '"account":"bakery"' in rows[-1][1]
    assert '"person":"grace"' in rows[-1][1]
    assert not any(token in after or hashlib.sha256(token.encode()).hexdigest() in after for _, after in rows)


def test_pages_say_what_has_become_of_it(token: str, bakery) -> None:
    shape = find_invitation(token)
    assert (shape,) == invitations_of(bakery.pk)
    assert ("open", "ada", "The Bakery", Role.CASHIER) == (shape.state, shape.invited_by, shape.account, shape.role)
    sign_up_by_invitation(token, username="grace", password=PASSWORD)
    assert ("accepted", "grace") == (find_invitation(token).state, find_invitation(token).accepted_by)


def test_the_letter_says_who_invites_whom_to_what_as_what(token: str) -> None:
    mail_invitation(find_invitation(token), link="http://localhost/invitations/abc/")
    (letter,) = mail.outbox
    assert ["grace@example.com"] == letter.to
    assert "ada invites you to The Bakery" == letter.subject
    assert "You would be a cashier there" in letter.body
    assert "\nhttp://localhost/invitations/abc/\n" in letter.body


@pytest.mark.parametrize(
    "name", ["Bakery\r\nBcc: all@evil.example", "https://evil.example/login", "www.evil.example", "a\u202eb\u2028c", "x" * 80]
)
def test_names_in_a_letter_are_words_and_nothing_else(token: str, bakery, ada, name: str) -> None:
    MerchantAccount.objects.filter(pk=bakery.pk).update(name=name)
    get_user_model().objects.filter(pk=ada.pk).update(username=name)
    mail_invitation(find_invitation(token), link="http://localhost/invitations/abc/")
    (letter,) = mail.outbox
    message = letter.message()
    assert ["grace@example.com"] == letter.recipients()
    assert message["Bcc"] is None
    assert 1 == letter.body.count("://")
    assert "evil.example" not in letter.body + letter.subject
    assert not {"\r", "\u202e", "\u2028"} & set(letter.body)
    assert len(plain_name(name)) <= 80


def test_a_mail_server_that_is_down_is_a_refusal(token: str, monkeypatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("payments.services.mail_invitation.send_mail", refuse)
    with pytest.raises(MailNotSent):
        mail_invitation(find_invitation(token), link="http://localhost/")
