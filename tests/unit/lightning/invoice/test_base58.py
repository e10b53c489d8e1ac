"""Base58 with a checksum, both ways."""

from __future__ import annotations

import pytest

from payments.lightning.invoice.base58 import decode_check, encode_check


@pytest.mark.parametrize(
    "address", ["1RustyRX2oai4EYYDpQGWvEL62BBGqN9T", "3EktnHQD7RiAE6uzMj2ZifT9YgRrkSgzQX", "mk2QpYatsKicvFVuTAQLBryyccRXMUaGHP"]
)
def test_an_address_is_read_and_written_again(address: str) -> None:
    payload = decode_check(address)
    assert payload is not None
    assert 21 == len(payload)
    assert address == encode_check(payload)


@pytest.mark.parametrize("text", ["", "1", "1RustyRX2oai4EYYDpQGWvEL62BBGqN9t", "0OIl", "\u0661", "1" * 41, "z" * 40])
def test_what_is_not_base58_is_none(text: str) -> None:
    assert decode_check(text) is None
