"""
Libraries for graphs with the same price: networkx, which is a dependency, and scipy and igraph where somebody has installed them.

networkx asks for each price when it meets a channel; the two others get all prices at once, as arrays, and the time of making them counts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import networkx as nx
import numpy as np

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.management.route_bench.figures import Timing, timed
from payments.management.route_bench.plain import PlainPrices
from payments.management.route_bench.questions import Asked

PathOf = Callable[[int, int, int], Any]
"""(payer, payee, amount_msat) -> the nodes of a path, or nothing."""


def timings_of(path_of: PathOf, graph: GraphSnapshot, questions: Sequence[Asked]) -> list[Timing]:
    """How long each question takes a library."""
    timings = []
    for asked in questions:
        payer, payee = graph.node_place(asked.payer), graph.node_place(asked.params.payment_params.payee)
        assert payer is not None
        assert payee is not None
        ends = (payer, payee, asked.params.final_value_msat)
        timings.append(timed(partial(path_of, *ends), bool)[1])
    return timings


def networkx_paths(prices: PlainPrices) -> PathOf:
    """`dijkstra_path` from the payee against the channels' direction, as ours goes."""
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(prices.node_count))
    edges = zip(prices.target.tolist(), prices.source.tolist(), prices.columns(), strict=True)
    graph.add_edges_from((target, source, {"row": row}) for target, source, row in edges)

    def path_of(payer: int, payee: int, amount_msat: int) -> Any:  # noqa: ANN401 (networkx's own)
        def weight(_target: int, source: int, parallel: dict[Any, Any]) -> float | None:
            found = [price for data in parallel.values() if (price := prices.price_of(data["row"], amount_msat)) is not None]
            return None if not found else 0.0 if source == payer else min(found)

        try:
            return nx.dijkstra_path(graph, payee, payer, weight=weight)
        except nx.NetworkXNoPath:
            return None

    return path_of


def scipy_paths(prices: PlainPrices) -> PathOf | None:
    """`scipy.sparse.csgraph.dijkstra`; None where scipy is not installed."""
    if find_spec("scipy") is None:
        return None
    csgraph, sparse = import_module("scipy.sparse.csgraph"), import_module("scipy.sparse")
    start = np.zeros(prices.node_count + 1, np.int32)
    np.cumsum(np.bincount(prices.target, minlength=prices.node_count), out=start[1:])

    def path_of(payer: int, payee: int, amount_msat: int) -> list[int]:
        weights = prices.prices(amount_msat, payer=payer)
        graph = sparse.csr_array((weights, prices.source, start), shape=(prices.node_count, prices.node_count))
        _prices, before = csgraph.dijkstra(graph, indices=payee, return_predecessors=True)
        path = [payer]
        while path[-1] != payee and before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        return path if path[-1] == payee else []

    return path_of


def igraph_paths(prices: PlainPrices) -> PathOf | None:
    """`igraph.Graph.get_shortest_path`; None where igraph is not installed."""
    if find_spec("igraph") is None:
        return None
    graph = import_module("igraph").Graph(prices.node_count, np.stack([prices.target, prices.source], axis=1), directed=True)

    def path_of(payer: int, payee: int, amount_msat: int) -> list[int]:
        weights = prices.prices(amount_msat, payer=payer)
        with warnings.catch_warnings():  # it warns of nodes that cannot be reached, which is an answer here
            warnings.simplefilter("ignore", RuntimeWarning)
            edges = graph.get_shortest_path(payee, to=payer, weights=weights, output="epath", algorithm="dijkstra")
        # It takes a way of infinite length for one.
        return [payee, *prices.source[edges].tolist()] if edges and np.isfinite(weights[edges]).all() else []

    return path_of
