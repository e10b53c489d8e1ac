"""What pages say about approvals and limits: a state as a pill, how many wait, and what the rules say to a preview."""

from __future__ import annotations

from typing import Any

from django import template

from payments.queries.account_shapes import AccountShape
from payments.queries.approvals import waiting_for
from payments.queries.shapes import PreviewShape
from payments.web.spending import Ruling, ruling_on

register = template.Library()

PILLS = {
    "waiting": ("Needs approval", "clock"),
    "approved": ("Approved", "tick"),
    "rejected": ("Rejected", "cross"),
    "withdrawn": ("Taken back", "expired"),
    "expired": ("Expired", "expired"),
}


@register.inclusion_tag("payments/_pill.html")
def approval_pill(state: str) -> dict[str, str]:
    """A state as a word, an icon and a colour: never a colour alone."""
    word, icon = PILLS[state]
    return {"status": f"approval-{state}", "word": word, "icon": f"payments/icons/{icon}.svg"}


@register.simple_tag
def waiting_here(user: Any, account: AccountShape | None) -> int:  # noqa: ANN401  (whatever the site's user model is)
    """How many requests of others wait for this person to decide."""
    return waiting_for(user.pk, account.id) if account and account.approves else 0


@register.simple_tag(takes_context=True)
def ruling(context: dict[str, Any], preview: PreviewShape) -> Ruling:
    """What the rules of the account that the page is about say to this payment."""
    return ruling_on(context["request"], preview)
