"""Ours and LDK, the same questions on the map that LDK can read: how long each takes, and whose routes are better."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import structs

from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.management.route_bench.asking import COMPILED, fastest
from payments.management.route_bench.figures import Row, Section, times
from payments.management.route_bench.ldk import LdkAbsent, ask_ldk
from payments.management.route_bench.maps import Measured, as_gossip
from payments.management.route_bench.plan import Plan
from payments.management.route_bench.quality import Judge
from payments.management.route_bench.questions import Asked, Ends

_LDK = "LDK 0.1 as WASM"
_ABOUT = (
    "both on the map that Rapid Gossip Sync carries: no capacities, so a channel counts as large as its largest HTLC",
    "both are given the payer's own channels with what each can send, and fear and pay nothing for them; of LDK find_route alone is timed",
    "prices are reckoned in whole numbers, the same way for both; LDK weighs fees below a channel's smallest HTLC as that HTLC",
)


def beside_ldk(measured: Measured, plan: Plan, *, checkout: Path, folder: Path) -> Iterator[Section]:
    """
    One path, and several.

    checkout   the folder that should have tests/ in it
    folder     where a file may be put
    """
    carried = as_gossip(measured)
    assert carried.gossip is not None
    file = folder / "map.rgs"
    file.write_bytes(carried.gossip)
    ends = Ends(carried.snapshot)
    ours = fastest(ends, seed=plan.seed)
    kinds = [(heading, questions, ours.answers(questions)) for heading, questions in _kinds(ends, plan)]
    try:
        ldk = ask_ldk(file, [asked for _, questions, _ in kinds for asked in questions], checkout=checkout)
    except LdkAbsent as absent:
        yield Section(heading="Beside LDK", remarks=(str(absent),))
        return
    judge = Judge(carried.snapshot, ProbabilisticScorer(carried.snapshot))
    begin = 0
    for heading, questions, (routes, timings) in kinds:
        theirs = slice(begin, begin + len(questions))
        rows = (Row.of(COMPILED, timings), Row.of(_LDK, ldk.timings[theirs]))
        remarks = (
            *_ABOUT,
            f"LDK took {ldk.load_ms / 1_000:.1f} s to read the map; it {times(ldk.timings[theirs], timings)}",
            *judge.compare(questions, routes, ldk.routes[theirs]).in_words("LDK"),
        )
        yield Section(heading=heading, rows=rows, remarks=remarks if begin == 0 else remarks[len(_ABOUT) :])
        begin = theirs.stop


def _kinds(ends: Ends, plan: Plan) -> Iterator[tuple[str, list[Asked]]]:
    single = ends.pairs(plan.queries, seed=plan.seed)
    yield "One path, beside LDK", single
    if IS_COMPILED:
        as_strangers = [structs.replace(asked, fears_own_channels=True) for asked in single]
        yield "The same of nodes that are not ours: their channels are taken from the map, feared by both, and free", as_strangers
    yield "In at most ten parts, beside LDK", ends.in_parts(plan.large, seed=plan.seed)
