"""Bech32 against the examples of BIP 173 and BIP 350, and every fault with its place."""

from __future__ import annotations

import pytest

from payments.lightning.crypto import bech32
from payments.lightning.crypto.bech32 import Bech32, Bech32Fault, Checksum, NotBech32

# BIP 173, Test vectors
VALID_BECH32 = (
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
    "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j",
    "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    "?1ezyfcl",
)
# BIP 350, Test vectors for Bech32m
VALID_BECH32M = (
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
)


def fault_of(text: str, *, limit: int = bech32.ADDRESS_LIMIT) -> tuple[Bech32Fault, int | None]:
    with pytest.raises(NotBech32) as refused:
        bech32.decode(text, limit=limit)
    return refused.value.fault, refused.value.position


@pytest.mark.parametrize("text", VALID_BECH32)
def test_bech32_is_read_and_written_again(text: str) -> None:
    read = bech32.decode(text)
    assert text.lower() == bech32.encode(read.prefix, read.words)


@pytest.mark.parametrize("text", VALID_BECH32M)
def test_bech32m_is_read_and_written_again(text: str) -> None:
    read = bech32.decode(text, checksum=Checksum.BECH32M)
    assert text.lower() == bech32.encode(read.prefix, read.words, checksum=Checksum.BECH32M)


@pytest.mark.parametrize("text", VALID_BECH32M)
def test_bech32m_is_not_bech32(text: str) -> None:
    assert (Bech32Fault.CHECKSUM, None) == fault_of(text)


def test_words_are_those_of_the_character_set() -> None:
    assert Bech32(prefix="abcdef", words=bytes(range(32))) == bech32.decode("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw")


@pytest.mark.parametrize(
    ("text", "fault", "position"),
    [
        ("\x201nwldj5", Bech32Fault.CHARACTER, 0),
        ("\x7f1axkwrx", Bech32Fault.CHARACTER, 0),
        ("\x801eym55h", Bech32Fault.CHARACTER, 0),
        ("a12\u212ael5l", Bech32Fault.CHARACTER, 3),
        ("pzry9x0s0muk", Bech32Fault.NO_SEPARATOR, None),
        ("1pzry9x0s0muk", Bech32Fault.NO_SEPARATOR, None),
        ("", Bech32Fault.NO_SEPARATOR, None),
        ("x1b4n0q5v", Bech32Fault.CHARACTER, 2),
        ("li1dgmt3", Bech32Fault.TOO_SHORT, None),
        ("de1lg7wt\xff", Bech32Fault.CHARACTER, 8),
        ("A1G7SGD8", Bech32Fault.CHECKSUM, None),
        ("10a06t8", Bech32Fault.NO_SEPARATOR, None),
        ("A12uEL5L", Bech32Fault.MIXED_CASE, 3),
        ("a12uEl5l", Bech32Fault.MIXED_CASE, 4),
    ],
)
def test_every_fault_has_its_name_and_place(text: str, fault: Bech32Fault, position: int | None) -> None:
    assert (fault, position) == fault_of(text)


def test_an_address_has_at_most_90_characters() -> None:
    text = "an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx"
    assert (Bech32Fault.TOO_LONG, None) == fault_of(text)
    assert text == bech32.encode(bech32.decode(text, limit=91).prefix, b"")


def test_one_wrong_character_is_noticed_wherever_it_is() -> None:
    text = "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"
    for position in range(7, len(text)):
        other = "q" if text[position] != "q" else "p"
        assert (Bech32Fault.CHECKSUM, None) == fault_of(text[:position] + other + text[position + 1 :])


def test_bytes_survive_the_way_through_words() -> None:
    for length in range(12):
        data = bytes(range(200, 200 + length))
        assert data == bech32.words_to_bytes(bech32.bytes_to_words(data))


def test_bits_that_fill_no_byte_are_dropped_or_padded_as_asked() -> None:
    words = bytes((31, 31))
    assert b"\xff" == bech32.words_to_bytes(words)
    assert b"\xff\xc0" == bech32.words_to_padded_bytes(words)


def test_numbers_take_as_few_words_as_they_need() -> None:
    assert b"" == bech32.int_to_words(0)
    assert bytes((1, 0)) == bech32.int_to_words(32)
    assert bytes((0, 0, 31)) == bech32.int_to_words(31, count=3)
    assert 0 == bech32.words_to_int(b"")


def test_a_number_that_does_not_fit_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        bech32.int_to_words(1 << 35, count=7)
    with pytest.raises(ValueError, match="does not fit"):
        bech32.int_to_words(-1)
