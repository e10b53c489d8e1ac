"""Attribution data: its layout, and a figure of BOLT 4's test vector."""

from __future__ import annotations

import pytest

from payments.lightning.crypto.chacha20 import apply_keystream
from payments.lightning.onion.attribution import attribute, read_hold_times
from payments.lightning.onion.keys import derive_key
from tests.unit.lightning.onion.path import SHARED_SECRETS

SECRET = SHARED_SECRETS[4]


def test_the_payee_of_the_specification_reports_its_hold_time() -> None:
    # BOLT 4, Test Vector: hold time 1 at the last node, fulfilled; the data begins so.
    data = attribute(SECRET, answer=b"", downstream=None, hold_time_100ms=1)
    assert "d77d0711b5f71d1d1be56bd88b3bb7eb" == data[:16].hex()


def test_fresh_data_holds_one_time_twenty_hmacs_and_nothing_else() -> None:
    clear = apply_keystream(derive_key("ammagext", SECRET), attribute(SECRET, answer=b"x", downstream=None, hold_time_100ms=7))
    assert (7).to_bytes(4, "big") + bytes(76) == clear[:80]
    assert 20 == len({clear[start : start + 4] for start in range(80, 160, 4)})
    assert bytes(760) == clear[160:]


def test_the_oldest_report_falls_off_after_twenty_hops() -> None:
    data = None
    for hold_time in range(25):
        data = attribute(SECRET, answer=b"", downstream=data, hold_time_100ms=hold_time)
    assert tuple(range(24, 4, -1)) == read_hold_times([SECRET] * 20, answers=[b""] * 20, attribution_data=data)


@pytest.mark.parametrize("hops", [0, 1, 2, 19, 20])
def test_any_path_up_to_twenty_hops_is_read_whole(hops: int) -> None:
    secrets = [bytes([hop + 1]) * 32 for hop in range(hops)]
    data = None
    for hop in reversed(range(hops)):
        data = attribute(secrets[hop], answer=b"", downstream=data, hold_time_100ms=hop)
    assert tuple(range(hops)) == read_hold_times(secrets, answers=[b""] * 20, attribution_data=data)
