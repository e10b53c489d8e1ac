"""ChaCha20 with a zero nonce: figures of RFC 8439, Appendix A.1."""

from __future__ import annotations

from payments.lightning.crypto.chacha20 import apply_keystream, keystream

# RFC 8439, A.1, test vector 1 (counter 0) and 2 (counter 1) are one stream: the key is zero in both.
FIRST_BLOCK = (
    "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
)
SECOND_BLOCK = (
    "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
)


def test_the_stream_of_the_zero_key_is_that_of_the_rfc() -> None:
    assert FIRST_BLOCK + SECOND_BLOCK == keystream(bytes(32), 128).hex()


def test_the_stream_of_another_key_is_that_of_the_rfc() -> None:
    # RFC 8439, A.1, test vector 3: key 00..01, counter 1, that is the second block.
    key = bytes(31) + b"\x01"
    assert "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a" == keystream(key, 96)[64:].hex()


def test_what_is_hidden_twice_is_open() -> None:
    key = bytes(range(32))
    assert b"" == apply_keystream(key, b"")
    assert b"a payload" == apply_keystream(key, apply_keystream(key, b"a payload"))
