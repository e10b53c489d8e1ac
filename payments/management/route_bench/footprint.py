"""
What a web process weighs that searches a map: `python -m payments.management.route_bench.footprint MAP` in a process of its own.

It loads what a web process loads, maps a stored map into memory, makes the compiled search and asks it one thing, and prints one line of
JSON. With NUMBA_CACHE_DIR in an empty folder it says what the first start after an installation costs, and the second time what others do.
"""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from time import perf_counter

import msgspec


class Footprint(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one process took.

    compile_ms   until everything is compiled, or read from where it was kept
    ready_ms     until the map is opened and checked and the search is made for it
    resident_mb  what the process holds in memory, of which `shared_mb` are pages of files, which other processes share
    """

    compile_ms: float
    ready_ms: float
    resident_mb: float
    shared_mb: float


def footprint(map_file: Path, *, cache_dir: Path) -> Footprint:
    """Of a new process that keeps what it compiles in this folder."""
    done = subprocess.run(  # noqa: S603 (our own interpreter and our own module)
        [sys.executable, "-m", __name__, str(map_file)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache_dir)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return msgspec.json.decode(done.stdout, type=Footprint)


def _main() -> None:
    import_module("django").setup()
    import_module(import_module("django.conf").settings.ROOT_URLCONF)
    choosing = import_module("payments.lightning.routing.choosing")
    started_s = perf_counter()
    choosing.warm_up()
    compiled_s = perf_counter()
    with Path(sys.argv[1]).open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    stored = import_module("payments.lightning.graph.snapshot_file").decode_snapshot(data)
    scorer = import_module("payments.lightning.scoring.probabilistic").ProbabilisticScorer(stored.snapshot)
    finder = choosing.finder_for(stored.snapshot, scorer)
    ready_s = perf_counter()
    _ask(stored.snapshot, scorer, finder)
    answer = Footprint(
        compile_ms=(compiled_s - started_s) * 1_000,
        ready_ms=(ready_s - compiled_s) * 1_000,
        resident_mb=_memory_mb("VmRSS"),
        shared_mb=_memory_mb("RssFile"),
    )
    sys.stdout.write(msgspec.json.encode(answer).decode())


def _ask(snapshot: object, scorer: object, finder: object) -> None:
    """One question, so that what a search writes on is there too."""
    questions, ours = import_module("payments.management.route_bench.questions"), import_module("payments.management.route_bench.ours")
    for asked in questions.Ends(snapshot).pairs(1, seed=1):
        ours.Ours(snapshot, scorer, finder).answer(asked)


def _memory_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.split(":")[0] == field) / 1_024


if __name__ == "__main__":
    _main()
