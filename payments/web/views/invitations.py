"""Inviting people into an account, and coming in by an invitation."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from payments.access.roles import Permission, Role
from payments.lightning.errors import LightningError
from payments.queries.invitations import InvitationShape, find_invitation, has_owner, invitations_of, owns_address
from payments.queries.members import accounts_of, role_of
from payments.services.invitation_errors import (
    AlreadyMember,
    InvitationForAnother,
    InvitationRanOut,
    InvitationRevoked,
    InvitationUnknown,
    InvitationUsed,
    MailNotSent,
)
from payments.services.invitations import accept_invitation, invite, revoke_invitation, sign_up_by_invitation
from payments.services.mail_invitation import ROLE_WORDS, mail_invitation
from payments.services.refusals import sentence_for
from payments.web.allowed import needs
from payments.web.current_account import account_of, choose
from payments.web.invitation_forms import ComeInForm, InviteForm
from payments.web.signed_in import user_id_of


@needs(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest) -> HttpResponse:
    """Who is invited to the current account, and a form to invite somebody."""
    form = InviteForm(request.POST or None, account=account_of(request))
    if request.method != "POST" or not form.is_valid():
        return _page(request, form)
    wish = form.cleaned_data
    try:
        invited = invite(account_of(request).id, email=wish["email"], role=Role(wish["role"]), invited_by_id=user_id_of(request))
    except LightningError as error:
        form.add_error(None, sentence_for(error))
        return _page(request, form)
    link = request.build_absolute_uri(reverse("payments:invitation", args=[invited.token]))
    sent = find_invitation(invited.token)
    assert sent is not None, "an invitation is gone before its letter was written"
    try:
        mail_invitation(sent, link=link)
    except MailNotSent as error:
        revoke_invitation(invited.invitation_id, account_id=account_of(request).id)
        form.add_error(None, sentence_for(error))
        return _page(request, form)
    if not settings.HAS_MAIL_SERVER:  # the letter is in the terminal: whoever invites hands the link over
        return _page(request, InviteForm(None, account=account_of(request)), link=link, sent=sent)
    messages.success(request, f"The invitation to {sent.email} is on its way.")
    return redirect("payments:invitations")


def _page(request: HttpRequest, form: InviteForm, **more: object) -> HttpResponse:
    rows = invitations_of(account_of(request).id)
    facts = {"form": form, "invitations": rows, "roles": [(role.value, ROLE_WORDS[role.value]) for role in Role], **more}
    return render(request, "payments/invitations.html", facts, status=400 if form.errors else 200)


@needs(Permission.MANAGE_MEMBERS)
@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    try:
        revoke_invitation(invitation_id, account_id=account_of(request).id)
    except InvitationUnknown:
        return _gone(request, sentence_for(InvitationUnknown()))
    except InvitationUsed as error:
        messages.error(request, sentence_for(error))
    else:
        messages.success(request, "The invitation was taken back: its link opens nothing any more.")
    return redirect("payments:invitations")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody is invited to: to accept as who they are, or to sign up."""
    found = find_invitation(token)
    refusal = _refusal(request, found)
    if found is None or refusal is not None:
        return _gone(request, sentence_for(refusal or InvitationUnknown()), is_for_another=isinstance(refusal, InvitationForAnother))
    try:
        return _join(request, token, found) if request.user.is_authenticated else _sign_up(request, token, found)
    except LightningError as error:  # it was spoilt meanwhile
        return _gone(request, sentence_for(error))


def _join(request: HttpRequest, token: str, found: InvitationShape) -> HttpResponse:
    if request.method != "POST":
        return render(request, "payments/invitation.html", {"invitation": found, "may": ROLE_WORDS[found.role.value]})
    accept_invitation(token, user_id=user_id_of(request))
    choose(request.session, next(account for account in accounts_of(user_id_of(request)) if account.id == found.account_id))
    return redirect("payments:pay_page")


def _sign_up(request: HttpRequest, token: str, found: InvitationShape) -> HttpResponse:
    form = ComeInForm(request.POST or None, email=found.email)
    is_known = has_owner(found.email)
    if request.method != "POST" or is_known or not form.is_valid():
        facts = {"invitation": found, "may": ROLE_WORDS[found.role.value], "form": form, "is_known": is_known}
        return render(request, "payments/invitation.html", facts, status=400 if form.errors and not is_known else 200)
    person = sign_up_by_invitation(token, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
    answer: HttpResponse = perform_login(request, person, email_verification="none", redirect_url=reverse("payments:pay_page"))
    return answer


def _refusal(request: HttpRequest, found: InvitationShape | None) -> LightningError | None:
    """Why a link opens nothing, known before anybody fills in a form."""
    if found is None:
        return InvitationUnknown()
    if found.state == "accepted":
        return InvitationUsed()
    if found.state == "revoked":
        return InvitationRevoked()
    if found.state == "run out":
        return InvitationRanOut(expired_at_s=int(found.expires_at.timestamp()))
    if not request.user.is_authenticated:
        return None
    if not owns_address(user_id_of(request), found.email):
        return InvitationForAnother(email=found.email)
    return None if role_of(user_id_of(request), found.account_id) is None else AlreadyMember(email=found.email)


def _gone(request: HttpRequest, sentence: str, *, is_for_another: bool = False) -> HttpResponse:
    return render(request, "payments/invitation_refused.html", {"sentence": sentence, "is_for_another": is_for_another}, status=404)
