"""
What our node has learnt of other nodes' channels, as the engine stored it: the same opinion, so that a preview is priced as the payment is.

The scorer is kept in the process and hears only what is new. One statement while nothing is; it may be asked by several threads at once.
"""

from __future__ import annotations

import time
from threading import Lock

from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId
from payments.lightning.scoring.memory import EVIDENCE_NAMESPACE, KNOWLEDGE_NAMESPACE, ScorerMemory, first_entry_after, key_of_entry
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.models import EngineState

_OWNER_LENGTH = 33
"""Every key begins with the node that owns the value."""


class _Reader:
    """A scorer and the last entry that it has read."""

    def __init__(self, owner: NodeId) -> None:
        self.owner = owner
        self.memory = ScorerMemory(ProbabilisticScorer(NetworkGraph()))
        self._newest: tuple[str, bytes] | None = None
        snapshot = EngineState.objects.filter(namespace=KNOWLEDGE_NAMESPACE, key=owner.hex()).first()
        first = 0
        if snapshot is not None:
            self.memory.load(KNOWLEDGE_NAMESPACE, b"", bytes(snapshot.value))
            first = first_entry_after(bytes(snapshot.value)) - 1
        self._read(_entries(owner + key_of_entry(first)))

    def keep_up(self) -> bool:
        """Read what is new; False when the store is not the one that was read so far."""
        rows = _entries(self.owner + key_of_entry(0) if self._newest is None else bytes.fromhex(self._newest[0]))
        if self._newest is not None and rows[:1] != [self._newest]:
            return False
        self._read(rows)
        return True

    def _read(self, rows: list[tuple[str, bytes]]) -> None:
        for key, value in rows:
            self.memory.load(EVIDENCE_NAMESPACE, bytes.fromhex(key)[_OWNER_LENGTH:], value)
        self.memory.resume()
        self._newest = rows[-1] if rows else self._newest


_lock = Lock()
_kept: list[_Reader] = []
"""The newest, alone."""


def known_scorer(owner: NodeId) -> ProbabilisticScorer:
    """The scorer of our node as it is now: what it knows and what time has left of it. It learns nothing itself."""
    with _lock:
        if not _kept or _kept[0].owner != owner or not _kept[0].keep_up():
            _kept[:] = [_Reader(owner)]
        scorer = _kept[0].memory.scorer
        scorer.time_passed(now_s=int(time.time()))
    return scorer


def forget_known_scorer() -> None:
    """Read everything again when it is next asked for."""
    _kept.clear()


def _entries(first: bytes) -> list[tuple[str, bytes]]:
    rows = EngineState.objects.filter(namespace=EVIDENCE_NAMESPACE, key__gte=first.hex()).order_by("key").values_list("key", "value")
    return [(key, bytes(value)) for key, value in rows]
