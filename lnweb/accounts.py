"""Who gets an account: only whom the owner of the machine gives one (`manage.py createsuperuser`). A wallet is no place to sign up at."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):
    """Sign-in, password change and sign-out as allauth does them; no sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the address exists and says that it is closed."""
        del request
        return False
