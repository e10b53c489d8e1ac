"""
Who belongs to an account, and as what.

An account that ever had an owner keeps one: the last can neither leave nor become less. The account's row is locked meanwhile, so two
owners who remove each other at once do not both succeed. Open pages of whoever is touched are told, and close when they may not stay.
"""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction

from payments.access.roles import Role
from payments.models import Membership, MerchantAccount
from payments.models.audit import AuditAction, SubjectKind
from payments.services.account_errors import LastOwner, MemberAlready, UnknownAccount, UnknownMember, UnknownPerson
from payments.services.note_audit import Note, Subject, note_audits
from payments.services.note_change import note_change, person_group


def add_member(account_id: int, *, username: str, role: Role) -> None:
    """
    Make somebody who has a name here a member.

    raises   UnknownAccount, UnknownPerson, MemberAlready
    """
    with transaction.atomic():
        account = _locked(account_id)
        person = get_user_model().objects.filter(username=username).first()
        if person is None:
            raise UnknownPerson(name=username)
        member, is_new = Membership.objects.get_or_create(account=account, user=person, defaults={"role": role.value})
        if not is_new:
            raise MemberAlready(name=username, role=member.role)
        _tell(AuditAction.MEMBER_ADDED, member, after={"role": role.value})


def change_role(account_id: int, *, user_id: int, role: Role) -> bool:
    """
    Give a member another role; whether it is another.

    raises   UnknownAccount, UnknownMember, LastOwner
    """
    with transaction.atomic():
        member = _member(_locked(account_id), user_id)
        before = member.role
        if before == role:
            return False
        _keep_an_owner(member)
        member.role = role.value
        member.save(update_fields=["role"])
        _tell(AuditAction.MEMBER_CHANGED, member, before={"role": before}, after={"role": role.value})
    return True


def remove_member(account_id: int, *, user_id: int) -> None:
    """
    End somebody's membership.

    raises   UnknownAccount, UnknownMember, LastOwner
    """
    with transaction.atomic():
        member = _member(_locked(account_id), user_id)
        _keep_an_owner(member)
        Membership.objects.filter(pk=member.pk).delete()
        _tell(AuditAction.MEMBER_REMOVED, member, before={"role": member.role})


def _locked(account_id: int) -> MerchantAccount:
    account = MerchantAccount.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise UnknownAccount
    return account


def _member(account: MerchantAccount, user_id: int) -> Membership:
    member = Membership.objects.select_related("account", "user").filter(account=account, user_id=user_id).first()
    if member is None:
        raise UnknownMember
    return member


def _keep_an_owner(member: Membership) -> None:
    """Somebody who may not sign in is no owner that anybody could turn to."""
    if member.role != Role.OWNER:
        return
    others = Membership.objects.filter(account_id=member.account_id, role=Role.OWNER, user__is_active=True).exclude(pk=member.pk)
    if not others.exists():
        raise LastOwner


def _tell(
    action: AuditAction, member: Membership, *, before: dict[str, object] | None = None, after: dict[str, object] | None = None
) -> None:
    """One row, about the account, that names the person on the side or sides where they belong to it."""
    who: dict[str, object] = {"member": member.user.get_username(), "user_id": member.user_id}
    subject = Subject(kind=SubjectKind.ACCOUNT, id=member.account.slug)
    note_audits([Note(action=action, subject=subject, before={**who, **before} if before else {}, after={**who, **after} if after else {})])
    note_change(person_group(member.user_id))
