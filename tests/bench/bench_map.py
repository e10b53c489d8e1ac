"""
How long a map of the network takes to import, to store and to be there, and what it weighs in memory.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_map`. Reads the real maps beside the checkout, where
there are any; `--channels N` sets the size of the made-up one.
"""

from __future__ import annotations

import argparse
import gzip
import mmap
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from payments.lightning.graph.finding import NodeFinder
from payments.lightning.graph.formats.recognise import draw_said, read_said
from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.graph.snapshot_file import MapOrigin, decode_snapshot, encode_snapshot
from payments.management.route_bench.large_map import replicated
from tests.mainnet import GRAPHS

T = TypeVar("T")
ROUNDS = 5
ORIGIN = MapOrigin(name="bench", source_format="bench", chain_hash=None, imported_at_s=0, newest_update_s=0, viewpoint=bytes(33))
BENCHMARK = "mainnet-2023-10-19.describegraph.json.gz"
FILES = (BENCHMARK, "mainnet-2023-10-19.rgs-v1.bin", "mainnet-2021-04-16.cln-listchannels.json.gz")


def best_s(work: Callable[[], T], rounds: int = ROUNDS) -> tuple[float, T]:
    """The shortest of some rounds, and what came of the last."""
    shortest = float("inf")
    for _ in range(rounds):
        start_s = perf_counter()
        result = work()
        shortest = min(shortest, perf_counter() - start_s)
    return shortest, result


def memory_mb(*fields: str) -> float:
    """What this process holds in memory, files of which other processes could share the pages apart (`RssAnon`, `RssFile`)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.split(":")[0] in fields) / 1_024


def say(line: str) -> None:
    """At once, so that what takes long is seen coming."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def imports() -> GraphSnapshot | None:
    """Each real file from bytes on the disk to a map that can be searched."""
    benchmark = None
    for name in FILES:
        path = GRAPHS / name
        if not path.exists():
            say(f"{name} is not there: not measured")
            continue

        def read(path: Path = path) -> GraphSnapshot:
            data = path.read_bytes()
            return draw_said(read_said(gzip.decompress(data) if path.suffix == ".gz" else data)).snapshot

        spent_s, snapshot = best_s(read, rounds=3)
        benchmark = snapshot if name == BENCHMARK else benchmark
        say(f"import  {spent_s * 1_000:8.1f} ms  {snapshot.channel_count:9,} channels  {name}")
    return benchmark


def storing(snapshot: GraphSnapshot, folder: Path) -> None:
    """Our own form: written with all that makes it safe, mapped and checked."""
    path = folder / "map"

    def save() -> None:
        with path.open("wb") as file:
            for piece in encode_snapshot(snapshot, origin=ORIGIN):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())

    def load() -> GraphSnapshot:
        with path.open("rb") as file:
            return decode_snapshot(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))).snapshot

    saved_s, _ = best_s(save, rounds=3)
    before_mb = memory_mb("RssAnon")
    loaded_s, loaded = best_s(load)
    own_mb = memory_mb("RssAnon") - before_mb
    finder_s, finder = best_s(lambda: NodeFinder(loaded), rounds=1)
    found_s, _ = best_s(lambda: finder.find("bit", limit=20))
    say(
        f"{snapshot.channel_count:9,} channels, {snapshot.node_count:,} nodes: {path.stat().st_size / 1e6:.1f} MB on disk; "
        f"save {saved_s * 1_000:.1f} ms, load {loaded_s * 1_000:.1f} ms, {own_mb:.1f} MB of its own; "
        f"names {finder_s * 1_000:.1f} ms once, {found_s * 1_000:.2f} ms a search"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=1_000_000)
    channels = parser.parse_args().channels
    real = imports()
    if real is None:
        say("without a real map there is nothing to grow a large one from")
        return
    with tempfile.TemporaryDirectory(prefix="lnweb-bench-") as folder:
        storing(real, Path(folder))
        grown_s, large = best_s(lambda: replicated(real, channels=channels), rounds=1)
        say(f"grown   {grown_s * 1_000:8.1f} ms  {large.channel_count:9,} channels, {large.node_count:,} nodes")
        storing(large, Path(folder))
    say(f"memory  {memory_mb('RssAnon'):.0f} MB of this process's own, {memory_mb('RssFile'):.0f} MB of files")


if __name__ == "__main__":
    main()
