"""Who gets an account: only whom the owner of the machine gives one (`manage.py createsuperuser`). A wallet is no place to sign up at."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):
    """Sign-in, password change and sign-out as allauth does them; no sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the address exists and says that it is closed."""
        del request
        return False

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """The new password and the audit row about it, both or neither; the slow part comes before the database is asked to wait."""
        user.set_password(password)
        with transaction.atomic():
            user.save()
