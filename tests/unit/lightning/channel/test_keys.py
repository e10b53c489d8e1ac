from __future__ import annotations

import msgspec

from payments.lightning.channel import keys
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.crypto.secp256k1 import ORDER, is_private_key, public_key
from payments.lightning.crypto.shachain import per_commitment_secret

BASE_SECRET = bytes(range(32))
COMMITMENT_SECRET = bytes(range(31, -1, -1))
BASEPOINT = bytes.fromhex("036d6caac248af96f6afa7f904f550253a0f3ef3f5aa2fe6838a95b216691468e2")
POINT = bytes.fromhex("025f7117a78150fe2ef97db7cfc83bd57b2e2c0d0dd25eaf467a4a1c2a45ce1486")


def test_a_key_is_derived_as_in_bolt_3_appendix_e() -> None:
    derived = bytes.fromhex("0235f2dbfaa89b57ec7b055afe29849ef7ddfeb1cefdb9ebdc43f5494984db29e5")
    assert derived == keys.derive_public_key(BASEPOINT, POINT)
    assert bytes.fromhex("cbced912d3b21bf196a766651e436aff192362621ce317704ea2f75d87e7be0f") == keys.derive_private_key(BASE_SECRET, POINT)
    assert derived == public_key(keys.derive_private_key(BASE_SECRET, POINT))


def test_a_revocation_key_is_derived_as_in_bolt_3_appendix_e() -> None:
    derived = bytes.fromhex("02916e326636d19c33f13e8c0c3a03dd157f332f3e99c317c141dd865eb01f8ff0")
    private_key = keys.derive_revocation_private_key(BASE_SECRET, COMMITMENT_SECRET)
    assert derived == keys.derive_revocation_public_key(BASEPOINT, POINT)
    assert bytes.fromhex("d09ffff62ddb2297ab000cc85bcb4283fdeb6aa052affbc9dddcf33b61078110") == private_key
    assert derived == public_key(private_key)


def test_a_channel_has_the_same_secrets_for_ever_and_no_two_channels_or_nodes_share_one() -> None:
    assert ChannelSecrets.derive(b"n" * 32, 7) == ChannelSecrets.derive(b"n" * 32, 7)
    channels = [ChannelSecrets.derive(node * 32, index) for node in (b"n", b"m") for index in range(5)]
    secrets = [secret for channel in channels for secret in msgspec.structs.astuple(channel)]
    assert 2 * 5 * 6 == len(set(secrets))
    assert all(is_private_key(secret) for secret in secrets)


def test_a_hash_that_is_no_key_is_passed_over(monkeypatch) -> None:
    hashes = iter([bytes(32), ORDER.to_bytes(32, "big"), b"\x01" * 32])
    monkeypatch.setattr(keys.hmac, "digest", lambda *_: next(hashes))
    assert b"\x01" * 32 == keys._derive_scalar(b"n" * 32, 0, purpose="any")


def test_basepoints_are_the_points_of_the_secrets() -> None:
    secrets = ChannelSecrets.derive(b"n" * 32, 0)
    expected = [public_key(secret) for secret in msgspec.structs.astuple(secrets)[:5]]
    assert expected == list(msgspec.structs.astuple(secrets.basepoints))


def test_a_per_commitment_point_is_that_of_the_secret_of_the_same_number() -> None:
    secrets = ChannelSecrets.derive(b"n" * 32, 0)
    assert per_commitment_secret(secrets.per_commitment_seed, 42) == secrets.per_commitment_secret(42)
    assert public_key(secrets.per_commitment_secret(42)) == secrets.per_commitment_point(42)


def test_nothing_secret_is_shown() -> None:
    secrets = ChannelSecrets.derive(b"n" * 32, 0)
    for shown in (repr(secrets), str(secrets), f"{[secrets]}"):
        assert secrets.basepoints.funding_pubkey.hex() in shown
        assert not any(secret.hex() in shown or repr(secret) in shown for secret in msgspec.structs.astuple(secrets))
