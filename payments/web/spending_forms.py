"""What is typed about approvals and limits."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from payments.access.roles import Role
from payments.lightning.units import MSAT_PER_SAT
from payments.queries.spending_rules import SPENDING_ROLES, Limits, SpendingRules
from payments.web.forms import SatField

MOST_LETTERS_OF_REMARK = 200


class ApproveForm(forms.Form):
    """What the page showed, as one word."""

    digest = forms.RegexField(r"\A[0-9a-f]{64}\Z", strip=False)


class RejectForm(forms.Form):
    """Why not, for who asked."""

    remark = forms.CharField(required=False, max_length=MOST_LETTERS_OF_REMARK)


class LimitsForm(forms.Form):
    """The threshold, and for each role that pays the two limits; in whole satoshi, empty for none."""

    KINDS = ("payment", "day")

    threshold = SatField()

    def __init__(self, data: Mapping[str, str] | None = None, *, rules: SpendingRules) -> None:
        super().__init__(data, initial=_typed(rules))
        for role in SPENDING_ROLES:
            for kind in self.KINDS:
                self.fields[f"{role.value}_{kind}"] = SatField()

    def rows(self) -> list[tuple[Role, list[forms.BoundField]]]:
        """For each role its two fields."""
        return [(role, [self[f"{role.value}_{kind}"] for kind in self.KINDS]) for role in SPENDING_ROLES]

    def rules(self) -> SpendingRules:
        """What was typed, once it is valid."""
        given = self.cleaned_data
        limits = {role: Limits(payment_msat=given[f"{role.value}_payment"], day_msat=given[f"{role.value}_day"]) for role in SPENDING_ROLES}
        return SpendingRules(threshold_msat=given["threshold"], limits=limits)


def _typed(rules: SpendingRules) -> dict[str, str]:
    """As the fields take it."""
    amounts_msat = {"threshold": rules.threshold_msat}
    for role, limits in rules.limits.items():
        amounts_msat |= {f"{role.value}_payment": limits.payment_msat, f"{role.value}_day": limits.day_msat}
    return {name: str(amount_msat // MSAT_PER_SAT) for name, amount_msat in amounts_msat.items() if amount_msat is not None}
