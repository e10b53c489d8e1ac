"""BOLT 1, Appendix B: Type-Length-Value Test Vectors. The two namespaces are declared here as the appendix does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from payments.lightning.crypto.secp256k1 import is_point
from payments.lightning.ids import format_scid, parse_scid
from payments.lightning.wire.errors import TlvDuplicated, TlvOutOfOrder, WireError
from payments.lightning.wire.tlv import decode_tlv_stream, decode_tu, encode_tlv_stream
from tests.vectors.files import load_vectors


class FieldRefused(Exception):
    """A fixed field of the wrong length, or not a point: the message's reader says so, not the stream's."""


def exactly(length: int, value: bytes) -> bytes:
    if len(value) != length:
        raise FieldRefused
    return value


def node_and_amounts(value: bytes) -> str:
    exactly(49, value)
    if not is_point(value[:33]):
        raise FieldRefused
    first, second = int.from_bytes(value[33:41], "big"), int.from_bytes(value[41:], "big")
    return f"`node_id`={value[:33].hex()} `amount_msat_1`={first} `amount_msat_2`={second}"


def scid(value: bytes) -> str:
    return format_scid(parse_scid_bytes(exactly(8, value)))


def parse_scid_bytes(value: bytes) -> Any:
    number = int.from_bytes(value, "big")
    return parse_scid(f"{number >> 40}x{number >> 16 & 0xFFFFFF}x{number & 0xFFFF}")


Fields = dict[int, Callable[[bytes], str]]
N1: Fields = {
    1: lambda value: f"`tlv1` `amount_msat`={decode_tu(value, max_length=8)}",
    2: lambda value: f"`tlv2` `scid`={scid(value)}",
    3: lambda value: f"`tlv3` {node_and_amounts(value)}",
    254: lambda value: f"`tlv4` `cltv_delta`={int.from_bytes(exactly(2, value), 'big')}",
}
N2: Fields = {
    0: lambda value: f"`tlv1` `amount_msat`={decode_tu(value, max_length=8)}",
    11: lambda value: f"`tlv2` `cltv_expiry`={decode_tu(value, max_length=4)}",
}


def read(stream: str, fields: Fields) -> list[str]:
    return [fields[type_](value) for type_, value in decode_tlv_stream(bytes.fromhex(stream), known=fields).items()]


@pytest.mark.parametrize(
    ("group", "namespaces", "count"),
    [("invalid_any_namespace", (N1, N2), 9), ("invalid_either_namespace", (N1, N2), 4), ("invalid_n1", (N1,), 20)],
)
def test_every_invalid_stream_is_refused(group: str, namespaces: tuple[Fields, ...], count: int) -> None:
    cases = load_vectors("bolt01-tlv.json")[group]
    assert count == len(cases)
    for case in cases:
        for fields in namespaces:
            with pytest.raises((WireError, FieldRefused)):
                read(case["stream"], fields)


@pytest.mark.parametrize(("group", "fields"), [("invalid_order_n1", N1), ("invalid_order_n2", N2)])
def test_every_stream_out_of_order_is_refused_as_such(group: str, fields: Fields) -> None:
    for case in load_vectors("bolt01-tlv.json")[group]:
        refusal = TlvDuplicated if re.search("duplicate", case["reason"]) else TlvOutOfOrder
        with pytest.raises(refusal):
            read(case["stream"], fields)


def test_every_stream_of_unknown_odd_types_is_accepted_and_ignored() -> None:
    cases = load_vectors("bolt01-tlv.json")["valid_either_ignored"]
    assert 7 == len(cases)
    for case in cases:
        assert [] == read(case["stream"], N1)
        assert [] == read(case["stream"], N2)


def test_every_valid_stream_has_its_values_and_is_written_the_same_way() -> None:
    cases = load_vectors("bolt01-tlv.json")["valid_n1"]
    assert 12 == len(cases)
    for case in cases:
        assert [case["values"]] == read(case["stream"], N1)
        records = decode_tlv_stream(bytes.fromhex(case["stream"]), known=N1)
        assert case["stream"] == encode_tlv_stream(records.items()).hex()
