"""The other reader must see the same invoice, whatever kind of exception it has in store."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.invoice import bolt11
from payments.lightning.invoice.errors import SecondOpinionDisagrees
from payments.lightning.invoice.network import Network
from payments.lightning.invoice.second_opinion import confirm
from tests.unit.lightning.invoice import examples
from tests.unit.lightning.invoice.building import REQUIRED, data_field, field, signed

INVOICE = bolt11.decode(examples.COFFEE)


@pytest.mark.parametrize("text", examples.VALID)
def test_both_readers_agree_on_the_specification(text: str) -> None:
    assert confirm(text, bolt11.decode(text)) is None


@pytest.mark.parametrize(
    "fields",
    [
        REQUIRED + field("x", bytes([31] * 1023)),
        REQUIRED + data_field("d", b"\xff"),
        REQUIRED + field("f", bytes((19, 0))) + field("f", bytes((31,))),
        REQUIRED + data_field("n", examples.PAYEE),
        REQUIRED + field("x", b"\1") + field("x", b""),
        REQUIRED + field("m", b""),
        REQUIRED + field("0", b""),
    ],
)
def test_both_readers_agree_on_odd_but_valid_invoices(fields: bytes) -> None:
    text = signed(fields, prefix="lntbs1m")
    assert confirm(text, bolt11.decode(text)) is None


@pytest.mark.parametrize(
    ("field_name", "value"),
    [
        ("payment_hash", bytes(32)),
        ("payment_secret", bytes(32)),
        ("payee", bytes(33)),
        ("amount_msat", 250_000_001),
        ("amount_msat", None),
        ("expiry_s", 61),
        ("min_final_cltv_expiry_delta", 17),
        ("created_at_s", 1),
        ("description", "2 cups coffee"),
        ("description_hash", bytes(32)),
        ("network", Network.TESTNET),
    ],
)
def test_a_difference_is_named(field_name: str, value: object) -> None:
    with pytest.raises(SecondOpinionDisagrees) as refused:
        confirm(examples.COFFEE, msgspec.structs.replace(INVOICE, **{field_name: value}))
    assert field_name == refused.value.field


@pytest.mark.parametrize("text", ["", "lnbc1", examples.COFFEE[:-1] + "q", examples.NOT_RECOVERABLE, signed(field("x", b""))])
def test_whatever_it_raises_is_a_disagreement(text: str) -> None:
    with pytest.raises(SecondOpinionDisagrees) as refused:
        confirm(text, INVOICE)
    assert "text" == refused.value.field
