"""
What our node knew at some moment, made again: the map from gossip and from what was replaced or forgotten, the scorer from its lessons.

Everything that is read here is written once and never changed, so the same moment is the same whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from payments.lightning.graph.drawing import draw_map
from payments.lightning.graph.network import NetworkGraph
from payments.lightning.ids import NodeId
from payments.lightning.scoring.memory import EVIDENCE_NAMESPACE, Mark, scorer_at
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer, ScoreLookUp
from payments.models import EngineState, GossipPast, GossipRecord


def map_at(version: int) -> NetworkGraph:
    """The map when it had changed so many times, by what was said and by what was forgotten."""
    graph = draw_map(_messages_at(version))
    graph.version = version
    return graph


def known_at(mark: Mark | None, *, owner: NodeId) -> ScoreLookUp:
    """What a node's scorer knew at this mark; None: one that learns nothing."""
    if mark is None:
        return FixedPenaltyScorer()
    rows = EngineState.objects.filter(namespace=EVIDENCE_NAMESPACE, key__startswith=owner.hex()).order_by("key")
    return scorer_at(mark, ProbabilisticScorer(NetworkGraph()), (bytes(value) for value in rows.values_list("value", flat=True)))


def _messages_at(version: int) -> Iterator[tuple[bytes | memoryview, int | None]]:
    replaced = GossipPast.objects.filter(sequence__lte=version, replaced_at__gt=version)
    before = {key: (message, capacity_sat) for key, message, capacity_sat in replaced.values_list("key", "message", "capacity_sat")}
    for key, message, capacity_sat, sequence in GossipRecord.objects.order_by("kind", "id").values_list(
        "key", "message", "capacity_sat", "sequence"
    ):
        if sequence <= version:
            yield message, capacity_sat
        elif key in before:
            yield before[key]
