"""
How long the Network pages take at mainnet's size: whole requests, signed in, from the address to the last byte of HTML.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_network_pages`. Reads the real map beside the
checkout; without it there is nothing to measure.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tests.bench.bench_map import BENCHMARK, memory_mb
from tests.bench.bench_persistence import prepare
from tests.mainnet import GRAPHS

REQUESTS = 200
HUB = "03864ef025fde8fb587d989186ce6a4a186895ee44a926bfc370e2c366597a3f8f"
PAGES = {
    "the map": "/network/?map=imported",
    "a search by name": "/network/?map=imported&q=bit",
    "a search by key": "/network/?map=imported&q=03864e",
    "the hub's channels": f"/network/{HUB}/?map=imported&page={{page}}",
}


def requests_ms(get: Callable[[str], object], address: str) -> list[float]:
    """What each request took, the fastest first."""
    spent_ms = []
    for number in range(REQUESTS):
        start_s = time.perf_counter()
        get(address.format(page=number % 125 + 1))
        spent_ms.append((time.perf_counter() - start_s) * 1_000)
    return sorted(spent_ms)


def main() -> None:
    path = GRAPHS / BENCHMARK
    if not path.exists():
        sys.stdout.write(f"{path} is not there: nothing to measure\n")
        return
    prepare()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.test import Client

    call_command("import_graph", str(path))
    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(get_user_model().objects.create_user("ada"))
    for name, address in PAGES.items():
        start_s = time.perf_counter()
        assert client.get(address.format(page=1)).status_code == 200
        first_ms = (time.perf_counter() - start_s) * 1_000
        spent_ms = requests_ms(client.get, address)
        sys.stdout.write(
            f"{name:20} median {spent_ms[REQUESTS // 2]:6.1f} ms   99 of 100 within {spent_ms[REQUESTS * 99 // 100]:6.1f} ms   "
            f"first {first_ms:6.1f} ms\n"
        )
    sys.stdout.write(f"this process holds {memory_mb('RssAnon'):.0f} MB of its own and {memory_mb('RssFile'):.0f} MB of files\n")


if __name__ == "__main__":
    main()
