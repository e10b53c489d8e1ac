"""
Who gets in: whom an owner has invited, and everybody where LNWEB_OPEN_SIGN_UP says so.

A page that is not offered is not there. Where somebody comes from is what the audit log says of it, also when attempts are counted: an
address that a browser makes up buys no further tries.
"""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import Http404, HttpRequest

from payments.services.note_accounts import one_row_each
from payments.web.audit_trail import address_of

_NOWHERE = "0.0.0.0"  # noqa: S104  (what a socket of the file system calls from; nothing listens on it)


class Doors(DefaultAccountAdapter):
    """Sign-in, password change and sign-out as allauth does them; sign-up where it is open."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether anybody may sign up; where not, there is no such page."""
        del request
        if not settings.LNWEB_OPEN_SIGN_UP:
            raise Http404
        return True

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose attempts are counted together."""
        return address_of(request) or _NOWHERE

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """The new password and the audit row about it, both or neither; the slow part comes before the database is asked to wait."""
        user.set_password(password)
        with transaction.atomic():
            user.save()


class OpenSignUp(SignupForm):
    """A person signs up: one audit row, however many tables it takes."""

    def save(self, request: HttpRequest) -> AbstractBaseUser:
        """The person, who belongs to no account yet."""
        with transaction.atomic(), one_row_each():
            person: AbstractBaseUser = super().save(request)
        return person
