"""Every address of the API through which something changes writes exactly one audit row, in the key's name; the others write none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from payments.access.addresses import API
from payments.api.app import api
from payments.models import AuditRecord
from payments.queries.audit_chain import verify_chain
from payments.services.audited import API as NOTED
from payments.services.audited import ONLY_READ
from tests.people import make_owner
from tests.unit.services.wallet import fund
from tests.web.uses_of_programs import READS, WISHES, Wish, make_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key(settings: Any, tmp_path: Path) -> str:
    """A key of the house that may do everything; the house has money."""
    settings.LNWEB_STATE_DIR = tmp_path
    make_owner("ada")
    fund(100_000_000)
    return make_key()


def send(key: str, wish: Wish) -> tuple[Any, list[AuditRecord]]:
    """The answer, and the rows that it left."""
    address, body = wish()
    before = AuditRecord.objects.count()
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "order 7", "User-Agent": "till/1"}
    answer = Client().post(address, body, content_type="application/json", headers=headers, REMOTE_ADDR="192.0.2.7")
    return answer, list(AuditRecord.objects.order_by("sequence")[before:])


@pytest.mark.parametrize("name", WISHES)
def test_a_wish_writes_its_row_and_no_other(key: str, name: str) -> None:
    action, wish = WISHES[name]
    answer, [row] = send(key, wish)

    assert answer.status_code in {201, 202}, answer.content
    assert (action, NOTED[name]) == (row.action, (row.action,))
    assert ("API key", f"{key[4:12]} till", "192.0.2.7", "till/1") == (row.actor, row.actor_name, row.came_from, row.user_agent)
    assert row.request_id == answer["X-Request-ID"]
    assert key not in row.before + row.after
    assert None is verify_chain().damage


@pytest.mark.parametrize("name", READS)
def test_what_only_reads_writes_nothing(key: str, name: str) -> None:
    answer, rows = send(key, READS[name])

    assert (200, []) == (answer.status_code, rows)


@pytest.mark.parametrize("name", WISHES)
def test_who_is_refused_leaves_nothing(name: str) -> None:
    answer, rows = send("lnw_00000000_" + "A" * 43, WISHES[name][1])

    assert (401, []) == (answer.status_code, rows)


def test_the_same_wish_once_more_leaves_nothing(key: str) -> None:
    send(key, WISHES["api:payments"][1])

    answer, rows = send(key, WISHES["api:payments"][1])
    assert (201, []) == (answer.status_code, rows)


def test_every_address_that_takes_a_body_is_tried_here() -> None:
    names = {
        f"api:{operation.url_name}"
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
        if "POST" in operation.methods
    }

    assert names == set(WISHES) | set(READS)
    assert (set(WISHES), set()) == (set(NOTED), set(READS) - set(ONLY_READ))
    assert len(names) == len([1 for method, _ in API if method != "GET"])
    assert {reverse(name, args=["ef" * 16] if "cancel" in name else []) for name in names}
