"""Faults as values: what each makes of a node's prices, of time, of amounts and of bytes, and what it says in a sentence."""

from __future__ import annotations

import typing

import msgspec
import pytest

from payments.lightning.channel.htlc import Htlc, Side
from payments.lightning.config import ForwardingConfig
from payments.lightning.manager.intercepting import NEVER_MS
from payments.lightning.onion.failure import FailurePacket
from payments.queries.faults import _SENTENCES
from payments.sandbox.conduct import Conduct
from payments.sandbox.faults import (
    MANNERS,
    PATIENCE_MS,
    DearFee,
    Depleted,
    Disabled,
    Fault,
    GarblesFailures,
    GarblesOnions,
    Holds,
    Kind,
    Offline,
    PassesOnLess,
    Personality,
    StaleFee,
    is_told,
    place_of,
    policy_under,
    tag_of,
)
from payments.sandbox.mischief import SandboxState

BASE = ForwardingConfig(fee_base_msat=7, fee_proportional_millionths=8, cltv_expiry_delta=9)
NOW_MS = 1_700_000_000_000
HTLC = Htlc(
    owner=Side.REMOTE,
    id=3,
    amount_msat=5_000_000,
    payment_hash=bytes(32),
    cltv_expiry=800_100,
    onion_routing_packet=bytes(1366),
    added=(1, 1),
    received_at_ms=NOW_MS,
)
KINDS = typing.get_args(Fault)


def example(kind: type[Fault]) -> Fault:
    wanted = {"node": "bob", "peer": "carol"}
    return kind(**{name: value for name, value in wanted.items() if name in kind.__struct_fields__})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fault_comes_back_from_the_store_and_has_a_sentence(kind: type[Fault]) -> None:
    fault = example(kind)
    state = SandboxState(faults=(fault,), drained_msat={"bob carol": 5}, blocks_owed=2)
    assert state == msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=SandboxState)
    sentence = _SENTENCES[tag_of(fault)](msgspec.to_builtins(fault)).format(node="Bob", peer="Carol")
    assert "Bob" in sentence
    assert sentence.endswith(".")


def test_names_are_different() -> None:
    assert len(KINDS) == len({tag_of(example(kind)) for kind in KINDS})


def test_without_faults_everything_passes_as_it_is() -> None:
    conduct, packet = Conduct((Offline(node="bob"),)), FailurePacket(reason=bytes(292), attribution_data=None)
    assert conduct.hold_until_ms(HTLC) is None
    assert HTLC == conduct.passes_on(HTLC)
    assert packet == conduct.passes_back(packet)


@pytest.mark.parametrize(
    ("faults", "until_ms"),
    [
        ((Holds(node="bob", hold_ms=5_000),), NOW_MS + 5_000),
        ((Holds(node="bob", hold_ms=None),), NEVER_MS),
        ((Holds(node="bob", hold_ms=0),), None),
        ((Personality(node="bob", kind=Kind.TOR),), NOW_MS + 1_500),
        ((Personality(node="bob", kind=Kind.LDK),), None),
        ((Personality(node="bob", kind=Kind.TOR), Holds(node="bob", hold_ms=2_000)), NOW_MS + 2_000),
    ],
)
def test_time_is_counted_from_when_the_htlc_became_irrevocable(faults: tuple[Fault, ...], until_ms: int | None) -> None:
    assert until_ms == Conduct(faults).hold_until_ms(HTLC)


def test_less_is_passed_on_but_never_nothing() -> None:
    assert 4_999_000 == Conduct((PassesOnLess(node="bob", kept_msat=1_000),)).passes_on(HTLC).amount_msat
    assert 1 == Conduct((PassesOnLess(node="bob", kept_msat=9_000_000),)).passes_on(HTLC).amount_msat


@pytest.mark.parametrize("length", [0, 1, 292, 1366])
def test_what_is_spoilt_keeps_its_length(length: int) -> None:
    onion = Conduct((GarblesOnions(node="bob"),)).passes_on(msgspec.structs.replace(HTLC, onion_routing_packet=bytes(length)))
    packet = Conduct((GarblesFailures(node="bob"),)).passes_back(FailurePacket(reason=bytes(length), attribution_data=None))
    for spoilt in (onion.onion_routing_packet, packet.reason):
        assert length == len(spoilt)
        assert min(length, 1) == sum(byte != 0 for byte in spoilt)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ((), BASE),
        (
            (StaleFee(node="bob", fee_base_msat=1, fee_proportional_millionths=2),),
            ForwardingConfig(fee_base_msat=1, fee_proportional_millionths=2, cltv_expiry_delta=9),
        ),
        ((Personality(node="bob", kind=Kind.CLN),), MANNERS[Kind.CLN]),
        ((Disabled(node="bob", peer="carol"),), msgspec.structs.replace(BASE, is_disabled=True)),
        ((Disabled(node="bob", peer="dave"),), BASE),
        ((Depleted(node="bob", peer="carol"),), BASE),
    ],
)
def test_what_a_node_asks_follows_from_its_faults(faults: tuple[Fault, ...], expected: ForwardingConfig) -> None:
    assert expected == policy_under(BASE, faults, peer="carol")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (StaleFee(node="bob"), False),
        (DearFee(node="bob"), True),
        (Personality(node="bob"), True),
        (Disabled(node="bob", peer="carol"), True),
        (Disabled(node="bob", peer="carol", is_told=False), False),
    ],
)
def test_some_changes_are_told_and_some_are_found_out(fault: Fault, told: bool) -> None:
    assert told is is_told(fault)


def test_a_fault_takes_the_place_of_its_like_at_the_same_place() -> None:
    assert place_of(Holds(node="bob", hold_ms=1)) == place_of(Holds(node="bob", hold_ms=2))
    assert place_of(Holds(node="bob")) != place_of(Holds(node="carol"))
    assert place_of(Depleted(node="bob", peer="carol")) != place_of(Depleted(node="bob", peer="dave"))
    assert place_of(Offline(node="bob")) != place_of(Holds(node="bob"))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_manners_and_patience(kind: Kind) -> None:
    assert MANNERS[kind].cltv_expiry_delta >= 34
    assert PATIENCE_MS[kind] >= 0
