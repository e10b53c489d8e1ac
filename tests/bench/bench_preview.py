"""
How long a person waits between the paste of an invoice and its preview, at mainnet's size: whole requests, signed in; and how long until
every route is there, where the page fetches the rest itself.

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


class Spent:
    """What a row of previews took, in ms, and what they showed."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.whole: list[float] = []
        self.shown = self.fetched = 0

    def read(self, post: Callable[[str, str], bytes], text: str) -> None:
        """What a browser does: read, and fetch the rest when there is one."""
        start_s = time.perf_counter()
        page = post("/preview/", text)
        self.first.append((time.perf_counter() - start_s) * 1_000)
        self.shown += b'class="route"' in page
        if b"/preview/rest/" in page:
            self.fetched += 1
            post("/preview/rest/", text)
        self.whole.append((time.perf_counter() - start_s) * 1_000)


def line_of(spent_ms: list[float]) -> str:
    """Median, the slowest but one of a hundred, and the slowest."""
    ranked = sorted(spent_ms)
    figures = (ranked[len(ranked) // 2], ranked[len(ranked) * 99 // 100], ranked[-1])
    return "median {:6.1f} ms   99 of 100 within {:6.1f} ms   worst {:6.1f} ms".format(*figures)


def memory() -> str:
    """What this process holds, and how much of that others could share."""
    shared_mb = kept_mb("Shared_Clean") + kept_mb("Shared_Dirty")
    return f"{kept_mb('Rss'):.0f} MB in memory, {shared_mb:.0f} of them shared with other processes"


def kept_mb(field: str) -> float:
    """What this process holds, by a name of `smaps_rollup`."""
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
    from django.test import Client

    from payments.lightning.routing.choosing import warm_up
    from payments.queries.viewpoints import imported_viewpoint
    from tests.people import make_owner

    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(make_owner())
    client.get("/")
    say(f"before the map   {memory()}")
    start_s = time.perf_counter()
    warm_up()
    viewpoint = imported_viewpoint()
    assert viewpoint is not None
    assert isinstance(viewpoint.graph, GraphSnapshot)
    say(f"made ready       {time.perf_counter() - start_s:.1f} s; {viewpoint.rehearses} with {len(viewpoint.first_hops):,} channels pays")

    def post(address: str, text: str) -> bytes:
        page: bytes = client.post(address, {"text": text, "about": text}).content
        return page

    for name, range_sat in RANGES_SAT.items():
        spent = Spent()
        for text in list(invoices(Ends(viewpoint.graph), range_sat)):
            spent.read(post, text)
        say(f"{name:6} payments   {line_of(spent.first)}   {spent.shown} of {REQUESTS} show a route")
        say(f"  every route     {line_of(spent.whole)}   {spent.fetched} fetched the rest")
    say(f"at the end       {memory()}")


if __name__ == "__main__":
    main()
