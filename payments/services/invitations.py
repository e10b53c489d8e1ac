"""
Invitations: an owner names an address and a role, and whoever has the link takes the role, once.

The link holds 256 random bits and the table only their hash. Everything that could spoil an invitation is looked at again when it is used,
under its lock: time, the account, and whether whoever sent it might still invite, so that nobody who was removed comes back by a link that
they had laid aside. Looking at the page uses nothing up: mail programs open links by themselves.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from msgspec import Struct

from payments.access.roles import Permission, Role, ServerPermission, is_allowed
from payments.models import Invitation, Membership, MerchantAccount
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.invitations import has_owner, hash_token, owns_address, state_of
from payments.queries.members import role_of
from payments.queries.server_roles import holds
from payments.services.errors import AccountClosed
from payments.services.invitation_errors import (
    AddressHasOwner,
    AlreadyMember,
    InvitationForAnother,
    InvitationRanOut,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    TooManyInvitations,
    UsernameTaken,
)
from payments.services.note_accounts import one_row_each
from payments.services.note_audit import note_audit
from payments.services.note_change import note_change, person_group

VALID_FOR = timedelta(days=7)
MOST_OPEN = 50
"""Of one account at one time: each may be a letter to a stranger."""
_TOKEN_BYTES = 32


class Invited(Struct, frozen=True, kw_only=True):
    """An invitation that was just made. The token is nowhere else."""

    invitation_id: int
    token: str


def invite(account_id: int, *, email: str, role: Role, invited_by_id: int) -> Invited:
    """
    Open the door of an account for one address. An older invitation of the same address is taken back.

    invited_by_id   whose right to invite is looked at again when the invitation is used

    raises     AccountClosed, AlreadyMember, TooManyInvitations
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    now = timezone.now()
    with transaction.atomic():
        account = MerchantAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        if account.closed_at is not None:
            raise AccountClosed
        is_theirs = Q(user__email__iexact=email) | Q(user__emailaddress__email__iexact=email)
        if Membership.objects.filter(is_theirs, account=account).exists():
            raise AlreadyMember(email=email)
        open_ones = Invitation.objects.filter(account=account, accepted_at=None, revoked_at=None, expires_at__gt=now)
        for older in open_ones.filter(email__iexact=email):
            _revoke(older)
        if open_ones.count() >= MOST_OPEN:
            raise TooManyInvitations(limit=MOST_OPEN)
        invitation = Invitation.objects.create(
            account=account,
            email=email,
            role=role.value,
            token_hash=hash_token(token),
            invited_by_id=invited_by_id,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        _note(AuditAction.INVITATION_SENT, invitation)
    return Invited(invitation_id=invitation.pk, token=token)


def revoke_invitation(invitation_id: int, *, account_id: int) -> None:
    """
    Take an invitation of this account back; one that was taken back already stays so.

    raises     InvitationUnknown, InvitationUsed
    """
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().filter(pk=invitation_id, account_id=account_id).first()
        if invitation is None:
            raise InvitationUnknown
        if invitation.accepted_at is not None:
            raise InvitationUsed
        if invitation.revoked_at is None:
            _revoke(invitation)


def accept_invitation(token: str, *, user_id: int) -> None:
    """
    Take the role that an invitation gives.

    raises     InvitationUnknown, InvitationUsed, InvitationRevoked, InvitationRanOut, InvitationForAnother, AlreadyMember, AccountClosed
    """
    with transaction.atomic():
        invitation = _usable(token)
        if not owns_address(user_id, invitation.email):
            raise InvitationForAnother(email=invitation.email)
        if role_of(user_id, invitation.account_id) is not None:
            raise AlreadyMember(email=invitation.email)
        _join(invitation, get_user_model().objects.get(pk=user_id))


def sign_up_by_invitation(token: str, *, username: str, password: str) -> User:
    """
    Make the person who was invited, and let them take the role. Name and password were looked at by whoever asks.

    The address counts as proven when the link went through a mail server alone, and not when a page has shown it.

    raises     InvitationUnknown, InvitationUsed, InvitationRevoked, InvitationRanOut, AddressHasOwner, UsernameTaken, AccountClosed
    """
    person = get_user_model()(username=username)
    person.set_password(password)  # slow on purpose, so before the database is asked to wait
    try:
        with transaction.atomic():
            invitation = _usable(token)
            if has_owner(invitation.email):
                raise AddressHasOwner(email=invitation.email)
            person.email = invitation.email
            with one_row_each():
                person.save()
                EmailAddress.objects.create(user=person, email=invitation.email, primary=True, verified=settings.HAS_MAIL_SERVER)
            _join(invitation, person)
    except IntegrityError:
        raise UsernameTaken from None
    return person


def _usable(token: str) -> Invitation:
    """The invitation with its lock."""
    found = Invitation.objects.select_for_update(of=("self",)).select_related("account").filter(token_hash=hash_token(token)).first()
    if found is None:
        raise InvitationUnknown
    state = state_of(found, timezone.now())
    if state == "accepted":
        raise InvitationUsed
    if state == "revoked" or not _may_still_invite(found):
        raise InvitationRevoked
    if state == "run out":
        raise InvitationRanOut(expired_at_s=int(found.expires_at.timestamp()))
    if MerchantAccount.objects.select_for_update(no_key=True).get(pk=found.account_id).closed_at is not None:
        raise AccountClosed
    return found


def _may_still_invite(invitation: Invitation) -> bool:
    if invitation.invited_by is None:  # whoever sent it is gone
        return False
    role = role_of(invitation.invited_by.pk, invitation.account_id)
    return (role is not None and is_allowed(role, Permission.MANAGE_MEMBERS)) or holds(invitation.invited_by, ServerPermission.OPERATE)


def _join(invitation: Invitation, person: User) -> None:
    Membership.objects.create(account=invitation.account, user=person, role=invitation.role)
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _note(AuditAction.INVITATION_ACCEPTED, invitation, person=person.get_username())
    note_change(person_group(person.pk))


def _revoke(invitation: Invitation) -> None:
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    _note(AuditAction.INVITATION_REVOKED, invitation)


def _note(action: AuditAction, invitation: Invitation, **more: str) -> None:
    said = {"account": invitation.account.slug, "email": invitation.email, "role": invitation.role, **more}
    note_audit(action, SubjectKind.INVITATION, str(invitation.pk), after=said)
