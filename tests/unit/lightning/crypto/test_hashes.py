from __future__ import annotations

import pytest

from payments.lightning.crypto import hashes, ripemd160

PUBLISHED = {
    b"": "9c1185a5c5e9fc54612808977ee8f548b2258d31",
    b"a": "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe",
    b"message digest": "5d0689ef49d2fae572b881b123a85ffa21595f36",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": "12a053384a9c0c88e405a06c27dcf49ada62eb2b",
    b"1234567890" * 8: "9b752e45573d4b39f4dbd3323cab82bf63326bfb",
}
"""From the paper that defines RIPEMD-160, appendix B."""


@pytest.mark.parametrize("message", PUBLISHED)
def test_ripemd160_gives_the_published_digests_with_and_without_openssl(message: bytes) -> None:
    assert [PUBLISHED[message]] * 2 == [hashes.ripemd160(message).hex(), ripemd160.ripemd160(message).hex()]


def test_the_slow_ripemd160_agrees_around_the_ends_of_blocks() -> None:
    messages = [bytes(range(length)) for length in (55, 56, 63, 64, 65, 119, 120, 128)]
    assert [hashes.ripemd160(message) for message in messages] == [ripemd160.ripemd160(message) for message in messages]


def test_the_slow_ripemd160_stands_in_where_openssl_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_data: bytes) -> bytes:
        raise ValueError("unsupported hash type ripemd160")

    monkeypatch.setattr(hashes, "_openssl_ripemd160", refuse)
    assert ripemd160.ripemd160 is hashes._choose_ripemd160()


def test_hash160_and_double_sha256_are_the_hashes_of_hashes() -> None:
    key = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
    assert "751e76e8199196d454941c45d1b3a323f1433bd6" == hashes.hash160(key).hex()
    assert "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50" == hashes.double_sha256(b"hello").hex()
