"""The map of our own node in a web process: a price that changes is put on it, anything else has it drawn anew."""

from __future__ import annotations

import pytest

from payments.lightning.ids import make_scid
from payments.models import GossipPast, GossipRecord
from payments.queries import network as queries
from payments.queries.atlas import own_atlas
from payments.queries.network import network_graph
from tests.unit.queries.small_world import announce, build, set_price
from tests.unit.services.wallet import NEXT_SCID, RELAY, SHOP

pytestmark = pytest.mark.django_db
LATER_S = 1_700_000_001
FIRST, SECOND = sorted((RELAY, SHOP))


@pytest.fixture
def drawings(monkeypatch) -> list[int]:
    """How often the map was drawn."""
    drawn: list[int] = []
    draw = queries._draw
    monkeypatch.setattr(queries, "_draw", lambda: drawn.append(1) or draw())
    build()
    network_graph()
    return drawn


def fees() -> list[int | None]:
    """What both directions ask, as the map and the pages' arrays have it: the same."""
    graph, snapshot = network_graph(), own_atlas().snapshot
    policies = [graph.policy(NEXT_SCID, source=end) for end in (FIRST, SECOND)]
    assert policies == [snapshot.policy(NEXT_SCID, source=end) for end in (FIRST, SECOND)]
    return [None if policy is None else policy.fee_base_msat for policy in policies]


def test_a_new_price_is_there_and_the_map_was_not_drawn_anew(drawings) -> None:
    before, held = fees(), network_graph()
    finder = own_atlas().finder
    set_price(NEXT_SCID, 0, fee_base_msat=7, timestamp_s=LATER_S)
    set_price(NEXT_SCID, 1, fee_base_msat=8, timestamp_s=LATER_S)
    set_price(NEXT_SCID, 1, fee_base_msat=9, timestamp_s=LATER_S + 1)

    assert ([1_000, 1_000], [7, 9], [1]) == (before, fees(), drawings)
    assert network_graph() is network_graph()
    assert 1_000 == held.policy(NEXT_SCID, source=FIRST).fee_base_msat, "who still reads the old map reads it to its end"
    assert own_atlas().finder is finder, "names do not depend on prices"


def test_a_new_channel_has_it_drawn_anew(drawings) -> None:
    announce(make_scid(102, 1, 0), RELAY, SHOP)
    assert network_graph().channel(make_scid(102, 1, 0)) is not None
    assert [1, 1] == drawings


def test_so_has_a_policy_that_is_forgotten(drawings) -> None:
    row = GossipRecord.objects.get(key=f"policy {NEXT_SCID} 0")
    sequence = GossipRecord.objects.order_by("-sequence").values_list("sequence", flat=True)[0] + 1
    GossipPast.objects.create(key=row.key, message=row.message, sequence=row.sequence, replaced_at=sequence)
    GossipRecord.objects.filter(pk=row.pk).update(message=b"", sequence=sequence)

    assert [None, 1_000] == fees()
    assert [1, 1] == drawings


def test_so_have_very_many_prices(drawings, monkeypatch) -> None:
    monkeypatch.setattr(queries, "MOST_PATCHES", 2)
    for number in range(3):
        set_price(NEXT_SCID, 0, fee_base_msat=number, timestamp_s=LATER_S + number)
    assert [2, 1_000] == fees()
    assert [1, 1] == drawings
