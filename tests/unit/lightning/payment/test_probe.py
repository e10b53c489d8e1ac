"""A probe's hash: ours to recognise, nobody's to pay."""

from __future__ import annotations

import msgspec

from payments.lightning.payment.probe import Probe, is_probe, probe_hash
from tests.unit.lightning.payment.paths import SESSION_KEY, WAY

SEED = b"\x05" * 32


def test_it_works():
    assert 32 == len(probe_hash(SEED, b"\x01" * 32))
    assert is_probe(SEED, payment_id=b"\x01" * 32, payment_hash=probe_hash(SEED, b"\x01" * 32))


def test_each_probe_of_each_node_has_a_hash_of_its_own():
    hashes = {probe_hash(seed, payment_id) for seed in (SEED, b"\x06" * 32) for payment_id in (b"\x01" * 32, b"\x02" * 32)}

    assert 4 == len(hashes)
    assert not is_probe(SEED, payment_id=b"\x02" * 32, payment_hash=probe_hash(SEED, b"\x01" * 32))


def test_it_is_stored_as_it_is():
    probe = Probe(payment_id=b"\x01" * 32, payment_hash=probe_hash(SEED, b"\x01" * 32), path=WAY, session_key=SESSION_KEY)

    assert probe == msgspec.msgpack.decode(msgspec.msgpack.encode(probe), type=Probe)
