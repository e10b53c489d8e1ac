"""BOLT 1, Appendix A: BigSize Test Vectors."""

from __future__ import annotations

import pytest

from payments.lightning.wire.bigsize import decode_bigsize, encode_bigsize
from payments.lightning.wire.errors import BigsizeNotMinimal, BigsizeTruncated
from tests.vectors.files import load_vectors

REFUSALS = {"decoded bigsize is not canonical": BigsizeNotMinimal, "unexpected EOF": BigsizeTruncated, "EOF": BigsizeTruncated}


def test_every_number_is_read_as_the_specification_says() -> None:
    cases = load_vectors("bolt01-bigsize.json")["decode"]
    assert 18 == len(cases)
    for case in cases:
        data = bytes.fromhex(case["bytes"])
        if "exp_error" in case:
            with pytest.raises(REFUSALS[case["exp_error"]]):
                decode_bigsize(data)
        else:
            assert (case["value"], len(data)) == decode_bigsize(data), case["name"]


def test_every_number_is_written_as_the_specification_says() -> None:
    cases = load_vectors("bolt01-bigsize.json")["encode"]
    assert 8 == len(cases)
    for case in cases:
        assert case["bytes"] == encode_bigsize(case["value"]).hex(), case["name"]
