"""The encrypted line: its own figures as literals (BOLT 8, Appendix A), and what a tampered or mistaken peer meets."""

from __future__ import annotations

import pytest

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.ids import NodeId
from payments.lightning.transport import errors
from payments.lightning.transport.noise import Initiator, Responder

# BOLT 8, Appendix A: the keys of both sides.
CALLER, CALLER_EPHEMERAL = b"\x11" * 32, b"\x12" * 32
CALLED, CALLED_EPHEMERAL = b"\x21" * 32, b"\x22" * 32
ACT_ONE = bytes.fromhex("00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a")
ACT_TWO = bytes.fromhex("0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae")
ACT_THREE = bytes.fromhex(
    "00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139ba"
)
FIRST_HELLO = "cf2b30ddf0cf3f80e7c35a6e6730b59fe802473180f396d88a8fb0db8cbcf25d2f214cf9ea1d95"


def initiator(responder=CALLED):
    return Initiator(CALLER, responder_id=NodeId(public_key(responder)), ephemeral_private_key=CALLER_EPHEMERAL)


def responder():
    return Responder(CALLED, ephemeral_private_key=CALLED_EPHEMERAL)


def line():
    """Both ends of a finished line, and who the called side was told is there."""
    here, there = initiator(), responder()
    act_three, mine = here.act_three(there.act_two(here.act_one()))
    caller, theirs = there.finish(act_three)
    return mine, theirs, caller


def flipped(act, place):
    changed = bytearray(act)
    changed[place] ^= 1
    return bytes(changed)


def test_it_works():
    here, there, caller = line()

    assert public_key(CALLER) == caller
    assert [b"hello"] == there.receive(here.encrypt(b"hello"))
    assert [b"good day"] == here.receive(there.encrypt(b"good day"))


def test_acts_and_frames_are_those_of_the_specification():
    here, there = initiator(), responder()

    assert ACT_ONE == here.act_one()
    assert ACT_TWO == there.act_two(ACT_ONE)
    act_three, transport = here.act_three(ACT_TWO)
    assert ACT_THREE == act_three
    assert FIRST_HELLO == transport.encrypt(b"hello").hex()


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (ACT_ONE[:-1], errors.Act1ReadFailed),
        (ACT_ONE + b"\0", errors.Act1ReadFailed),
        (b"", errors.Act1ReadFailed),
        (b"\1" + ACT_ONE[1:], errors.Act1BadVersion),
        (b"\0\4" + ACT_ONE[2:], errors.Act1BadPubkey),
        (flipped(ACT_ONE, -1), errors.Act1BadTag),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_a_wrong_first_act_is_refused_by_name(act, refusal):
    with pytest.raises(refusal):
        responder().act_two(act)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (ACT_TWO[:-1], errors.Act2ReadFailed),
        (b"\1" + ACT_TWO[1:], errors.Act2BadVersion),
        (b"\0\4" + ACT_TWO[2:], errors.Act2BadPubkey),
        (flipped(ACT_TWO, -1), errors.Act2BadTag),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_a_wrong_second_act_is_refused_by_name(act, refusal):
    here = initiator()
    here.act_one()
    with pytest.raises(refusal):
        here.act_three(act)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        (ACT_THREE[:-1], errors.Act3ReadFailed),
        (b"\1" + ACT_THREE[1:], errors.Act3BadVersion),
        (flipped(ACT_THREE, 1), errors.Act3BadCiphertext),
        (flipped(ACT_THREE, -1), errors.Act3BadTag),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_a_wrong_third_act_is_refused_by_name(act, refusal):
    there = responder()
    there.act_two(ACT_ONE)
    with pytest.raises(refusal):
        there.finish(act)


def test_who_is_called_by_another_name_does_not_answer():
    with pytest.raises(errors.Act1BadTag):
        responder().act_two(initiator(responder=b"\x31" * 32).act_one())


def test_messages_arrive_whole_however_the_bytes_are_cut():
    here, there, _caller = line()
    messages = [b"", b"a", b"x" * 65_535, b"end"]
    stream = b"".join(here.encrypt(message) for message in messages)
    heard = []
    for start in range(0, len(stream), 7_001):
        heard += there.receive(stream[start : start + 7_001])

    assert messages == heard


def test_no_frame_is_longer_than_its_length_can_say():
    here, _there, _caller = line()

    assert 2 + 16 + 65_535 + 16 == len(here.encrypt(b"x" * 65_535))
    with pytest.raises(OverflowError):
        here.encrypt(b"x" * 65_536)


def test_it_is_known_whether_a_frame_has_begun_and_not_ended():
    here, there, _caller = line()
    frame = here.encrypt(b"hello")
    amid = []
    for piece in (b"", frame[:1], frame[1:18], frame[18:-1], frame[-1:]):
        there.receive(piece)
        amid.append(there.is_amid_frame)

    assert [False, True, True, True, False] == amid


def test_a_frame_that_is_altered_repeated_or_left_out_ends_the_line():
    def heard(change):
        here, there, _caller = line()
        frames = [here.encrypt(b"one"), here.encrypt(b"two")]
        with pytest.raises(errors.FrameNotAuthentic) as refusal:
            there.receive(b"".join(change(frames)))
        return refusal.value.frame_number

    assert 0 == heard(lambda frames: [flipped(frames[0], 3), frames[1]])
    assert 0 == heard(lambda frames: [flipped(frames[0], -1), frames[1]])
    assert 1 == heard(lambda frames: [frames[0], frames[0]])
    assert 0 == heard(lambda frames: [frames[1]])


def test_both_directions_have_keys_of_their_own():
    here, there, _caller = line()

    assert here.encrypt(b"hello") != there.encrypt(b"hello")


def test_an_echo_of_our_own_frame_is_not_taken_for_the_peers():
    here, _there, _caller = line()
    with pytest.raises(errors.FrameNotAuthentic):
        here.receive(here.encrypt(b"hello"))


def test_a_line_goes_on_over_many_rotations():
    here, there, _caller = line()
    for number in range(1_700):
        assert [b"%d" % number] == there.receive(here.encrypt(b"%d" % number))
