from __future__ import annotations

import asyncio

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError

from payments.live import follower as follower_module
from payments.live.follower import Followed, Follower
from payments.nodes.doorbell import ring


class Changes:
    """Stands in for the query: a list of stored changes, and how often it was asked."""

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.looks = 0
        self.failures: list[Exception] = []

    def since(self, cursor: int | None) -> tuple[int, tuple[str, ...]]:
        self.looks += 1
        if self.failures:
            raise self.failures.pop(0)
        begin = len(self.stored) if cursor is None else cursor
        return len(self.stored), tuple(dict.fromkeys(self.stored[begin:]))


@pytest.fixture
def changes(monkeypatch):
    changes = Changes()
    monkeypatch.setattr(follower_module, "changes_since", changes.since)
    monkeypatch.setattr(follower_module, "LOOK_AGAIN_S", 0.1)
    return changes


@pytest.fixture
async def follower(changes, tmp_path):
    follower = Follower(tmp_path)
    yield follower
    await follower.stop()


async def open_page(group):
    layer = get_channel_layer()
    page = await layer.new_channel()
    await layer.group_add(group, page)
    return page


async def heard(page):
    return await asyncio.wait_for(get_channel_layer().receive(page), 10)


@pytest.mark.django_db(transaction=True)
async def test_it_works(follower, changes, tmp_path):
    page = await open_page("payment-1")
    await follower.start()
    changes.stored.append("payment-1")
    ring(tmp_path, "web")

    assert {"type": "changed"} == await heard(page)


@pytest.mark.django_db(transaction=True)
async def test_a_change_without_a_ring_is_found_by_looking(follower, changes):
    page = await open_page("payment-2")
    await follower.start()
    changes.stored.append("payment-2")

    assert {"type": "changed"} == await heard(page)


@pytest.mark.django_db(transaction=True)
async def test_what_changed_before_the_start_is_not_told(follower, changes):
    page = await open_page("payment-3")
    changes.stored.append("payment-3")
    await follower.start()
    changes.stored.append("payment-4")
    other = await open_page("payment-4")
    await heard(other)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(get_channel_layer().receive(page), 0.05)


@pytest.mark.django_db(transaction=True)
async def test_what_changed_while_the_database_was_away_is_told_afterwards(follower, changes, caplog):
    page = await open_page("payment-5")
    await follower.start()
    changes.failures = [OperationalError("away"), OperationalError("away")]
    changes.stored.append("payment-5")

    assert {"type": "changed"} == await heard(page)
    assert [] == changes.failures
    assert "Could not tell the open pages" in caplog.text


@pytest.mark.django_db(transaction=True)
async def test_what_the_channel_layer_did_not_take_is_told_again(follower, changes, monkeypatch):
    page = await open_page("payment-6")
    await follower.start()
    layer = get_channel_layer()
    send, refused = layer.group_send, []

    async def refuse_once(group, message):
        if not refused:
            refused.append(group)
            raise ConnectionError
        await send(group, message)

    monkeypatch.setattr(layer, "group_send", refuse_once)
    changes.stored.append("payment-6")

    assert {"type": "changed"} == await heard(page)
    assert ["payment-6"] == refused


@pytest.mark.django_db(transaction=True)
async def test_many_rings_at_once_are_few_looks(follower, changes, tmp_path):
    page = await open_page("payment-7")
    await follower.start()
    before = changes.looks
    for _ in range(100):
        changes.stored.append("payment-7")
        ring(tmp_path, "web")
        await asyncio.sleep(0)
    await heard(page)

    assert changes.looks - before < 10


@pytest.mark.django_db(transaction=True)
async def test_the_first_visitor_starts_it_and_the_second_does_not(changes, settings, tmp_path):
    settings.LNWEB_STATE_DIR = tmp_path
    visits = []

    async def page(scope, receive, send):
        visits.append((scope, changes.looks > 0))

    followed = Followed(page)
    await followed("first", None, None)
    await followed("second", None, None)
    listeners = list((tmp_path / "bells").iterdir())
    await followed._follower.stop()

    assert [("first", True), ("second", True)] == visits
    assert 1 == len(listeners)
