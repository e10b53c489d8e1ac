"""
How long a person waits between the paste of an invoice and its preview, at mainnet's size: whole requests, signed in, with every route.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_preview`. Reads the real map beside the checkout;
without it there is nothing to measure. Nobody has the keys of real nodes, so each payee is a node of ours that a real one leads to.
"""

from __future__ import annotations

import hashlib
import math
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from payments.lightning.graph.snapshot import GraphSnapshot
from payments.lightning.ids import NodeId, PaymentHash, PaymentSecret, make_scid
from payments.lightning.invoice.bolt11 import encode
from payments.lightning.invoice.features import InvoiceFeature
from payments.lightning.invoice.invoice import HintHop, InvoiceDraft, RouteHint
from payments.lightning.invoice.network import Network
from payments.lightning.units import MSAT_PER_SAT
from payments.management.route_bench.questions import Ends
from tests.bench.bench_map import BENCHMARK, say
from tests.bench.bench_persistence import prepare
from tests.mainnet import GRAPHS

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 200
SEED = 20_231_019
RANGES_SAT = {"small": (1_000, 1_000_000), "large": (2_000_000, 5_000_000)}
HINT_SCID = make_scid(900_000, 1, 0)
FEATURES = frozenset({InvoiceFeature.VAR_ONION_OPTIN, InvoiceFeature.PAYMENT_SECRET, InvoiceFeature.BASIC_MPP})


def invoices(ends: Ends, range_sat: tuple[int, int]) -> Iterator[str]:
    """One for each request: another payee, another amount, and another way in that can take it."""
    dice = random.Random(SEED)
    low, high = (math.log(sat) for sat in range_sat)
    for number in range(REQUESTS):
        amount_msat = round(math.exp(dice.uniform(low, high))) * MSAT_PER_SAT
        door = dice.choice([node for node in ends.nodes.tolist() if ends.takes_msat[node] >= 2 * amount_msat])
        yield _invoice(number, amount_msat=amount_msat, door=ends.graph.node_id_at(door))


def _invoice(number: int, *, amount_msat: int, door: NodeId) -> str:
    hop = HintHop(node_id=door, short_channel_id=HINT_SCID, fee_base_msat=0, fee_proportional_millionths=0, cltv_expiry_delta=40)
    draft = InvoiceDraft(
        network=Network.REGTEST,
        created_at_s=int(time.time()),
        payment_hash=PaymentHash(hashlib.sha256(b"%d" % number).digest()),
        payment_secret=PaymentSecret(bytes([5]) * 32),
        amount_msat=amount_msat,
        description="Three bicycles",
        features=FEATURES,
        route_hints=(RouteHint(hops=(hop,)),),
    )
    return encode(draft, private_key=hashlib.sha256(b"payee %d" % number).digest())


def spent_ms(read: Callable[[str], bytes], texts: list[str]) -> tuple[list[float], int]:
    """What each request took, the fastest first, and how many of them showed a route."""
    spent, shown = [], 0
    for text in texts:
        start_s = time.perf_counter()
        page = read(text)
        spent.append((time.perf_counter() - start_s) * 1_000)
        shown += b'class="route"' in page
    return sorted(spent), shown


def kept_mb(field: str) -> float:
    """What this process holds: `Rss` with what others could share, `Pss` with its share of that."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1_024


def prepare_elsewhere(path: Path) -> None:
    """In processes of their own, as on a site: what an import and a compiler take is not what a web process holds."""
    warm = "from payments.lightning.routing.choosing import warm_up; warm_up()"
    for arguments in (("import_graph", str(path)), ("shell", "-v0", "-c", warm)):
        subprocess.run([sys.executable, "manage.py", *arguments], check=True, cwd=ROOT)


def main() -> None:
    path = GRAPHS / BENCHMARK
    if not path.exists():
        say(f"{path} is not there: nothing to measure")
        return
    prepare()
    prepare_elsewhere(path)
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    from payments.lightning.routing.choosing import warm_up
    from payments.queries.viewpoints import imported_viewpoint

    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(get_user_model().objects.create_user("ada"))
    client.get("/")
    say(f"before the map   {kept_mb('Rss'):.0f} MB in memory, {kept_mb('Pss'):.0f} MB when what is shared is divided")
    start_s = time.perf_counter()
    warm_up()
    viewpoint = imported_viewpoint()
    assert viewpoint is not None
    assert isinstance(viewpoint.graph, GraphSnapshot)
    say(f"made ready       {time.perf_counter() - start_s:.1f} s; {viewpoint.rehearses} with {len(viewpoint.first_hops):,} channels pays")

    def read(text: str) -> bytes:
        page: bytes = client.post("/preview/", {"text": text}).content
        return page

    for name, range_sat in RANGES_SAT.items():
        spent, shown = spent_ms(read, list(invoices(Ends(viewpoint.graph), range_sat)))
        say(
            f"{name:6} payments   median {spent[REQUESTS // 2]:6.1f} ms   99 of 100 within {spent[REQUESTS * 99 // 100]:6.1f} ms   "
            f"worst {spent[-1]:6.1f} ms   {shown} of {REQUESTS} with a route, {range_sat[0]:,} to {range_sat[1]:,} sat"
        )
    say(f"at the end       {kept_mb('Rss'):.0f} MB in memory, {kept_mb('Pss'):.0f} MB when what is shared is divided")


if __name__ == "__main__":
    main()
