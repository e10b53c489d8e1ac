"""The map as it was: with what was replaced, without what came later, to the very message."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from msgspec.structs import replace

from payments.lightning.ids import ShortChannelId, make_scid
from payments.lightning.manager.announcing import GossipItem
from payments.lightning.wire.gossip_messages import ChannelAnnouncement, ChannelUpdate
from payments.lightning.wire.messages import decode_message
from payments.models import GossipPast, GossipRecord
from payments.nodes.gossip_map import read_graph
from payments.nodes.read_models import write_gossip
from payments.queries.past import map_at
from tests.unit.queries.small_world import announce, build
from tests.unit.services.wallet import NEXT_SCID, RELAY, SHOP

OTHER_SCID = make_scid(102, 1, 0)
pytestmark = pytest.mark.django_db


def heard(*others: ShortChannelId) -> list[GossipItem]:
    """A channel with a price in both directions, and others beside it, as the engine would store them."""
    build()
    for other in others:
        announce(other, RELAY, SHOP)
    items = []
    for row in GossipRecord.objects.order_by("id"):
        message = decode_message(bytes(row.message))
        assert isinstance(message, ChannelAnnouncement | ChannelUpdate)
        items.append(GossipItem(message=message, capacity_sat=row.capacity_sat))
    GossipRecord.objects.all().delete()
    return items


def dearer(item: GossipItem, times: int) -> GossipItem:
    assert isinstance(item.message, ChannelUpdate)
    asked = {"fee_base_msat": 1_000 * (times + 1), "timestamp": item.message.timestamp + times}
    return GossipItem(message=replace(item.message, **asked))


def prices(version: int) -> list[int | None]:
    graph = map_at(version)
    policies = [graph.policy(NEXT_SCID, source=min(RELAY, SHOP)), graph.policy(NEXT_SCID, source=max(RELAY, SHOP))]
    return [None if policy is None else policy.fee_base_msat for policy in policies]


def test_each_message_is_on_the_map_from_its_own_number_on() -> None:
    channel, first, second = heard()
    write_gossip([channel, first, second])
    write_gossip([dearer(first, 1), dearer(first, 2)])  # both in one turn
    write_gossip([dearer(second, 1)])

    found = [prices(version) for version in range(7)]

    nothing, before = [None, None], [1_000, 1_000]
    assert [nothing, nothing, [1_000, None], before, [2_000, 1_000], [3_000, 1_000], [3_000, 2_000]] == found
    assert (3, 6) == (GossipPast.objects.count(), read_graph().version)


def test_a_map_counts_on_where_its_stored_messages_end_and_keeps_its_order() -> None:
    items = heard(OTHER_SCID)
    write_gossip(items)
    live = read_graph()
    for news in (dearer(items[2], 1), dearer(items[1], 1)):
        assert live.apply(news.message)
        write_gossip([news])
    assert live.version == read_graph().version == GossipRecord.objects.order_by("-sequence")[0].sequence
    assert list(live.incoming(SHOP)) == list(read_graph().incoming(SHOP)) == list(map_at(live.version).incoming(SHOP))


def test_the_past_is_never_changed() -> None:
    channel, first, second = heard()
    write_gossip([channel, first, second, dearer(first, 1)])
    for change in (lambda: GossipPast.objects.update(sequence=0), lambda: GossipPast.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
