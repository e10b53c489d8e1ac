"""Every benchmark after the other: `python -m tests.bench`. Figures are printed, never judged: machines differ and are busy."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "bench_decode",
    "bench_onion",
    "bench_engine",
    "bench_persistence",
    "bench_audit",
    "bench_restart",
    "bench_routing",
    "bench_map",
    "bench_network_pages",
    "bench_preview",
    "bench_scoring",
    "bench_calibration",
    "bench_retries",
)


def main() -> None:
    """Each in a process of its own, so that no cache of one helps the next."""
    for name in BENCHMARKS:
        sys.stdout.write(f"\n== {name.removeprefix('bench_')}\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=True)


if __name__ == "__main__":
    main()
