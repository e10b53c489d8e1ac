"""Laws of the encrypted line: cutting changes nothing, and no bytes at all raise anything but a TransportError."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.ids import NodeId
from payments.lightning.transport.errors import TransportError
from payments.lightning.transport.noise import Initiator, Responder, Transport

CALLER, CALLED = b"\x11" * 32, b"\x21" * 32
SENDING, RECEIVING, CHAINING = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32
keys = st.binary(min_size=32, max_size=32).filter(lambda key: 0 < int.from_bytes(key, "big") < 1 << 255)


def sides(caller_ephemeral: bytes, called_ephemeral: bytes) -> tuple[Initiator, Responder]:
    return (
        Initiator(CALLER, responder_id=NodeId(public_key(CALLED)), ephemeral_private_key=caller_ephemeral),
        Responder(CALLED, ephemeral_private_key=called_ephemeral),
    )


def line() -> tuple[Transport, Transport]:
    return (
        Transport(sending_key=SENDING, receiving_key=RECEIVING, chaining_key=CHAINING),
        Transport(sending_key=RECEIVING, receiving_key=SENDING, chaining_key=CHAINING),
    )


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    """The stream cut at these places."""
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in pairwise(places)]


@given(caller_ephemeral=keys, called_ephemeral=keys)
def test_any_ephemeral_keys_make_a_line(caller_ephemeral: bytes, called_ephemeral: bytes) -> None:
    here, there = sides(caller_ephemeral, called_ephemeral)
    act_three, mine = here.act_three(there.act_two(here.act_one()))
    caller, theirs = there.finish(act_three)
    assert public_key(CALLER) == caller
    assert [b"hello"] == theirs.receive(mine.encrypt(b"hello"))


@given(messages=st.lists(st.binary(max_size=300), max_size=8), cuts=st.lists(st.integers(0, 1 << 14), max_size=20))
def test_messages_are_the_same_however_they_are_cut(messages: list[bytes], cuts: list[int]) -> None:
    here, there = line()
    stream = b"".join(here.encrypt(message) for message in messages)
    assert messages == [message for piece in pieces(stream, cuts) for message in there.receive(piece)]


@given(messages=st.lists(st.binary(max_size=100), min_size=1, max_size=4), place=st.integers(0, 1 << 14), flip=st.integers(1, 255))
def test_what_is_heard_of_an_altered_stream_was_said(messages: list[bytes], place: int, flip: int) -> None:
    here, there = line()
    stream = bytearray(b"".join(here.encrypt(message) for message in messages))
    stream[place % len(stream)] ^= flip
    heard: list[bytes] = []
    with suppress(TransportError):
        for index in range(len(stream)):
            heard += there.receive(bytes(stream[index : index + 1]))
    assert heard == messages[: len(heard)]
    assert len(heard) < len(messages)


@given(noise=st.lists(st.binary(max_size=200), max_size=5))
def test_noise_on_a_line_is_never_a_message(noise: list[bytes]) -> None:
    _here, there = line()
    with suppress(TransportError):
        assert [] == [message for piece in noise for message in there.receive(piece)]


@given(act=st.binary(max_size=80) | st.binary(min_size=50, max_size=50) | st.binary(min_size=66, max_size=66), ephemeral=keys)
def test_noise_is_never_an_act(act: bytes, ephemeral: bytes) -> None:
    here, there = sides(ephemeral, ephemeral)
    call = here.act_one()
    for attempt in (lambda: here.act_three(act), lambda: sides(ephemeral, ephemeral)[1].act_two(act)):
        with suppress(TransportError):
            attempt()
            raise AssertionError("noise was taken for an act")
    there.act_two(call)
    with suppress(TransportError):
        there.finish(act)
        raise AssertionError("noise was taken for an act")
