"""
What learning costs: one attempt, time that passes over 20,000 known directions, one question of the readable search, and a snapshot.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_scoring`.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
from collections.abc import Callable
from time import perf_counter_ns

from msgspec import msgpack

from payments.lightning.graph.network import ChannelInfo, NetworkGraph
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.scoring.probabilistic import ProbabilisticScorer
from payments.lightning.scoring.scorer import ChannelUsage, ScoredHop, ScoredPath

CHANNELS = 10_000
ATTEMPTS = 20_000
HOPS = 5
NOW_S = 1_700_000_000


def world(dice: random.Random) -> NetworkGraph:
    """So many channels between 2,000 nodes."""
    graph = NetworkGraph()
    nodes = [NodeId(b"\x02" + number.to_bytes(32)) for number in range(2_000)]
    for number in range(1, CHANNELS + 1):
        one, two = sorted(dice.sample(nodes, 2))
        scid = ShortChannelId(number << 40)
        graph.add_channel(ChannelInfo(short_channel_id=scid, node_one=one, node_two=two, capacity_sat=dice.randrange(10**5, 10**7)))
    return graph


def path(dice: random.Random, channels: tuple[ChannelInfo, ...]) -> ScoredPath:
    """Five channels, wherever they are: the first is ours and not learnt of."""
    hops = []
    for channel in dice.sample(channels, HOPS):
        source, target = (channel.node_one, channel.node_two) if dice.random() < 0.5 else (channel.node_two, channel.node_one)
        amount_msat = dice.randrange(1, channel.capacity_msat or 1)
        hops.append(ScoredHop(short_channel_id=channel.short_channel_id, source=source, target=target, amount_msat=amount_msat))
    return tuple(hops)


def timed_us(work: Callable[[], object]) -> float:
    """How long it took."""
    started = perf_counter_ns()
    work()
    return (perf_counter_ns() - started) / 1_000


def say(what: str, spent_us: list[float]) -> None:
    """One line: the best tells of the code, the others of the machine."""
    tail = statistics.quantiles(spent_us, n=100)[-1]
    sys.stdout.write(f"{what:<52} best {min(spent_us):8.1f} us   median {statistics.median(spent_us):8.1f} us   p99 {tail:8.1f} us\n")


def main() -> None:
    """All figures."""
    dice = random.Random(1)
    graph = world(dice)
    scorer, channels = ProbabilisticScorer(graph), graph.channels()
    paths = [path(dice, channels) for _ in range(ATTEMPTS)]
    gc.collect()
    gc.freeze()
    say(
        f"an attempt over {HOPS} channels that failed at the last",
        [
            timed_us(lambda one=one, number=number: scorer.payment_path_failed(one, one[-1].short_channel_id, now_s=NOW_S + number // 300))
            for number, one in enumerate(paths)
        ],
    )
    known = 2 * len(scorer.knowledge)
    say(
        f"a minute passes over {known} known directions",
        [timed_us(lambda n=n: scorer.time_passed(now_s=NOW_S + 60 * n)) for n in range(1, 201)],
    )
    usage = ChannelUsage(amount_msat=10**8, effective_capacity_msat=10**10, htlc_maximum_msat=10**10)

    def ask(one: ChannelInfo) -> int:
        return scorer.channel_penalty_msat(one.short_channel_id, source=one.node_one, target=one.node_two, usage=usage)

    say("the price of one direction", [timed_us(lambda one=one: ask(one)) for one in channels])
    say("a snapshot", [timed_us(lambda: msgpack.encode(scorer.snapshot())) for _ in range(50)])
    sys.stdout.write(f"a snapshot of {known} directions: {len(msgpack.encode(scorer.snapshot())):,} bytes\n")


if __name__ == "__main__":
    main()
