"""
How long a restart takes with many payments in flight: HTLCs that two shops of the sandbox hold, on disk, real signatures.

The engine is a process of its own, as it is in use, and dies without a chance to tidy up. Prints figures; nothing fails because a machine
is busy: `python -m tests.bench.bench_restart`. At the end the shops let go, and every payment must be paid: they really were in flight.
"""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench.bench_persistence import Installation, prepare

IN_FLIGHT = 500
HOLDING = ("cedar-cycles", "beacon-books")
"""Two, because a channel carries 483 HTLCs at most."""
UNTOUCHED = "aurora-coffee"


def fill(installation: Installation) -> list[str]:
    """Begin so many payments that nobody answers, and wait until each is out. Their ids."""
    from payments.models import AttemptRecord
    from payments.services.set_fault import set_fault

    for shop in HOLDING:
        set_fault("hold", node=shop, settings={"hold_ms": None})
    invoices = [text for shop in HOLDING for text in installation.invoices(IN_FLIGHT // len(HOLDING), shop=shop)]
    begun = installation.begin(invoices)
    installation.run(lambda: installation.is_idle and begun_count(begun) == len(begun))
    assert AttemptRecord.objects.filter(payment_id__in=begun, state="sent").count() == len(begun)
    return begun


def begun_count(payment_ids: list[str]) -> int:
    """How many of these are out and unanswered."""
    from payments.models import PaymentRecord

    return PaymentRecord.objects.filter(pk__in=payment_ids, status="sending", first_sent_at__isnull=False).count()


def start_engine() -> tuple[subprocess.Popen[str], float]:
    """`manage.py run_node`, and how many seconds passed until it said that it is ready."""
    start_s = time.perf_counter()
    process = subprocess.Popen([sys.executable, "manage.py", "run_node"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while not process.stdout.readline().startswith("ready"):
        assert process.poll() is None, "the engine did not start"
    return process, time.perf_counter() - start_s


def wait_until_paid(payment_ids: list[str]) -> None:
    """Look again and again: the engine's process does the work."""
    from payments.models import PaymentRecord

    while PaymentRecord.objects.filter(pk__in=payment_ids, status="paid").count() < len(payment_ids):
        time.sleep(0.01)


def main() -> None:
    prepare()
    from payments.services.clear_faults import clear_faults

    installation = Installation()
    next_invoice = installation.invoices(1, shop=UNTOUCHED)
    begun = fill(installation)
    waiting = installation.begin(next_invoice)
    del installation
    start_s = time.perf_counter()
    engine, ready_s = start_engine()
    try:
        wait_until_paid(waiting)
        paid_s = time.perf_counter() - start_s
        clear_faults()
        wait_until_paid(begun)
        all_paid_s = time.perf_counter() - start_s - paid_s
    finally:
        engine.kill()
        engine.wait()
    sys.stdout.write(
        f"restart, {IN_FLIGHT} payments in flight:  ready after {ready_s:.1f} s, the next payment paid after {paid_s:.1f} s\n"
        f"the shops let go:                  all {IN_FLIGHT} paid {all_paid_s:.1f} s later\n"
    )


if __name__ == "__main__":
    main()
