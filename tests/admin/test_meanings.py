"""Every word that stands in a record has a sentence beside it, and none is there that nothing uses."""

from __future__ import annotations

from typing import get_args

import pytest
from django.contrib import admin

from payments.admin.meanings import ACCOUNT, ENTRY, EVENT, MEANINGS, PAYMENT, REASON
from payments.ledger.accounts import Account
from payments.ledger.entries import EntryKind
from payments.lightning.events import Event, PaymentFailureReason
from payments.lightning.payment.status import PaymentStatus

OURS = {model._meta.model_name: model for model in admin.site._registry if model._meta.app_label == "payments"}
SAYS_IT_ITSELF = {("auditrecord", "action"), ("auditrecord", "subject")}
CHOICES = {
    (name, field.name): {str(value) for value, _ in field.choices}
    for name, model in OURS.items()
    for field in model._meta.concrete_fields
    if field.choices
}


def test_every_column_of_states_has_a_table() -> None:
    assert set() == set(CHOICES) - set(MEANINGS) - SAYS_IT_ITSELF


@pytest.mark.parametrize("place", sorted(set(CHOICES) - SAYS_IT_ITSELF))
def test_every_state_has_a_sentence_and_every_sentence_a_state(place: tuple[str, str]) -> None:
    assert CHOICES[place] == set(MEANINGS[place])


def test_what_is_no_choice_of_a_column_is_told_too() -> None:
    assert set(Account) == set(ACCOUNT)
    assert set(EntryKind) == set(ENTRY)
    assert {*PaymentFailureReason, ""} == set(REASON)
    assert {kind.__name__ for kind in get_args(Event)} == set(EVENT)
    assert set(PaymentStatus) - {PaymentStatus.HELD} == set(PAYMENT), "held is never stored"


def test_each_is_a_sentence() -> None:
    for table in MEANINGS.values():
        for state, meaning in table.items():
            assert meaning.endswith("."), state
            assert meaning[0].isupper(), state
