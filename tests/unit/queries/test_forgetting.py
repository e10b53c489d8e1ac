"""What was forgotten stands in the history of the map like what was said: every moment before and after can be drawn and asked again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain, count, repeat

import pytest
from django.db import transaction
from msgspec import msgpack

from payments.lightning.background import TIMER_TICK_MS
from payments.lightning.events import Event, RouteDecided
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.graph.pruning import STALE_AFTER_S
from payments.lightning.manager.announcing import GossipItem
from payments.lightning.manager.freshness import LOOK_EVERY_S, REFRESH_AFTER_S
from payments.models import GossipPast, GossipRecord, RouteDecision
from payments.nodes.gossip_map import read_graph
from payments.nodes.read_models import write_gossip
from payments.queries.network import first_hops, forget_network_graph, network_graph
from payments.queries.past import map_at
from tests.graphs import node, scid
from tests.unit.lightning.graph.test_gossip import channel_announcement, channel_update, node_announcement
from tests.unit.queries.test_replay import begin, ended, invoices, replayed, until

MINUTE_MS = 60_000
TICK_S = TIMER_TICK_MS // 1_000 + 1


class FastClock:
    """The engine's time, set forward at will."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_ms

    @property
    def now_s(self) -> int:
        return self.now_ms() // 1_000


@pytest.fixture
def clock(transactional_db: None, settings, monkeypatch) -> Iterator[FastClock]:
    """Of a sandbox that is built and running, on wires that take no time."""
    settings.LNWEB_SANDBOX_LATENCY_MS = 0
    fast = FastClock()
    monkeypatch.setattr("payments.nodes.engine.now_ms", fast.now_ms)
    monkeypatch.setattr("payments.management.engine_loop.now_ms", fast.now_ms)
    forget_network_graph()
    until(first_hops)
    yield fast
    forget_network_graph()


def strangers_speak(said_at_s: int) -> None:
    """A channel of two nodes that are not here to repeat anything; one of them has a name."""
    items = [GossipItem(message=channel_announcement(), capacity_sat=1_000_000)]
    items += [GossipItem(message=channel_update(channel_flags=direction, timestamp=said_at_s)) for direction in (0, 1)]
    items.append(GossipItem(message=node_announcement(timestamp=said_at_s)))
    with transaction.atomic():
        write_gossip(items)


def newest() -> int:
    return GossipRecord.objects.order_by("-sequence").values_list("sequence", flat=True)[0]


def pay() -> str:
    payment_id = begin(invoices([("aurora-coffee", 25_000_000)])[0])
    ended([payment_id])
    return payment_id


def map_versions(payment_id: str) -> list[int | None]:
    rows = RouteDecision.objects.filter(payment_id=payment_id).order_by("event_id").select_related("event")
    decided = [msgpack.decode(row.event.body, type=Event) for row in rows]
    return [one.map_version for one in decided if isinstance(one, RouteDecided)]


def verdicts(*payment_ids: str) -> set[str]:
    return {decision.again for payment_id in payment_ids for decision in replayed(payment_id).decisions}


def contents(graph: NetworkGraph) -> tuple[object, ...]:
    """All that is on a map, in no order."""
    policies = {
        (channel.short_channel_id, end): graph.policy(channel.short_channel_id, source=end)
        for channel in graph.channels()
        for end in (channel.node_one, channel.node_two)
    }
    return (
        {known.node_id: known for known in graph.nodes()},
        {channel.short_channel_id: channel for channel in graph.channels()},
        policies,
    )


def test_decisions_before_and_after_come_out_identical_and_nothing_alive_is_forgotten(clock: FastClock) -> None:
    alive = contents(network_graph())
    strangers_speak(clock.now_s)
    before = pay()
    (seen,) = set(map_versions(before))
    assert newest() == seen
    with_strangers = contents(map_at(seen))

    clock.ahead_ms += (STALE_AFTER_S + 10) * 1_000
    forgotten = GossipRecord.objects.filter(message=b"")

    def is_forgotten() -> bool:
        clock.ahead_ms += MINUTE_MS
        return forgotten.exists()

    until(is_forgotten)
    after = pay()

    assert ["channel", "node", "policy", "policy"] == sorted(key.partition(" ")[0] for key in forgotten.values_list("key", flat=True))
    assert (None, None) == (network_graph().channel(scid(1)), network_graph().node(node("alice")))
    assert [set(part) for part in alive] == [set(part) for part in contents(network_graph())]
    assert with_strangers == contents(map_at(seen))
    assert {newest()} == set(map_versions(after)), "the engine has counted in memory what is stored"
    assert contents(network_graph()) == contents(map_at(newest())) == contents(read_graph())
    assert {"identical"} == verdicts(before, after)


def test_who_speaks_again_is_on_the_map_again_and_the_past_stays_as_it_was(clock: FastClock) -> None:
    strangers_speak(clock.now_s)
    first = newest()
    clock.ahead_ms += (STALE_AFTER_S + 10) * 1_000

    def is_forgotten() -> bool:
        clock.ahead_ms += MINUTE_MS
        return GossipRecord.objects.filter(message=b"").exists()

    until(is_forgotten)
    silent = newest()
    strangers_speak(clock.now_s)
    back = newest()

    assert [True, False, True] == [map_at(version).channel(scid(1)) is not None for version in (first, silent, back)]
    assert ["alice", None, "alice"] == [
        known and known.alias for known in (map_at(version).node(node("alice")) for version in (first, silent, back))
    ]
    assert 4 == GossipPast.objects.filter(message=b"").count()
    assert contents(network_graph()) == contents(map_at(back)) == contents(read_graph())
    assert back == read_graph().version


@pytest.mark.usefixtures("clock")
def test_a_turn_that_leaves_nothing_but_news_is_stored(clock: FastClock) -> None:
    before, rounds = newest(), count()
    pauses_s = chain([REFRESH_AFTER_S - 60], repeat(0, 20), [LOOK_EVERY_S - 30], repeat(0, 20), repeat(TICK_S))  # blocks come in between

    def is_said_again() -> bool:
        clock.ahead_ms += next(pauses_s) * 1_000
        return newest() > before or next(rounds) > 100

    until(is_said_again)
    assert newest() > before
    assert {newest()} == set(map_versions(pay()))
