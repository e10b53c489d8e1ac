"""Auditors see how routes were decided and what the map once said, and change neither."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from payments.models import EngineEvent, GossipPast, RouteDecision
from payments.services.pay_invoice import pay_invoice
from tests.unit.services.wallet import ID, fund, make_invoice

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    client.force_login(get_user_model().objects.create_superuser("root", password="x"))
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    event = EngineEvent.objects.create(kind="RouteDecided", body=b"")
    RouteDecision.objects.create(event=event, payment_id=ID)
    GossipPast.objects.create(key="policy 1x2x3 0", message=b"\x01\x02", sequence=1, replaced_at=2)
    GossipPast.objects.create(key="policy 1x2x3 1", message=b"", sequence=2, replaced_at=3)
    return client


@pytest.mark.parametrize(("group", "status"), [("auditor", 200), ("nobody", 302)])
def test_who_may_look_is_said_by_the_role_for_the_whole_installation(administrator, client, group, status) -> None:
    person = get_user_model().objects.create_user("staff", password="x", is_staff=True)
    person.groups.add(Group.objects.get_or_create(name=group)[0])
    client.force_login(person)
    assert [status] * 2 == [client.get(f"/admin/payments/{name}/").status_code for name in ("routedecision", "gossippast")]


@pytest.mark.parametrize("model", [RouteDecision, GossipPast])
def test_they_can_be_looked_at_and_nothing_else(administrator, model) -> None:
    place = f"/admin/payments/{model._meta.model_name}/"
    for row in model.objects.all():
        assert 200 == administrator.get(f"{place}{row.pk}/change/").status_code
        assert 403 == administrator.post(f"{place}{row.pk}/change/", {"key": "x"}).status_code
        assert 403 == administrator.post(f"{place}{row.pk}/delete/", {"post": "yes"}).status_code
    assert 403 == administrator.get(f"{place}add/").status_code


def test_a_decision_leads_to_its_payment_and_to_being_made_once_more(administrator) -> None:
    page = administrator.get(f"/admin/payments/routedecision/?q={ID}").content.decode()
    assert f"/payments/{ID}/replay/" in page
    assert ID[:8] in page
    assert ID not in administrator.get("/admin/payments/routedecision/?q=nothing").content.decode().replace("?q=nothing", "")


def test_the_past_shows_what_was_said_and_what_was_forgotten(administrator) -> None:
    page = administrator.get("/admin/payments/gossippast/?q=1x2x3").content.decode()
    assert page.index("forgotten") < page.index("2 bytes"), "the latest replaced first"
    first = GossipPast.objects.order_by("sequence")[0]
    assert "0102" in administrator.get(f"/admin/payments/gossippast/{first.pk}/change/").content.decode()
