"""Every record that is about money or permissions can be found and looked at, by few statements, and nothing of it can be changed."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

import payments.models
from tests.admin.everything import SECRETS, add_everything
from tests.web.markup import parse

pytestmark = pytest.mark.django_db
SHOWN = sorted((model for model in admin.site._registry if model._meta.app_label == "payments"), key=lambda model: model.__name__)
LEFT_OUT = {
    "AuditHead": "the end of the audit log, on the page of the reconciliation",
    "ChainRecord": "how high the chain is",
    "ChangeCounter": "what open pages follow",
    "ChangeRecord": "what open pages follow",
    "EngineLease": "which process is the engine",
    "EngineState": "the engine's own: there are keys in it",
    "GossipRecord": "the map of the network, which has a page of its own",
    "ProbeRecord": "shown with its test",
    "SavedFilter": "somebody's own searches",
}
FEW_STATEMENTS = 14
NOTHING_TO_SEARCH = {"AccountBalance", "FaultRecord", "RoleLimit"}


def place_of(model: type[models.Model]) -> str:
    return f"/admin/payments/{model._meta.model_name}/"


def test_every_model_is_shown_or_left_out_for_a_reason() -> None:
    ours = set(payments.models.__all__)
    assert ours == {model.__name__ for model in SHOWN} | set(LEFT_OUT)
    assert not {model.__name__ for model in SHOWN} & set(LEFT_OUT)


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(auditor: Client, model: type[models.Model]) -> None:
    add_everything(1)
    auditor.get(place_of(model))
    with CaptureQueriesContext(
        connection,
    ) as one:
        auditor.get(place_of(model))
    for number in range(2, 7):
        add_everything(number)
    with CaptureQueriesContext(connection) as many:
        page = auditor.get(place_of(model))
    assert 200 == page.status_code
    assert model.objects.count() >= 6
    assert len(one) >= len(many), "\n".join(query["sql"][:150] for query in many.captured_queries)
    assert len(many) <= FEW_STATEMENTS


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_a_record_can_be_looked_at_and_nothing_of_it_changed_by_anybody(auditor: Client, model: type[models.Model]) -> None:
    add_everything(1)
    row = model.objects.first()
    assert row is not None
    root = Client()
    root.force_login(get_user_model().objects.create_superuser("root"))
    for person in (auditor, root):
        page = person.get(f"{place_of(model)}{row.pk}/change/")
        assert 200 == page.status_code
        assert not [
            field for field in parse(page.content).all("input") if field.attributes.get("type") not in ("hidden", "search", "submit")
        ]
        assert 'name="_save"' not in page.content.decode()
        assert 'name="action"' not in person.get(place_of(model)).content.decode()
        assert 403 == person.get(f"{place_of(model)}add/").status_code
        assert 403 == person.post(f"{place_of(model)}{row.pk}/change/", {}).status_code
        assert 403 == person.post(f"{place_of(model)}{row.pk}/delete/", {"post": "yes"}).status_code
        person.post(place_of(model), {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"})
        assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_what_has_a_moment_is_drilled_down_by_it_and_what_has_words_is_searched(auditor: Client, model: type[models.Model]) -> None:
    add_everything(1)
    page = admin.site._registry[model]
    if any(isinstance(field, models.DateTimeField) for field in model._meta.concrete_fields):
        assert page.date_hierarchy
    assert bool(page.search_fields) is (model.__name__ not in NOTHING_TO_SEARCH)
    for wanted in ("nothing-like-this", "7", "0" * 64):
        found = auditor.get(place_of(model), {"q": wanted})
        assert 200 == found.status_code
    if page.date_hierarchy:
        year = {f"{page.date_hierarchy}__year": "2001"}
        assert b"0 " in auditor.get(place_of(model), year).content


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_nothing_is_shown_that_opens_something(auditor: Client, model: type[models.Model]) -> None:
    add_everything(1)
    row = model.objects.first()
    assert row is not None
    pages = [auditor.get(place).content.decode() for place in (place_of(model), f"{place_of(model)}{row.pk}/change/")]
    assert [] == [secret for secret in SECRETS.values() for page in pages if secret in page]


def test_amounts_are_in_sat_and_moments_to_the_second(auditor: Client) -> None:
    add_everything(1)
    page = auditor.get("/admin/payments/paymentrecord/").content.decode()
    assert '<span class="sat" title="1,000 msat">1</span>' in page
    assert " UTC</time>" in page
    assert " a.m." not in page
    assert " p.m." not in page


def test_people_are_for_superusers_alone(auditor: Client) -> None:
    assert 403 == auditor.get("/admin/auth/user/").status_code
