"""
Bech32 and bech32m: text that carries 5-bit words and notices when it was mistyped.

Invoices are bech32 far beyond the 90 characters of an address, so the checksum works on two words at a time and words travel as `bytes`
(each 0..31), which Python translates and converts in C. Whoever mistyped something is told where: every fault has a place.
Nothing here repairs text: a "corrected" invoice could pay somebody else.

BIP 173, Bech32; BIP 350, Bech32m
"""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import msgspec

from payments.lightning.errors import LightningError

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
ADDRESS_LIMIT = 90
CHECKSUM_WORDS = 6

_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_NOT_A_WORD = 255
_WORD_OF_CHARACTER = bytes(CHARSET.find(chr(code)) if chr(code) in CHARSET else _NOT_A_WORD for code in range(256))
_CHARACTER_OF_WORD = CHARSET.encode().ljust(256, b"?")
_DIGIT_OF_WORD = b"0123456789abcdefghijklmnopqrstuv".ljust(256, b"?")
_WORD_OF_RFC4648 = bytes(max(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(code), 0) for code in range(256))
_ALL_WORDS = bytes(range(32))
_PRINTABLE = bytes(range(33, 127))


class Checksum(IntEnum):
    """What the checksum's remainder must be: the only difference between the two encodings."""

    BECH32 = 1
    BECH32M = 0x2BC830A3


class Bech32Fault(StrEnum):
    """Why a text is not bech32."""

    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    CHARACTER = "character"
    MIXED_CASE = "mixed_case"
    NO_SEPARATOR = "no_separator"
    CHECKSUM = "checksum"


@dataclass(eq=False, kw_only=True)
class NotBech32(LightningError):
    """The text is not bech32; `position` counts from 0 and is where the fault shows, when it shows at one place."""

    fault: Bech32Fault
    position: int | None = None


class Bech32(msgspec.Struct, frozen=True, kw_only=True):
    """A text taken apart: the prefix in lower case, and the words between separator and checksum (bytes, each 0..31)."""

    prefix: str
    words: bytes


def decode(text: str, *, checksum: Checksum = Checksum.BECH32, limit: int = ADDRESS_LIMIT) -> Bech32:
    """
    Take bech32 text apart, in either case but not in both.

    limit    characters, the prefix and the checksum included
    raises   NotBech32, with the first fault from the left

    BIP 173, Bech32

    >>> decode("A12UEL5L")
    Bech32(prefix='a', words=b'')
    """
    if len(text) > limit:
        raise NotBech32(fault=Bech32Fault.TOO_LONG)
    raw = _as_ascii(text)
    lower = raw.lower()
    if raw not in (lower, raw.upper()):
        raise NotBech32(fault=Bech32Fault.MIXED_CASE, position=_where_case_changes(text))
    separator = lower.rfind(b"1")
    if separator < 1:
        raise NotBech32(fault=Bech32Fault.NO_SEPARATOR)
    words = _as_words(lower, start=separator + 1)
    if _remainder(_remainder(1, _expanded(lower[:separator])), words) != checksum:
        raise NotBech32(fault=Bech32Fault.CHECKSUM)
    return Bech32(prefix=lower[:separator].decode(), words=words[:-CHECKSUM_WORDS])


def encode(prefix: str, words: bytes, *, checksum: Checksum = Checksum.BECH32) -> str:
    """
    The lower-case text of a prefix and its words.

    >>> encode("a", b"")
    'a12uel5l'
    >>> encode("a", b"", checksum=Checksum.BECH32M)
    'a1lqfn3a'
    """
    remainder = _remainder(_remainder(1, _expanded(prefix.encode())), words + bytes(CHECKSUM_WORDS)) ^ checksum
    tail = bytes(remainder >> 5 * place & 31 for place in reversed(range(CHECKSUM_WORDS)))
    return f"{prefix}1{(words + tail).translate(_CHARACTER_OF_WORD).decode()}"


def words_to_int(words: bytes) -> int:
    """
    The words as one big-endian number; no words are 0.

    >>> words_to_int(bytes((1, 28)))
    60
    """
    return int(words.translate(_DIGIT_OF_WORD), 32) if words else 0


def words_to_bytes(words: bytes) -> bytes:
    """The whole bytes in the words; bits that do not fill a byte are dropped."""
    bits = len(words) * 5
    return (words_to_int(words) >> bits % 8).to_bytes(bits // 8, "big")


def words_to_padded_bytes(words: bytes) -> bytes:
    """All bits of the words, the last byte filled up with zero bits."""
    missing = -len(words) * 5 % 8
    return (words_to_int(words) << missing).to_bytes((len(words) * 5 + missing) // 8, "big")


def bytes_to_words(data: bytes) -> bytes:
    """The bytes as words, the last word filled up with zero bits."""
    return b32encode(data).rstrip(b"=").translate(_WORD_OF_RFC4648)


def int_to_words(value: int, *, count: int | None = None) -> bytes:
    """
    A number that is not negative as `count` words, or as few as hold it (0 needs none). ValueError when it does not fit.

    >>> int_to_words(60) == bytes((1, 28))
    True
    """
    needed = -(-value.bit_length() // 5)
    length = needed if count is None else count
    if value < 0 or needed > length:
        raise ValueError(f"{value} does not fit {length} words")
    return bytes(value >> 5 * place & 31 for place in reversed(range(length)))


def _as_ascii(text: str) -> bytes:
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError as error:
        raise NotBech32(fault=Bech32Fault.CHARACTER, position=error.start) from None
    if strange := raw.translate(None, _PRINTABLE):
        raise NotBech32(fault=Bech32Fault.CHARACTER, position=raw.index(strange[:1]))
    return raw


def _as_words(lower: bytes, *, start: int) -> bytes:
    words = lower[start:].translate(_WORD_OF_CHARACTER)
    if words.translate(None, _ALL_WORDS):
        raise NotBech32(fault=Bech32Fault.CHARACTER, position=start + words.index(_NOT_A_WORD))
    if len(words) < CHECKSUM_WORDS:
        raise NotBech32(fault=Bech32Fault.TOO_SHORT)
    return words


def _where_case_changes(text: str) -> int:
    letters = [(position, character) for position, character in enumerate(text) if character.isalpha()]
    first_is_upper = letters[0][1].isupper()
    return next(position for position, character in letters if character.isupper() != first_is_upper)


def _expanded(prefix: bytes) -> bytes:
    return bytes([code >> 5 for code in prefix] + [0] + [code & 31 for code in prefix])


def _one_step(remainder: int, word: int) -> int:
    top = remainder >> 25
    remainder = (remainder & 0x1FFFFFF) << 5 ^ word
    for bit, generator in enumerate(_GENERATORS):
        if top >> bit & 1:
            remainder ^= generator
    return remainder


_TWO_STEPS = tuple(_one_step(_one_step(top << 20, 0), 0) for top in range(1 << 10))


def _remainder(remainder: int, words: bytes) -> int:
    """The checksum's remainder after more words. The sum is linear, so the ten bits that fall out at the top are looked up at once."""
    if len(words) % 2:
        remainder = _one_step(remainder, words[0])
        words = words[1:]
    table = _TWO_STEPS
    pairs = iter(words)
    for left, right in zip(pairs, pairs, strict=True):
        remainder = (remainder & 0xFFFFF) << 10 ^ left << 5 ^ right ^ table[remainder >> 20]
    return remainder
