"""
Whether one path is likely enough to be tried alone, or parts are looked for that may be sent instead.

The same figures that people are shown. Who has no opinion about chances is not asked to choose by them: then one path it is.
"""

from __future__ import annotations

from payments.lightning.routing.finder import usage_of
from payments.lightning.routing.parameters import SURE_CHANCE_PERMILLE
from payments.lightning.routing.parts import Part, paths_of
from payments.lightning.routing.route import Path
from payments.lightning.routing.search import Terrain
from payments.lightning.routing.way import Way
from payments.lightning.scoring.chance import CERTAIN, Chance
from payments.lightning.scoring.scorer import ScoreLookUp

_PERMILLE = 1_000


def chance_of(paths: tuple[Path, ...], terrain: Terrain, scorer: ScoreLookUp) -> Chance | None:
    """How likely all of them arrive at the first try, each beside those before it; None when nobody has an opinion."""
    whole = CERTAIN
    for path in paths:
        way = Way.along(path, terrain)
        if way is None:
            return None
        for index, half in enumerate(way.halves, start=1):
            usage = usage_of(half, path.amount_at(index), inflight_htlc_msat=terrain.used_msat(half))
            chance = scorer.success_chance(half.channel.short_channel_id, source=half.source, target=half.target, usage=usage)
            if chance is None:
                return None
            whole *= chance
        terrain = terrain.carrying(path, first_hop=way.first_hop)
    return whole


def is_sure(part: Part, terrain: Terrain, scorer: ScoreLookUp) -> bool:
    """
    Whether to look no further: less over the same way would hardly be likelier.

    What nobody has tried is never certain, not even for one msat, so the chance of that is what this one is measured by.
    """
    chance = chance_of(paths_of([part]), terrain, scorer)
    if chance is None:
        return True
    most = chance_of(paths_of([Part(part.way, 1)]), terrain, scorer)
    return most is not None and chance * _PERMILLE >= most * SURE_CHANCE_PERMILLE
