"""Lessons are written once, snapshots now and then, and both give back the same scorer in any order of loading."""

from __future__ import annotations

from msgspec import msgpack

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.scoring.lessons import Evidence, Lesson, Outcome
from payments.lightning.scoring.memory import (
    EVIDENCE_NAMESPACE,
    KNOWLEDGE_NAMESPACE,
    SNAPSHOT_EVERY_ENTRIES,
    ScorerMemory,
    first_entry_after,
    key_of_entry,
)
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from tests.graphs import scid

OWNER = b"\x02" * 33
NOW_S = 1_700_000_000


def lesson(number: int) -> Evidence:
    tried = Lesson(scid(number % 70 + 1), number % 2, Outcome(number % 3), 1_000 * (number % 900 + 1), 1_000_000)
    return Evidence(NOW_S + 7 * number, (tried,))


def teach(memory: ScorerMemory, number: int):
    """One turn in which something was learnt, and what it stores."""
    memory.scorer._keep(lesson(number))
    return memory.take_writes(OWNER)


def fresh() -> ScorerMemory:
    return ScorerMemory(ProbabilisticScorer(NetworkGraph(), keeps_evidence=True))


def beliefs(memory: ScorerMemory):
    memory.scorer.time_passed(now_s=NOW_S + 10_000)
    return [memory.scorer.bounds_msat((scid(number), bit)) or (0, 1_000_000) for number in range(1, 71) for bit in (0, 1)]


def test_a_turn_is_one_value_and_nothing_learnt_is_none():
    memory = fresh()
    (write,) = teach(memory, 0)
    assert (EVIDENCE_NAMESPACE, OWNER + bytes(8)) == (write.namespace, write.key)
    assert [lesson(0)] == msgpack.decode(write.value, type=list[Evidence])
    assert [] == memory.take_writes(OWNER)


def test_a_restart_knows_the_same_with_the_snapshot_and_without():
    memory, store = fresh(), {}
    for number in range(SNAPSHOT_EVERY_ENTRIES + 50):
        for write in teach(memory, number):
            store[write.namespace, write.key[33:]] = write.value
    snapshot = store[KNOWLEDGE_NAMESPACE, b""]
    assert SNAPSHOT_EVERY_ENTRIES == first_entry_after(snapshot)
    with_all, with_few, with_none = fresh(), fresh(), fresh()
    for (namespace, key), value in store.items():
        with_all.load(namespace, key, value)
        if namespace == EVIDENCE_NAMESPACE:
            with_none.load(namespace, key, value)
        if namespace == KNOWLEDGE_NAMESPACE or key >= key_of_entry(SNAPSHOT_EVERY_ENTRIES):
            with_few.load(namespace, key, value)
    for loaded in (with_all, with_few, with_none):
        loaded.resume()
        assert memory.next_entry == loaded.next_entry
        assert beliefs(memory) == beliefs(loaded)


def test_what_is_learnt_after_a_restart_is_written_behind_the_rest():
    memory = fresh()
    (first,) = teach(memory, 0)
    again = fresh()
    again.load(first.namespace, first.key[33:], first.value)
    again.resume()
    (second,) = teach(again, 1)
    assert OWNER + key_of_entry(1) == second.key
