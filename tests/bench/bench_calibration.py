"""
Whether the chances that are shown come true: probes with real HTLCs over the sandbox, its balances drawn anew by chance.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_calibration [--sandboxes N] [--probes N]`. Half of the
probes go the way that the learning scorer likes best, half one that was chosen without knowledge, so that unlikely ways are judged too.
"""

from __future__ import annotations

import argparse
import random
import sys
from math import prod

from msgspec.structs import replace

from payments.lightning.events import ProbeFailed, ProbeSuccessful
from payments.lightning.ids import NodeId, PaymentId
from payments.lightning.routing.finder import usage_of
from payments.lightning.routing.inflight import directions
from payments.lightning.routing.parameters import PaymentParameters, RouteParameters, default_fee_limit_msat
from payments.lightning.routing.route import Path, Route
from payments.lightning.scoring.calibration import Calibration, Forecast, forecasts_of
from payments.lightning.scoring.lessons import Evidence
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import FixedPenaltyScorer
from payments.sandbox.topology import SANDBOX, Role, Topology
from tests.bench.balances import share_of_one_side
from tests.network.nodes import Nodes

BETWEEN_PROBES_MS = 30_000


def reshuffled(dice: random.Random) -> Topology:
    """The sandbox with other balances; our own channels are left as they are, so that probes get out."""
    own = SANDBOX.nodes[0].slug
    return Topology(
        nodes=SANDBOX.nodes,
        channels=tuple(
            plan
            if own in {plan.opener, plan.accepter}
            else replace(plan, opener_percent=min(max(round(100 * share_of_one_side(dice)), 2), 98))
            for plan in SANDBOX.channels
        ),
    )


class Prober:
    """Our node in one sandbox."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._nodes = Nodes(reshuffled(dice))
        self.scorer = ProbabilisticScorer(self._nodes.graph, keeps_evidence=True)
        self._own = self._nodes["own"]
        self._own.scorer = self.scorer
        self._payees = [self._nodes.ids[plan.slug] for plan in SANDBOX.nodes if plan.role is not Role.OWN]

    def probe(self, *, is_informed: bool) -> Forecast | None:
        """One probe of a random node with a random amount: what was said of it, and whether it arrived. None: no way, or no answer."""
        path = self._path(is_informed=is_informed)
        if path is None:
            return None
        chance = self._chance(path)
        probe_id = self._nodes["own"].send_probe(path)
        self._nodes.run()
        self._nodes.wait(BETWEEN_PROBES_MS)
        for _name, event in self._nodes.log:
            if isinstance(event, ProbeSuccessful | ProbeFailed) and event.payment_id == probe_id:
                return Forecast(chance=chance, carried=isinstance(event, ProbeSuccessful))
        return None

    def _path(self, *, is_informed: bool) -> Path | None:
        payee, amount_msat = self._dice.choice(self._payees), int(10 ** self._dice.uniform(6, 9.2))
        params = RouteParameters(
            payment_params=PaymentParameters(payee=payee, final_cltv_expiry_delta=21),
            final_value_msat=amount_msat,
            max_total_routing_fee_msat=10 * default_fee_limit_msat(amount_msat),
        )
        self._own.scorer = self.scorer if is_informed else FixedPenaltyScorer()
        route = self._own._find_route(params, PaymentId(bytes(32)))
        self._own.scorer = self.scorer
        return route.paths[0] if isinstance(route, Route) and len(route.paths[0].hops) > 1 else None

    def _chance(self, path: Path) -> float:
        chances = []
        steps = list(zip(directions(path, payer=self._own.get_our_node_id()), path.hops, strict=True))[1:]
        for ((scid, source), amount_msat), hop in steps:
            half = self._nodes.graph.half(scid, source=source)
            assert half is not None
            chances.append(self.scorer.success_chance(scid, source=source, target=NodeId(hop.node_id), usage=usage_of(half, amount_msat)))
        return prod(chances)


def report(name: str, found: Calibration) -> None:
    """What was said and what happened, in tenths."""
    out = [f"{name}: {found.count} forecasts, {found.carried} came true", f"  {'said':>12} {'count':>7} {'mean said':>10} {'happened':>10}"]
    out += [
        f"  {f'{band.lowest:.0%} to {band.lowest + 0.1:.0%}':>12} {band.count:>7} {band.mean_chance:>10.1%} {band.observed:>10.1%}"
        for band in found.bands
    ]
    out.append(f"  Brier score {found.brier_score:.4f}, of the base rate alone {found.base_rate_brier_score:.4f} (less is better)")
    sys.stdout.write("\n".join(out) + "\n\n")


def main() -> None:
    """All sandboxes, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandboxes", type=int, default=12)
    parser.add_argument("--probes", type=int, default=100, help="in each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    informed: list[Forecast] = []
    blind: list[Forecast] = []
    channels: list[Forecast] = []
    for _ in range(options.sandboxes):
        prober = Prober(dice)
        for number in range(options.probes):
            found = prober.probe(is_informed=number % 2 == 0)
            if found is not None:
                (informed if number % 2 == 0 else blind).append(found)
        evidence: list[Evidence] = prober.scorer.take_evidence()
        channels += [forecast for attempt in forecasts_of(evidence, prober.scorer.parameters) for forecast in attempt]
    report("paths that the scorer likes best", Calibration.of(informed))
    report("paths chosen without knowledge", Calibration.of(blind))
    report("all paths", Calibration.of(informed + blind))
    report("single channels", Calibration.of(channels))


if __name__ == "__main__":
    main()
