"""What is said to be enough for a payment in parts lets the search itself through, also where the likely figure does not."""

from __future__ import annotations

import pytest

from payments.lightning.routing.diagnosis_in_parts import _least


@pytest.mark.parametrize("likely", [0, 11, 20, 36, 37, 38, 1_000])
def test_the_least_limit_goes_whatever_was_likely(likely):
    assert 37 == _least(lambda limit: limit >= 37, above=10, likely=likely)


def test_where_the_search_is_not_even_in_itself_a_limit_is_still_found():
    def goes(limit: int) -> bool:
        return limit >= 37 and limit not in range(60, 70)

    found = _least(goes, above=10, likely=65)

    assert goes(found)
    assert not goes(found - 1)
