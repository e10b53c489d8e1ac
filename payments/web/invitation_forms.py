"""What people type when they invite somebody, or come in by an invitation."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from payments.access.roles import Role
from payments.queries.account_shapes import AccountShape

_MOST_PASSWORD_LETTERS = 1024
"""A longer one only keeps the server busy."""
_OTHER_WINDOW = "You are working in {account} now, and this form was for another account. Nobody was invited; look again."


class InviteForm(forms.Form):
    """
    Whom to let in, and as what.

    account    the current one: the form says which one it was made for, and another window may have changed that
    """

    account = forms.CharField(required=False, widget=forms.HiddenInput)
    email = forms.EmailField(max_length=254, error_messages={"required": "Whom to invite?", "invalid": "This is no e-mail address."})
    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role], error_messages={"required": "What shall they be?"})

    def __init__(self, data: Any, *, account: AccountShape) -> None:  # noqa: ANN401  (Django's own)
        super().__init__(data)
        self._account = account

    def clean_account(self) -> str:
        """The account that the form was made for is the current one."""
        if self.cleaned_data["account"] != self._account.slug:
            raise ValidationError(_OTHER_WINDOW.format(account=self._account.name), code="other_window")
        return self._account.slug


class ComeInForm(forms.Form):
    """
    A name and a password for a new person.

    email      which is fixed: a password that is like it is refused
    """

    username = forms.CharField(max_length=150, error_messages={"required": "Choose a name to sign in with."})
    password = forms.CharField(max_length=_MOST_PASSWORD_LETTERS, strip=False, error_messages={"required": "Choose a password."})

    def __init__(self, data: Any, *, email: str) -> None:  # noqa: ANN401  (Django's own)
        super().__init__(data)
        self._email = email

    def clean_username(self) -> str:
        """A name that nobody else has, whatever its capitals."""
        name: str = get_adapter().clean_username(self.cleaned_data["username"])
        return name

    def clean(self) -> dict[str, Any]:
        """A password that is not too easy for this very person."""
        given = self.cleaned_data
        if "username" in given and "password" in given:
            person = get_user_model()(username=given["username"], email=self._email)
            try:
                get_adapter().clean_password(given["password"], user=person)
            except ValidationError as error:
                self.add_error("password", error)
        return given
