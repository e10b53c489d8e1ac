"""Laws of messages: every one is read back as it was written, and no bytes at all make the parser raise anything but a WireError."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.wire import codec
from payments.lightning.wire.channel_messages import FeeRange
from payments.lightning.wire.errors import WireError
from payments.lightning.wire.features import Feature, Features
from payments.lightning.wire.messages import MESSAGE_CLASSES, UnknownMessage, decode_message, encode_message

POINTS = [public_key((index + 1).to_bytes(32, "big")) for index in range(20)]
u64 = st.integers(0, (1 << 64) - 1)


def values_of(form: Any) -> st.SearchStrategy[Any]:
    """What a form can write."""
    match form:
        case codec.UInt(size=size):
            return st.integers(0, (1 << 8 * size) - 1)
        case codec.Fixed(size=size):
            return st.binary(min_size=size, max_size=size)
        case codec.CurvePoint():
            return st.sampled_from(POINTS)
        case codec.Counted() | codec.Rest():
            return st.binary(max_size=300)
        case codec.CountedMany(size=size) | codec.RestMany(size=size):
            return st.lists(st.binary(min_size=size, max_size=size), max_size=4).map(tuple)
        case codec.BigSize():
            return u64
    return st.builds(FeeRange, min_fee_satoshis=u64, max_fee_satoshis=u64)


def messages_of(message_class: type[Any]) -> st.SearchStrategy[Any]:
    """Any message of a class."""
    plan = codec.plan_of(message_class)
    fields = {name: values_of(form) for name, form in plan.fields}
    records = {name: st.none() | values_of(form) for name, form in plan.tlvs.values()}
    extra = {} if plan.extra is None else {plan.extra: st.binary(max_size=20)}
    return st.builds(message_class, **fields, **records, **extra)


any_message = st.one_of([messages_of(message_class) for message_class in MESSAGE_CLASSES.values()])
unknown_messages = st.builds(
    UnknownMessage, type=st.integers(0x4000, 0x7FFF).map(lambda half: 2 * half + 1), payload=st.binary(max_size=50)
)


@given(message=any_message | unknown_messages)
def test_every_message_is_read_back_as_it_was_written(message: Any) -> None:
    data = encode_message(message)
    assert message == decode_message(data)
    assert data == encode_message(decode_message(data))


@pytest.mark.parametrize("message_class", MESSAGE_CLASSES.values(), ids=lambda message_class: message_class.__name__)
def test_every_class_says_where_each_of_its_fields_goes(message_class: type[Any]) -> None:
    plan = codec.plan_of(message_class)
    placed = [name for name, _form in plan.fields] + [name for name, _form in plan.tlvs.values()] + [name for name in [plan.extra] if name]
    assert sorted(message_class.__struct_fields__) == sorted(placed)


@given(message=any_message, cut=st.integers(0, 2_000))
def test_a_message_that_is_cut_short_is_refused_or_means_less(message: Any, cut: int) -> None:
    data = encode_message(message)[:cut]
    with suppress(WireError):
        assert data == encode_message(decode_message(data))


@given(message=any_message, place=st.integers(0, 1 << 16), flip=st.integers(1, 255))
def test_a_flipped_byte_raises_nothing_but_a_wire_error(message: Any, place: int, flip: int) -> None:
    data = bytearray(encode_message(message))
    data[place % len(data)] ^= flip
    with suppress(WireError):
        decode_message(bytes(data))


@given(message_type=st.sampled_from(sorted(MESSAGE_CLASSES)) | st.integers(0, 0xFFFF), body=st.binary(max_size=2_000))
def test_noise_raises_nothing_but_a_wire_error(message_type: int, body: bytes) -> None:
    with suppress(WireError):
        decode_message(message_type.to_bytes(2, "big") + body)


@given(message=any_message)
def test_a_stored_message_is_loaded_as_it_was(message: Any) -> None:
    assert message == msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=type(message))


@given(data=st.binary(max_size=40))
def test_any_bytes_are_features_and_only_leading_zeros_are_lost(data: bytes) -> None:
    features = Features.decode(data)
    assert data.lstrip(b"\0") == features.encode()
    assert features == Features(sum(1 << number for number in features.numbers()))


@given(required=st.sets(st.sampled_from(Feature)), optional=st.sets(st.sampled_from(Feature)))
def test_a_set_has_what_was_put_in(required: set[Feature], optional: set[Feature]) -> None:
    features = Features.of(required=required, optional=optional)
    assert required == {feature for feature in Feature if features.requires(feature)}
    assert required | optional == {feature for feature in Feature if features.has(feature)}
    assert set(features.unknown_required(known=optional)) == required - optional
