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
SHOP = "cedar-cycles"
"""Three channels away from our node."""


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
        from payments.services.record_event import handle_pending_events

        while not until():
            self._host.take_turn()
            handle_pending_events()

    def invoices(self, count: int) -> list[str]:
        """So many invoices of the shop."""
        from payments.models import InvoiceRequest
        from payments.services.request_shop_invoice import request_shop_invoice

        asked = [request_shop_invoice(SHOP, amount_msat=100_000, description="", expiry_s=3_600) for _ in range(count)]
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


def seconds(work: Callable[[], object]) -> float:
    """How long it took."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def main() -> None:
    prepare()
    installation = Installation()
    installation.finish(installation.begin(installation.invoices(5)))
    web_s = engine_s = 0.0
    for text in installation.invoices(PAYMENTS):
        begun: list[str] = []
        web_s += seconds(lambda begun=begun, text=text: begun.extend(installation.begin([text])))
        engine_s += seconds(lambda begun=begun: installation.finish(begun))
    at_once = installation.begin(installation.invoices(PAYMENTS))
    at_once_s = seconds(lambda: installation.finish(at_once))
    sys.stdout.write(
        f"web process, on disk:     {PAYMENTS / web_s:.0f} payments/s taken\n"
        f"engine process, on disk:  {PAYMENTS / engine_s:.0f} payments/s one after another, {PAYMENTS / at_once_s:.0f}/s 100 at once\n"
    )


if __name__ == "__main__":
    main()
