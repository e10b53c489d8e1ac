"""
The whole measurement, part by part. Ratios are made of figures of the same run, because machines differ and are busy.

What is asked is the same for every search: questions drawn from a seed, and for the slow ones the first of them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.routing.choosing import warm_up
from payments.lightning.routing.compiled.jit import IS_COMPILED
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.management.route_bench.asking import COMPILED, fastest
from payments.management.route_bench.beside_ldk import beside_ldk
from payments.management.route_bench.figures import Report, Row, Section, Timing, times
from payments.management.route_bench.flow_beside_turns import flow_beside_turns
from payments.management.route_bench.footprint import footprint
from payments.management.route_bench.large_map import replicated
from payments.management.route_bench.libraries import igraph_paths, networkx_paths, scipy_paths, timings_of
from payments.management.route_bench.maps import Measured, write_map
from payments.management.route_bench.ours import Ours
from payments.management.route_bench.plain import PlainPrices
from payments.management.route_bench.plan import Plan
from payments.management.route_bench.questions import Asked, Ends

Tell = Callable[[Section], None]


def measure(measured: Measured, plan: Plan, *, checkout: Path, tell: Tell) -> Report:
    """Everything. Takes minutes, so each part is told when it is there."""
    warm_up()
    sections = []
    for section in _sections(measured, plan, checkout=checkout):
        tell(section)
        sections.append(section)
    graph = measured.snapshot
    return Report(map_name=measured.name, nodes=graph.node_count, channels=graph.channel_count, sections=tuple(sections))


def _sections(measured: Measured, plan: Plan, *, checkout: Path) -> Iterator[Section]:
    yield _machine(measured)
    with tempfile.TemporaryDirectory(prefix="lnweb-bench-") as name:
        folder = Path(name)
        yield _memory(measured.snapshot, folder)
        ends = Ends(measured.snapshot)
        yield any_payer(ends, plan)
        yield one_payer(ends, plan)
        yield in_parts(ends, plan)
        yield from beside_ldk(measured, plan, checkout=checkout, folder=folder)
    if plan.channels:
        yield grown(measured.snapshot, plan)


def _machine(measured: Measured) -> Section:
    graph, load = measured.snapshot, ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    return Section(
        heading=f"{measured.name}: {graph.node_count:,} nodes, {graph.channel_count:,} channels",
        remarks=(
            f"{os.cpu_count()} processors, load {load}. Times in ms, of questions that got a route; CPU is the search's own work alone.",
            "Payers know what their own channels can send, and these cost and risk nothing; others are feared as LDK's defaults have it.",
        ),
    )


def _memory(graph: GraphSnapshot, folder: Path) -> Section:
    """A process like a web worker's, twice: the second finds what the first one compiled."""
    write_map(graph, folder / "stored.map")
    remarks = []
    for when in ("first start", "next start"):
        print_ = footprint(folder / "stored.map", cache_dir=folder / "compiled")
        remarks.append(
            f"{when}: compiled in {print_.compile_ms:,.0f} ms, map opened and search ready in {print_.ready_ms:,.0f} ms,"
            f" {print_.resident_mb:,.0f} MB resident, {print_.shared_mb:,.0f} of them pages of files that processes share"
        )
    return Section(heading="A web process with this map", remarks=tuple(remarks))


def any_payer(ends: Ends, plan: Plan) -> Section:
    """Ours, and libraries with the same price."""
    questions = ends.pairs(plan.queries, seed=plan.seed)
    timings = fastest(ends, seed=plan.seed).answers(questions)[1]
    rows = [Row.of(COMPILED, timings)]
    if IS_COMPILED:
        readable = Ours(ends.graph, ProbabilisticScorer(ends.graph), None)
        rows.append(Row.of("ours, readable", readable.answers(questions[: plan.slow // 4])[1]))
    remarks = [f"between {len(ends.nodes):,} nodes that can all reach each other, 1,000 to 1,000,000 sat"]
    found, said = _libraries(ends, questions, plan, timings)
    return Section(heading="One path", rows=(*rows, *found), remarks=(*remarks, *said))


def _libraries(ends: Ends, questions: list[Asked], plan: Plan, ours: list[Timing]) -> tuple[list[Row], list[str]]:
    prices = PlainPrices(ends.graph)
    rows, remarks = [], []
    for name, path_of, count in (
        ("networkx", networkx_paths(prices), plan.slow),
        ("scipy", scipy_paths(prices), plan.queries),
        ("igraph", igraph_paths(prices), plan.queries),
    ):
        if path_of is None:
            remarks.append(f"{name} is not installed: not measured")
            continue
        timings = timings_of(path_of, ends.graph, questions[:count])
        rows.append(Row.of(f"{name}, no limits, no fees on fees", timings))
        remarks.append(f"{name} {times(timings, ours)}")
    return rows, remarks


def one_payer(ends: Ends, plan: Plan) -> Section:
    """Our own node asks again and again."""
    payers = (("the hub", ends.hub), ("a usual node", ends.usual_payer()))
    rows, remarks = zip(
        *(_own_row(name, ends, ends.of_payer(payer, plan.queries, seed=plan.seed), plan) for name, payer in payers), strict=True
    )
    return Section(heading="One path, always from the same node", rows=rows, remarks=remarks)


def _own_row(name: str, ends: Ends, questions: list[Asked], plan: Plan) -> tuple[Row, str]:
    ours = fastest(ends, seed=plan.seed)
    prepared_ms = ours.prepare(questions[0])
    row = Row.of(f"{name}, {len(questions[0].first_hops):,} channels", ours.answers(questions)[1])
    return row, f"{name} was prepared for in {prepared_ms:,.0f} ms, as it is in the background when a map is opened"


def in_parts(ends: Ends, plan: Plan) -> Section:
    """Large payments."""
    questions = ends.in_parts(plan.large, seed=plan.seed)
    ours = fastest(ends, seed=plan.seed)
    routes, timings = ours.answers(questions)
    parts = [len(route.paths) for route in routes if route is not None]
    mean = sum(parts) / max(len(parts), 1)
    remark = f"2,000,000 to 20,000,000 sat between nodes whose channels together hold as much; {mean:.1f} parts on average"
    manners = flow_beside_turns(ends.graph, ours.finder, questions)
    return Section(heading="In at most ten parts", rows=(Row.of(COMPILED, timings),), remarks=(remark, manners))


def grown(graph: GraphSnapshot, plan: Plan) -> Section:
    """One path on a map of any size, degrees and policies as here."""
    ends = Ends(replicated(graph, channels=plan.channels))
    rows = [Row.of(COMPILED, fastest(ends, seed=plan.seed).answers(ends.pairs(plan.queries, seed=plan.seed))[1])]
    row, remark = _own_row("the hub", ends, ends.of_payer(ends.hub, plan.queries, seed=plan.seed), plan)
    heading = f"Grown to {ends.graph.channel_count:,} channels, {ends.graph.node_count:,} nodes"
    return Section(heading=heading, rows=(*rows, row), remarks=(remark,))
