"""BigSize: figures of BOLT 1, Appendix A as literals, so that something is proved without the vector files."""

from __future__ import annotations

import pytest

from payments.lightning.wire.bigsize import MAX_BIGSIZE, decode_bigsize, encode_bigsize
from payments.lightning.wire.errors import BigsizeNotMinimal, BigsizeTruncated

# BOLT 1, Appendix A: BigSize Test Vectors: the edges of each width.
EDGES = {
    0: "00",
    252: "fc",
    253: "fd00fd",
    65535: "fdffff",
    65536: "fe00010000",
    4294967295: "feffffffff",
    4294967296: "ff0000000100000000",
    18446744073709551615: "ffffffffffffffffff",
}


@pytest.mark.parametrize(("value", "spelling"), EDGES.items())
def test_each_number_has_one_spelling(value: int, spelling: str) -> None:
    assert spelling == encode_bigsize(value).hex()
    assert (value, len(spelling) // 2) == decode_bigsize(bytes.fromhex(spelling))


@pytest.mark.parametrize(("spelling", "value"), [("fd00fc", 252), ("fe0000ffff", 65535), ("ff00000000ffffffff", 4294967295)])
def test_a_longer_spelling_is_refused_with_its_place(spelling: str, value: int) -> None:
    with pytest.raises(BigsizeNotMinimal) as refusal:
        decode_bigsize(b"\0" + bytes.fromhex(spelling), 1)
    assert (1, value) == (refusal.value.offset, refusal.value.value)


@pytest.mark.parametrize("spelling", ["", "fd", "fd00", "fe", "feffff", "ff", "ffffffffff"])
def test_a_number_that_is_cut_short_is_refused(spelling: str) -> None:
    with pytest.raises(BigsizeTruncated) as refusal:
        decode_bigsize(bytes.fromhex(spelling))
    assert 0 == refusal.value.offset


def test_reading_goes_on_behind_the_number() -> None:
    data = bytes.fromhex("aafd0100bb")
    assert (256, 4) == decode_bigsize(data, 1)
    assert (0xBB, 5) == decode_bigsize(data, 4)


@pytest.mark.parametrize("value", [-1, MAX_BIGSIZE + 1])
def test_what_does_not_fit_is_our_own_mistake(value: int) -> None:
    with pytest.raises(ValueError, match="not a BigSize"):
        encode_bigsize(value)
