"""Lay down what each role may spend from an account, and from where on somebody else has to approve. It holds from the next payment on."""

from __future__ import annotations

from django.db import transaction
from msgspec import to_builtins

from payments.models import MerchantAccount, RoleLimit
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.spending_rules import SpendingRules, spending_rules
from payments.services.note_audit import Note, Subject, note_audits


def set_spending_rules(account_id: int, rules: SpendingRules) -> bool:
    """Make these the rules; whether anything is different now. What changed is noted as it was and as it is."""
    with transaction.atomic():
        account = MerchantAccount.objects.select_for_update(no_key=True).get(pk=account_id)
        before = spending_rules(account_id)
        if before == rules:
            return False
        MerchantAccount.objects.filter(pk=account_id).update(approval_threshold_msat=rules.threshold_msat)
        for role, limits in rules.limits.items():
            amounts_msat = {"payment_msat": limits.payment_msat, "day_msat": limits.day_msat}
            RoleLimit.objects.update_or_create(account_id=account_id, role=role.value, defaults=amounts_msat)
        was, is_now = _told(before), _told(rules)
        changed = [name for name in is_now if was.get(name) != is_now[name]]
        note = Note(
            action=AuditAction.LIMITS_CHANGED,
            subject=Subject(kind=SubjectKind.ACCOUNT, id=account.slug),
            before={name: was[name] for name in changed},
            after={name: is_now[name] for name in changed},
        )
        note_audits([note])
    return True


def _told(rules: SpendingRules) -> dict[str, object]:
    """One name for each figure, so that a row says only what changed."""
    limits = {f"{role.value}_{name}": amount_msat for role, each in rules.limits.items() for name, amount_msat in to_builtins(each).items()}
    return {"approval_threshold_msat": rules.threshold_msat, **limits}
