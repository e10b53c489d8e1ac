"""
What our node believes of other nodes' channels, and whether such beliefs come true: for operators, not for pages that must be quick.

Everything is read again from the first lesson on: the forecasts are those of a scorer that knew only what had been learnt until then.
"""

from __future__ import annotations

import time
from statistics import median

import msgspec

from payments.lightning.ids import NodeId, format_scid
from payments.lightning.scoring.calibration import Calibration, forecasts_of
from payments.lightning.scoring.chance import Chance, success_chance
from payments.lightning.scoring.lessons import Direction, Evidence
from payments.lightning.scoring.memory import EVIDENCE_NAMESPACE
from payments.lightning.scoring.parameters import ScoringParameters
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.models import EngineState
from payments.queries.knowledge import known_scorer
from payments.queries.network import names_of, network_graph, our_node_id

_entry = msgspec.msgpack.Decoder(list[Evidence])


class FearedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A direction of a channel and what is believed of it now."""

    short_channel_id: str
    source: str
    target: str
    min_msat: int
    max_msat: int
    capacity_msat: int
    chance: Chance
    age_s: int


class ScorerStatsShape(msgspec.Struct, frozen=True, kw_only=True):
    """
    All of it.

    directions       of which anything is known now
    entries          lessons were stored so many times, each for one turn of the engine
    ages             seconds since the newest, the median and the oldest channel was learnt of; none while nothing is known
    most_feared      by the chance of `amount_msat`, the least first
    calibration      of the channels tried by the last `attempts` attempts
    """

    channels: int
    directions: int
    entries: int
    newest_age_s: int | None
    median_age_s: int | None
    oldest_age_s: int | None
    amount_msat: int
    most_feared: tuple[FearedShape, ...]
    attempts: int
    calibration: Calibration


def scorer_stats(*, amount_msat: int, feared: int, attempts: int) -> ScorerStatsShape:
    """What is known, the so many most feared directions for this amount, and how the last so many attempts were foreseen."""
    scorer, now_s = known_scorer(our_node_id() or NodeId(b"")), int(time.time())
    known = [scid for scid in scorer.knowledge.channels() if any(any(scorer.knowledge.known(scid, bit)) for bit in (0, 1))]
    directions = [(scid, bit) for scid in known for bit in (0, 1) if any(scorer.knowledge.known(scid, bit))]
    ages_s = sorted(max(now_s - scorer.knowledge.learnt_at_s(scid), 0) for scid in known)
    values = EngineState.objects.filter(namespace=EVIDENCE_NAMESPACE).order_by("key").values_list("value", flat=True)
    entries = [_entry.decode(bytes(value)) for value in values]
    foreseen = list(forecasts_of((one for entry in entries for one in entry), ScoringParameters()))[-attempts:]
    return ScorerStatsShape(
        channels=len(known),
        directions=len(directions),
        entries=len(entries),
        newest_age_s=ages_s[0] if ages_s else None,
        median_age_s=round(median(ages_s)) if ages_s else None,
        oldest_age_s=ages_s[-1] if ages_s else None,
        amount_msat=amount_msat,
        most_feared=_most_feared(scorer, directions, amount_msat, now_s)[:feared],
        attempts=len(foreseen),
        calibration=Calibration.of([forecast for attempt in foreseen for forecast in attempt]),
    )


def _most_feared(scorer: ProbabilisticScorer, directions: list[Direction], amount_msat: int, now_s: int) -> tuple[FearedShape, ...]:
    graph = network_graph()
    channels = [(direction, graph.channel(direction[0])) for direction in directions]
    ends = {
        direction: (channel.node_one, channel.node_two) if direction[1] == 0 else (channel.node_two, channel.node_one)
        for direction, channel in channels
        if channel is not None
    }
    names = names_of(key.hex() for pair in ends.values() for key in pair)
    shapes = []
    for direction, (source, target) in ends.items():
        bounds, capacity_msat = scorer.bounds_msat(direction), scorer.knowledge.capacity_msat(direction[0])
        assert bounds is not None
        shapes.append(
            FearedShape(
                short_channel_id=format_scid(direction[0]),
                source=names.get(source.hex(), source.hex()),
                target=names.get(target.hex(), target.hex()),
                min_msat=bounds.min_msat,
                max_msat=bounds.max_msat,
                capacity_msat=capacity_msat,
                chance=success_chance(amount_msat, min_msat=bounds.min_msat, max_msat=bounds.max_msat, capacity_msat=capacity_msat),
                age_s=max(now_s - scorer.knowledge.learnt_at_s(direction[0]), 0),
            )
        )
    return tuple(sorted(shapes, key=lambda one: (one.chance, one.max_msat, one.short_channel_id)))
