"""
What a scorer learnt, on disk: every lesson once, and from time to time all that is known, so that a start need not read every lesson.

Lessons are appended in the commit of the turn that taught them and never change; the snapshot is replaced. Snapshot and the lessons after
it give exactly the scorer that stored them, and so do all lessons from the first on.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import msgspec

from payments.lightning.scoring.knowledge import KnowledgeSnapshot
from payments.lightning.scoring.lessons import Evidence
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.shelf import StoreWrite

EVIDENCE_NAMESPACE = "evidence"
"""Key: the number of the entry, 8 bytes, counted from 0. Value: a list of Evidence."""
KNOWLEDGE_NAMESPACE = "knowledge"
"""One value, without a key of its own: StoredKnowledge."""
SNAPSHOT_EVERY_ENTRIES = 1_000
"""Lessons between two snapshots. 1,000: they are read in some 20 ms, and a snapshot of a well-probed mainnet is half a megabyte."""


class StoredKnowledge(msgspec.Struct, frozen=True, kw_only=True):
    """All that the entries before `next_entry` taught."""

    next_entry: int
    knowledge: KnowledgeSnapshot


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a scorer knew at some moment: enough to make that scorer again from its evidence.

    entries      so many whole entries it had heard
    evidence     and so many of the next one, which was not stored yet
    faded_to_s   the time that it had last been told
    """

    entries: int
    evidence: int
    faded_to_s: int


_entry = msgspec.msgpack.Decoder(list[Evidence])
_stored = msgspec.msgpack.Decoder(StoredKnowledge)


class ScorerMemory:
    """Keeps a scorer's evidence, and gives it back."""

    def __init__(self, scorer: ProbabilisticScorer) -> None:
        self.scorer = scorer
        self.next_entry = 0
        """The number that the next entry gets: how much of the evidence the scorer has heard."""
        self._loaded: dict[int, list[Evidence]] = {}

    def mark(self) -> Mark:
        """What the scorer knows now."""
        scorer = self.scorer
        return Mark(entries=self.next_entry, evidence=scorer.evidence_at_hand, faded_to_s=scorer.knowledge.faded_to_s)

    def take_writes(self, owner: bytes) -> list[StoreWrite]:
        """
        What must be stored with the events that were just taught.

        owner    put before every key, so that many nodes share one store
        """
        evidence = self.scorer.take_evidence()
        if not evidence:
            return []
        key = owner + key_of_entry(self.next_entry)
        writes = [StoreWrite(namespace=EVIDENCE_NAMESPACE, key=key, value=msgspec.msgpack.encode(evidence))]
        self.next_entry += 1
        if self.next_entry % SNAPSHOT_EVERY_ENTRIES == 0:
            stored = StoredKnowledge(next_entry=self.next_entry, knowledge=self.scorer.snapshot())
            writes.append(StoreWrite(namespace=KNOWLEDGE_NAMESPACE, key=owner, value=msgspec.msgpack.encode(stored)))
        return writes

    def load(self, namespace: str, key: bytes, value: bytes) -> None:
        """Take one stored value back, in any order; `resume` after the last. msgspec.DecodeError when it is damaged."""
        if namespace == EVIDENCE_NAMESPACE:
            self._loaded[int.from_bytes(key)] = _entry.decode(value)
        else:
            stored = _stored.decode(value)
            self.scorer.restore(stored.knowledge)
            self.next_entry = stored.next_entry

    def resume(self) -> None:
        """Know again what was loaded. Entries that the snapshot holds already are passed over."""
        for number in sorted(number for number in self._loaded if number >= self.next_entry):
            for evidence in self._loaded[number]:
                self.scorer.learn_again(evidence)
            self.next_entry = number + 1
        self._loaded = {}


def scorer_at(mark: Mark, scorer: ProbabilisticScorer, entries: Iterable[bytes]) -> ProbabilisticScorer:
    """
    A scorer that knows what another one knew.

    scorer     a new one, which is taught
    entries    stored values from the first one on, at least as many as `mark` asks for. msgspec.DecodeError when one is damaged
    """
    for number, value in enumerate(islice(entries, mark.entries + (mark.evidence > 0))):
        evidence = _entry.decode(value)
        for each in evidence if number < mark.entries else evidence[: mark.evidence]:
            scorer.learn_again(each)
    scorer.time_passed(now_s=mark.faded_to_s)
    return scorer


def key_of_entry(entry: int) -> bytes:
    """
    The key of an entry behind its owner's: keys in order are entries in order.

    >>> key_of_entry(258).hex()
    '0000000000000102'
    """
    return entry.to_bytes(8)


def first_entry_after(snapshot: bytes) -> int:
    """The number of the first entry that a stored snapshot does not hold. msgspec.DecodeError when it is damaged."""
    return _stored.decode(snapshot).next_entry
