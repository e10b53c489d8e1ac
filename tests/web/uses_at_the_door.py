"""Every form of the way in, filled in: what each writes into the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from payments.access.roles import Role
from payments.services.invitations import invite
from tests.people import join, make_account
from tests.web.totp import code_of

Use = Callable[[Client], tuple[str, dict[str, Any]]]
PASSWORD = "lovelace-1843"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""Of ada's authenticator app."""
USERS = get_user_model()


def _to(name: str, form: dict[str, Any]) -> Use:
    return lambda _client: (reverse(name), form)


def _proven(client: Client) -> None:
    """Whoever sets up a second factor has just shown once more who they are."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def _proven_to(name: str, form: dict[str, Any] | None = None) -> Use:
    return lambda client: (_proven(client), (reverse(name), form or {}))[1]


def _switch_on(client: Client) -> tuple[str, dict[str, Any]]:
    _proven(client)
    client.get(reverse("mfa_activate_totp"))
    return reverse("mfa_activate_totp"), {"code": code_of(client.session["mfa.totp.secret"])}


def _with_app(use: Use) -> Use:
    """The use, by somebody who has an authenticator app and recovery codes."""

    def prepared(client: Client) -> tuple[str, dict[str, Any]]:
        TOTP.activate(USERS.objects.get(username="ada"), SECRET)
        RecoveryCodes.activate(USERS.objects.get(username="ada"))
        return use(client)

    return prepared


def _second_step(code: Callable[[], str]) -> Use:
    def use(client: Client) -> tuple[str, dict[str, Any]]:
        client.logout()
        client.post(reverse("account_login"), {"login": "ada", "password": PASSWORD})
        return reverse("mfa_authenticate"), {"code": code()}

    return _with_app(use)


def _recovery_code() -> str:
    return Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]


def _on_factor(page: str, form: dict[str, Any] | None = None) -> Use:
    return _with_app(lambda _client: (reverse(page, args=[Authenticator.objects.get(type="totp").pk]), form or {}))


def _on_passkey(client: Client) -> tuple[str, dict[str, Any]]:
    _proven(client)
    WebAuthn.add(USERS.objects.get(username="ada"), "Telephone", {})
    return reverse("mfa_remove_webauthn", args=[Authenticator.objects.get().pk]), {}


def _invited(page: str, form: dict[str, Any] | None = None, *, is_ada: bool = False) -> Use:
    def use(client: Client) -> tuple[str, dict[str, Any]]:
        till, ada = make_account("till"), USERS.objects.get(username="ada")
        invited = invite(till.pk, email="ada@example.com" if is_ada else "eve@example.com", role=Role.VIEWER, invited_by_id=ada.pk)
        if page == "payments:invitation":
            if not is_ada:
                client.logout()
            return reverse(page, args=[invited.token]), form or {}
        join(ada, till)
        session = client.session
        session["account"] = "till"
        session.save()
        return reverse(page, args=[invited.invitation_id] if "revoke" in page else []), form or {}

    return use


def _selected_factor(_client: Client) -> tuple[str, dict[str, Any]]:
    chosen = [str(Authenticator.objects.get(type="totp").pk)]
    return reverse("admin:mfa_authenticator_changelist"), {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}


USES_AT_THE_DOOR: dict[str, list[tuple[str, Use]]] = {
    "payments:invitations": [
        ("invitation sent", _invited("payments:invitations", {"account": "till", "email": "bob@example.com", "role": "payer"})),
        (
            "invitation revoked + invitation sent",
            _invited("payments:invitations", {"account": "till", "email": "eve@example.com", "role": "payer"}),
        ),
    ],
    "payments:revoke_invitation": [("invitation revoked", _invited("payments:revoke_invitation"))],
    "payments:invitation": [
        ("invitation accepted", _invited("payments:invitation", is_ada=True)),
        (
            "user added + invitation accepted + signed in",
            _invited("payments:invitation", {"username": "eve", "password": PASSWORD}),
        ),
    ],
    "account_signup": [
        (
            "user added + signed in",
            lambda client: (
                client.logout(),
                (reverse("account_signup"), {"username": "eve", "email": "eve@example.com", "password1": PASSWORD}),
            )[1],
        )
    ],
    "mfa_authenticate": [
        ("signed in", _second_step(lambda: code_of(SECRET))),
        ("sign-in failed", _second_step(lambda: "000000")),
        ("recovery code used + signed in", _second_step(_recovery_code)),
    ],
    "mfa_reauthenticate": [
        ("sign-in failed", _with_app(_to("mfa_reauthenticate", {"code": "000000"}))),
        ("recovery code used", _with_app(lambda _client: (reverse("mfa_reauthenticate"), {"code": _recovery_code()}))),
    ],
    "mfa_activate_totp": [("second factor added + recovery codes made", _switch_on)],
    "mfa_deactivate_totp": [("second factor removed", _with_app(_proven_to("mfa_deactivate_totp")))],
    "mfa_remove_webauthn": [("second factor removed", _on_passkey)],
    "mfa_generate_recovery_codes": [("recovery codes made", _with_app(_proven_to("mfa_generate_recovery_codes")))],
    "admin:mfa_authenticator_delete": [("second factor removed", _on_factor("admin:mfa_authenticator_delete", {"post": "yes"}))],
    "admin:mfa_authenticator_changelist": [("second factor removed", _with_app(_selected_factor))],
    "account_email": [("user changed", _proven_to("account_email", {"action_add": "", "email": "second@example.com"}))],
}
