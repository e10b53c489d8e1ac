"""Web processes believe what the engine believes, entry by entry, and a start reads the same."""

from __future__ import annotations

import pytest

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId
from payments.lightning.scoring.lessons import Evidence, Lesson, Outcome
from payments.lightning.scoring.memory import SNAPSHOT_EVERY_ENTRIES, ScorerMemory
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.models import EngineState
from payments.nodes.errors import StoredStateUnreadable
from payments.nodes.store import read_knowledge, write_state
from payments.queries.knowledge import forget_known_scorer, known_scorer
from tests.graphs import scid

OWNER = NodeId(b"\x02" * 33)
NOW_S = 1_700_000_000
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unread() -> None:
    forget_known_scorer()


def engine(entries: int, memory: ScorerMemory | None = None) -> ScorerMemory:
    """The engine's scorer after so many entries more, all of them stored."""
    memory = memory or ScorerMemory(ProbabilisticScorer(NetworkGraph(), keeps_evidence=True))
    for _ in range(entries):
        number = memory.next_entry
        tried = Lesson(scid(number % 9 + 1), number % 2, Outcome(number % 3), 1_000 * (number % 900 + 1), 1_000_000)
        memory.scorer._keep(Evidence(NOW_S + number, (tried,)))
        write_state(memory.take_writes(OWNER))
    return memory


def stored_knowledge(scorer: ProbabilisticScorer):
    return scorer.knowledge._learnt[: len(scorer.knowledge), :6].tolist()


@pytest.mark.parametrize("entries", [0, 3, SNAPSHOT_EVERY_ENTRIES + 2])
def test_the_page_believes_what_the_engine_believes(entries):
    memory = engine(entries)
    assert stored_knowledge(memory.scorer) == stored_knowledge(known_scorer(OWNER))


def test_what_is_new_is_read_and_nothing_else(django_assert_num_queries):
    memory = engine(3)
    first = known_scorer(OWNER)
    engine(2, memory)
    with django_assert_num_queries(1):
        second = known_scorer(OWNER)
    assert first is second
    assert stored_knowledge(memory.scorer) == stored_knowledge(second)


def test_another_store_is_read_from_its_beginning():
    engine(3)
    known_scorer(OWNER)
    EngineState.objects.all().delete()
    assert 0 == len(known_scorer(OWNER).knowledge)
    memory = engine(1)
    assert stored_knowledge(memory.scorer) == stored_knowledge(known_scorer(OWNER))


def test_a_start_reads_the_snapshot_and_what_came_after_it():
    memory = engine(SNAPSHOT_EVERY_ENTRIES + 2)
    items = list(read_knowledge(OWNER))
    again = ScorerMemory(ProbabilisticScorer(NetworkGraph(), keeps_evidence=True))
    for item in items:
        again.load(item.namespace, item.key[33:], item.value)
    again.resume()
    assert 3 == len(items)
    assert (memory.next_entry, stored_knowledge(memory.scorer)) == (again.next_entry, stored_knowledge(again.scorer))


def test_a_damaged_snapshot_stops_the_start():
    engine(SNAPSHOT_EVERY_ENTRIES)
    EngineState.objects.filter(namespace="knowledge").update(value=b"\xc1")
    with pytest.raises(StoredStateUnreadable):
        list(read_knowledge(OWNER))
