"""BOLT 1, Appendix C: Message Extension."""

from __future__ import annotations

import pytest

from payments.lightning.wire.errors import WireError
from payments.lightning.wire.messages import Init, decode_message
from tests.vectors.files import load_vectors


def test_every_valid_message_is_an_init_without_features() -> None:
    for case in load_vectors("bolt01-init-extension.json")["valid"]:
        assert Init(features=b"") == decode_message(bytes.fromhex(case["hex"])), case["why"]


def test_every_invalid_message_is_refused() -> None:
    for case in load_vectors("bolt01-init-extension.json")["invalid"]:
        with pytest.raises(WireError):
            decode_message(bytes.fromhex(case["hex"]))
