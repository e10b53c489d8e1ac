"""What owners and operators type about accounts: roles, names, and money to move."""

from __future__ import annotations

from django import forms

from payments.access.roles import Role
from payments.web.forms import SatField

ROLES = tuple((role.value, role.value.capitalize()) for role in Role)


class RoleForm(forms.Form):
    """What a member shall be from now on."""

    role = forms.ChoiceField(choices=ROLES)


class AccountForm(forms.Form):
    """A new merchant account, and who owns it."""

    name = forms.CharField(max_length=80)
    slug = forms.CharField(max_length=40)
    currency = forms.CharField(max_length=3, required=False)
    owner = forms.CharField(max_length=150, required=False)

    def clean_currency(self) -> str:
        """Typed in small letters it means the same."""
        return str(self.cleaned_data["currency"]).upper()


class MemberForm(forms.Form):
    """Somebody with a name here, and what they shall be."""

    username = forms.CharField(max_length=150)
    role = forms.ChoiceField(choices=ROLES)


class MoveForm(forms.Form):
    """Money of the house for an account, or back. `movement_id` names this one form."""

    WAYS = (("fund", "Into the account"), ("withdraw", "Out of the account"))

    way = forms.ChoiceField(choices=WAYS)
    amount = SatField(least_sat=1)
    reason = forms.CharField(max_length=200)
    movement_id = forms.RegexField(r"\A[0-9a-f]{32}\Z", strip=False)
