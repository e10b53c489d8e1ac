"""The admin shows every record and changes none."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model

from payments.models import PaymentRecord
from payments.services.pay_invoice import pay_invoice
from tests.unit.services.wallet import ID, fund, make_invoice, sent, started, tell

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model._meta.app_label == "payments"]


@pytest.fixture
def administrator(client):
    client.force_login(get_user_model().objects.create_superuser("root", password="x"))
    fund()
    pay_invoice(make_invoice(), payment_id=ID)
    tell(started(), sent())
    return client


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_every_list_and_record_can_be_looked_at_and_nothing_else(administrator, model) -> None:
    place = f"/admin/payments/{model._meta.model_name}/"
    assert 200 == administrator.get(place).status_code
    assert 403 == administrator.get(f"{place}add/").status_code
    row = model.objects.first()
    if row is not None:
        assert 200 == administrator.get(f"{place}{row.pk}/change/").status_code
        assert 403 == administrator.post(f"{place}{row.pk}/change/", {"amount_msat": 1}).status_code
        assert 403 == administrator.post(f"{place}{row.pk}/delete/", {"post": "yes"}).status_code


def test_a_payment_cannot_be_marked_failed_by_hand(administrator) -> None:
    administrator.post(f"/admin/payments/paymentrecord/{ID}/change/", {"status": "failed"})
    assert "paid" == PaymentRecord.objects.get().status
