"""The owners' page of limits: what is typed becomes the rules, with the old and the new figure in the audit log."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from payments.access.roles import Role
from payments.models import AuditRecord, MerchantAccount, RoleLimit
from payments.queries.spending_rules import SPENDING_ROLES, Limits, SpendingRules, spending_rules
from payments.services.set_spending_rules import set_spending_rules
from tests.people import join, make_account, make_user
from tests.web.markup import fields, parse

pytestmark = pytest.mark.django_db
PAGE = "/account/limits/"
NOTHING = {"threshold": "", "payer_payment": "", "payer_day": "", "owner_payment": "", "owner_day": ""}


@pytest.fixture
def bakery(db: None) -> MerchantAccount:
    return make_account("bakery")


@pytest.fixture
def olga(bakery: MerchantAccount, client: Client) -> Client:
    """The owner's browser."""
    client.force_login(join(make_user("olga"), bakery))
    return client


def test_only_roles_that_pay_have_limits() -> None:
    assert (Role.PAYER, Role.OWNER) == SPENDING_ROLES


def test_what_is_typed_are_the_rules_and_the_page_says_so(olga: Client, bakery: MerchantAccount) -> None:
    form = NOTHING | {"account": "bakery", "threshold": "5000", "payer_payment": "1000", "payer_day": "3000", "owner_day": "0"}
    answer = olga.post(PAGE, form, follow=True)
    assert [(f"{PAGE}?saved", 302)] == answer.redirect_chain
    limits = {Role.PAYER: Limits(payment_msat=1_000_000, day_msat=3_000_000), Role.OWNER: Limits(day_msat=0)}
    assert SpendingRules(threshold_msat=5_000_000, limits=limits) == spending_rules(bakery.pk)
    shown = {element.attributes["name"]: element.attributes["value"] for element in parse(answer.content).all("input", inputmode="numeric")}
    assert {name: form[name] for name in NOTHING} == shown
    assert "These are the rules now" in parse(answer.content).one("p", role="status").text


def test_only_what_changed_is_noted_as_it_was_and_as_it_is(olga: Client, bakery: MerchantAccount) -> None:
    olga.post(PAGE, NOTHING | {"account": "bakery", "threshold": "5000", "payer_day": "3000"})
    olga.post(PAGE, NOTHING | {"account": "bakery", "threshold": "6000", "payer_day": "3000"})
    first, second = AuditRecord.objects.filter(action="limits changed").order_by("sequence")
    assert ("account", "bakery", "olga") == (first.subject, first.subject_id, first.actor_name)
    assert {"approval_threshold_msat": None, "payer_day_msat": None} == json.loads(first.before)
    assert {"approval_threshold_msat": 5_000_000, "payer_day_msat": 3_000_000} == json.loads(first.after)
    assert ({"approval_threshold_msat": 5_000_000}, {"approval_threshold_msat": 6_000_000}) == (
        json.loads(second.before),
        json.loads(second.after),
    )


def test_the_same_again_changes_and_notes_nothing(olga: Client, bakery: MerchantAccount) -> None:
    form = fields("limits", parse(olga.get(PAGE).content))
    assert 302 == olga.post(PAGE, form).status_code
    assert (0, 0) == (RoleLimit.objects.count(), AuditRecord.objects.filter(action="limits changed").count())
    assert not set_spending_rules(bakery.pk, spending_rules(bakery.pk))


def test_an_emptied_field_is_no_limit(olga: Client, bakery: MerchantAccount) -> None:
    olga.post(PAGE, NOTHING | {"account": "bakery", "threshold": "5000", "payer_day": "3000"})
    olga.post(PAGE, NOTHING | {"account": "bakery"})
    assert SpendingRules(threshold_msat=None, limits={Role.PAYER: Limits(), Role.OWNER: Limits()}) == spending_rules(bakery.pk)


@pytest.mark.parametrize("typed", ["-1", "1.5", "1e3", "٣", "99999999999999999", "9" * 16, "1 000"])
@pytest.mark.parametrize("name", NOTHING)
def test_anything_but_whole_satoshi_changes_nothing_and_stays_in_its_field(olga: Client, name: str, typed: str) -> None:
    answer = olga.post(PAGE, NOTHING | {"account": "bakery", name: typed})
    page = parse(answer.content)
    assert (400, 0) == (answer.status_code, RoleLimit.objects.count())
    assert (typed, 1) == (page.one("input", name=name).attributes["value"], len(page.all("p", class_="field-error")))


def test_a_form_of_another_account_changes_nothing(olga: Client, bakery: MerchantAccount) -> None:
    answer = olga.post(PAGE, NOTHING | {"account": "cafe", "threshold": "1"})
    assert (409, None) == (answer.status_code, spending_rules(bakery.pk).threshold_msat)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_nobody_but_owners_sets_them(client: Client, bakery: MerchantAccount, role: Role) -> None:
    client.force_login(join(make_user("otto"), bakery, role=role))
    assert 403 == client.get(PAGE).status_code
    assert 403 == client.post(PAGE, NOTHING | {"account": "bakery", "threshold": "1"}).status_code
    assert None is spending_rules(bakery.pk).threshold_msat


def test_the_limits_of_one_account_are_not_those_of_another(olga: Client, bakery: MerchantAccount) -> None:
    other = make_account("cafe")
    olga.post(PAGE, NOTHING | {"account": "bakery", "threshold": "5000", "payer_day": "3000"})
    assert SpendingRules(threshold_msat=None, limits={Role.PAYER: Limits(), Role.OWNER: Limits()}) == spending_rules(other.pk)
    assert 5_000_000 == spending_rules(bakery.pk).threshold_msat
