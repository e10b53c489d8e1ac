"""How long a person waits between Pay and Paid: printed, never judged, for machines differ and are busy."""

from __future__ import annotations

import re
import statistics
import sys
import time

from playwright.sync_api import expect

from tests.browser.conftest import Visit

PAYMENTS = 5


def test_the_time_from_pay_to_paid_is_printed(visit: Visit, capsys) -> None:
    waits_ms = []
    for number in range(PAYMENTS):
        invoice = visit.ask_a_shop(description=f"Speed {number}")
        visit.go("/").locator("#text").fill(invoice)
        expect(visit.page.locator("#pay-button")).to_be_enabled()
        start_s = time.perf_counter()
        visit.page.locator("#pay-button").click()
        visit.page.wait_for_url(re.compile(r"/payments/[0-9a-f]{64}/$"))
        expect(visit.page.locator(".status .pill--paid")).to_be_visible(timeout=30_000)
        waits_ms.append((time.perf_counter() - start_s) * 1_000)

    assert PAYMENTS == len(waits_ms)
    with capsys.disabled():
        median_ms, longest_ms = statistics.median(waits_ms), max(waits_ms)
        sys.stdout.write(f"\nfrom Pay to Paid on the page: median {median_ms:.0f} ms, longest {longest_ms:.0f} ms of {PAYMENTS}\n")
