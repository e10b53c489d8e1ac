"""Each answer names its request, and nobody outside chooses that name or an address."""

from __future__ import annotations

import asyncio
import re

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connections
from django.test import AsyncClient, Client, RequestFactory

from payments.models import AuditRecord
from payments.web.audit_trail import address_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_knocked_before() -> None:
    """Who knocks too often is sent away without a row."""
    cache.clear()


def test_the_id_is_made_here_whatever_is_sent(client: Client) -> None:
    ids = {client.get("/accounts/login/", HTTP_X_REQUEST_ID="chosen")["X-Request-ID"] for _ in range(3)}
    assert 3 == len(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    assert client.get("/nowhere/")["X-Request-ID"], "also where nothing is"


@pytest.mark.parametrize(
    ("https", "forwarded", "expected"),
    [
        (False, "198.51.100.1", "192.0.2.7"),
        (True, "198.51.100.1", "198.51.100.1"),
        (True, "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (True, "2001:db8::1", "2001:db8::1"),
        (True, "<script>", ""),
        (True, "", "192.0.2.7"),
    ],
)
def test_a_proxy_is_believed_where_there_is_one_and_only_its_own_word(settings, https: bool, forwarded: str, expected: str) -> None:
    settings.HTTPS = https
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=forwarded)
    assert expected == address_of(request)


def test_an_address_that_is_none_is_not_kept() -> None:
    assert "" == address_of(RequestFactory().get("/", REMOTE_ADDR=""))


def test_a_row_carries_the_id_of_the_answer(client: Client) -> None:
    answer = client.post(
        "/accounts/login/", {"login": "nobody", "password": "x"}, REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="192.0.2.8"
    )
    row = AuditRecord.objects.get()
    assert (answer["X-Request-ID"], "192.0.2.7", "visitor") == (row.request_id, row.came_from, row.actor)


@pytest.mark.django_db(transaction=True)
async def test_requests_at_one_time_do_not_mix_up_where_they_come_from(async_client: AsyncClient) -> None:
    async def knock(number: int) -> tuple[str, str]:
        answer = await async_client.post(
            "/accounts/login/", {"login": f"nobody-{number}", "password": "x"}, headers={"user-agent": f"B{number}"}
        )
        return f"B{number}", answer["X-Request-ID"]

    knocks = await asyncio.gather(*(knock(number) for number in range(4)))
    rows = [row async for row in AuditRecord.objects.all()]
    await sync_to_async(connections.close_all)()  # those of the thread that answered
    assert sorted(knocks) == sorted((row.user_agent, row.request_id) for row in rows)
    assert {f"nobody-{row.user_agent[1:]}" in row.after for row in rows} == {True}
