"""
How many invoices one core reads and writes in a second.

Read are the specification's examples that stand in the unit tests: with and without amount, two-hop hints, fallbacks, metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from time import perf_counter

from payments.lightning.invoice import bolt11
from payments.lightning.invoice.invoice import InvoiceDraft
from tests.unit.lightning.invoice.examples import PRIVATE_KEY, TWO_HOPS, VALID

_LOOK_AT_THE_CLOCK_EVERY = 50


def decodes_per_second(*, duration_s: float = 1.0) -> float:
    """Invoices read in a second, signature included."""
    texts = cycle(VALID)
    return _rate(lambda: bolt11.decode(next(texts)), duration_s)


def encodes_per_second(*, duration_s: float = 1.0) -> float:
    """Invoices written, signed and read back in a second."""
    invoice = bolt11.decode(TWO_HOPS)
    draft = InvoiceDraft(**{name: getattr(invoice, name) for name in InvoiceDraft.__struct_fields__})
    return _rate(lambda: bolt11.encode(draft, private_key=PRIVATE_KEY), duration_s)


def _rate(work: Callable[[], object], duration_s: float) -> float:
    count, start = 0, perf_counter()
    while (elapsed := perf_counter() - start) < duration_s:
        for _ in range(_LOOK_AT_THE_CLOCK_EVERY):
            work()
        count += _LOOK_AT_THE_CLOCK_EVERY
    return count / elapsed


if __name__ == "__main__":
    print(f"decode  {decodes_per_second():8,.0f} invoices a second")  # noqa: T201 what the script is run for
    print(f"encode  {encodes_per_second():8,.0f} invoices a second")  # noqa: T201 what the script is run for
