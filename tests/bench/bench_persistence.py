"""
What payments cost with everything on disk: commands, turns, events and ledger on SQLite in a folder of its own, three hops, real
signatures.

Prints figures; nothing fails because a machine is busy: `python -m tests.bench.bench_persistence`. Messages take no time here (latency
0), so that the work is measured and not the wires.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable

PAYMENTS = 100
SHOP = "beacon-books"
HOPS = 3
"""Channels between our node and the shop."""
AMOUNT_MSAT = 1_000_000
"""An HTLC with an output of its own, which is signed for in every commitment."""


def prepare() -> None:
    """A fresh installation in a temporary folder."""
    os.environ["LNWEB_STATE_DIR"] = tempfile.mkdtemp(prefix="lnweb-bench-")
    os.environ["LNWEB_SANDBOX_LATENCY_MS"] = "0"
    os.environ["DJANGO_SETTINGS_MODULE"] = "lnweb.settings"
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


class Installation:
    """The engine and the services in one process."""

    def __init__(self) -> None:
        from django.conf import settings

        from payments.nodes.engine import EngineHost
        from payments.nodes.lease import Lease

        assert settings.LNWEB_SANDBOX_LATENCY_MS == 0
        self._host = EngineHost(Lease())
        self.run(lambda: self._host.is_idle)

    def run(self, until: Callable[[], bool]) -> None:
        """Turns and their events until something holds."""
        self._round()
        while not until():
            self._round()

    def _round(self) -> None:
        from payments.services.record_event import handle_pending_events

        self._host.take_turn()
        handle_pending_events()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return self._host.is_idle

    def invoices(self, count: int, *, shop: str = SHOP, amount_msat: int = AMOUNT_MSAT) -> list[str]:
        """So many invoices of a shop."""
        from payments.models import InvoiceRequest
        from payments.services.request_shop_invoice import request_shop_invoice

        asked = [request_shop_invoice(shop, amount_msat=amount_msat, description="", expiry_s=3_600) for _ in range(count)]
        self.run(lambda: not InvoiceRequest.objects.filter(pk__in=asked, invoice="").exists())
        return list(InvoiceRequest.objects.filter(pk__in=asked).values_list("invoice", flat=True))

    def begin(self, invoices: list[str]) -> list[str]:
        """What web processes do: check, reserve, command."""
        from payments.services.pay_invoice import pay_invoice

        return [pay_invoice(text, payment_id=secrets.token_hex(32)) for text in invoices]

    def finish(self, begun: list[str]) -> None:
        """What the engine's process does: from the commands to the last payment in the books."""
        from payments.models import PaymentRecord

        self.run(lambda: PaymentRecord.objects.filter(pk__in=begun, status="paid").count() == len(begun))


class Spent:
    """What some work took, added up."""

    def __init__(self) -> None:
        self.wall_s = self.processor_s = 0.0
        self.statements = 0

    def on(self, work: Callable[[], object]) -> None:
        """Do it and count."""
        from django.db import connection

        wall_s, processor_s = time.perf_counter(), time.process_time()
        with connection.execute_wrapper(self._count):
            work()
        self.wall_s += time.perf_counter() - wall_s
        self.processor_s += time.process_time() - processor_s

    def _count(self, execute: Callable[..., object], *arguments: object) -> object:
        self.statements += 1
        return execute(*arguments)

    def __str__(self) -> str:
        return (
            f"{PAYMENTS / self.wall_s:.0f} payments/s, {self.processor_s / PAYMENTS * 1_000:.1f} ms of a processor and "
            f"{self.statements / PAYMENTS:.1f} statements each"
        )


def check_length() -> None:
    """Every payment of the benchmark went over so many channels."""
    from payments.models import AttemptRecord

    lengths = {len(path) for path in AttemptRecord.objects.values_list("path", flat=True)}
    assert {HOPS} == lengths, lengths


def main() -> None:
    prepare()
    installation = Installation()
    installation.finish(installation.begin(installation.invoices(5)))
    web, alone, at_once = Spent(), Spent(), Spent()
    for text in installation.invoices(PAYMENTS):
        begun: list[str] = []
        web.on(lambda begun=begun, text=text: begun.extend(installation.begin([text])))
        alone.on(lambda begun=begun: installation.finish(begun))
    many = installation.begin(installation.invoices(PAYMENTS))
    at_once.on(lambda: installation.finish(many))
    check_length()
    sys.stdout.write(
        f"web process, on disk      taken              {web}\n"
        f"engine process, on disk   one after another  {alone}\n"
        f"                          {PAYMENTS} at once        {at_once}\n"
    )


if __name__ == "__main__":
    main()
