"""All examples of BOLT 11: the valid ones field by field, the invalid ones each with the reason that fits."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from payments.lightning.crypto import bech32, secp256k1
from payments.lightning.ids import make_scid
from payments.lightning.invoice import bolt11
from payments.lightning.invoice.errors import (
    AmountMalformed,
    AmountTooFine,
    ChecksumMismatch,
    FieldMissing,
    InvoiceError,
    MixedCase,
    NoSeparator,
    SignatureHighS,
    SignatureNotRecoverable,
    TooShort,
    UnknownRequiredFeature,
)
from payments.lightning.invoice.invoice import HintHop, RouteHint
from payments.lightning.invoice.network import Network
from payments.lightning.invoice.payment_uri import decode_pasted
from payments.lightning.invoice.second_opinion import confirm
from tests.vectors.files import load_vectors

PLAIN: dict[str, Any] = {
    "network": Network.MAINNET,
    "amount_msat": None,
    "created_at_s": 1496314658,
    "payment_hash": bytes.fromhex("0001020304050607080900010203040506070809000102030405060708090102"),
    "payment_secret": bytes.fromhex("11" * 32),
    "payee": bytes.fromhex("03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad"),
    "payee_is_given": False,
    "description": None,
    "description_hash": None,
    "expiry_s": 3600,
    "min_final_cltv_expiry_delta": 18,
    "features": frozenset({8, 14}),
    "route_hints": (),
    "fallback_addresses": (),
    "metadata": None,
    "warnings": (),
}
LIST_OF_THINGS = (
    b"One piece of chocolate cake, one icecream cone, one pickle, one slice of swiss cheese, one slice of salami, "
    b"one lollypop, one piece of cherry pie, one sausage, one cupcake, and one slice of watermelon"
)
HASHED = PLAIN | {"amount_msat": 2_000_000_000, "description_hash": sha256(LIST_OF_THINGS).digest()}
COFFEE_BEANS = PLAIN | {"amount_msat": 2_500_000_000, "description": "coffee beans", "features": frozenset({8, 14, 99})}
DONATION = PLAIN | {"description": "Please consider supporting this project"}
IGNORED = tuple(f"{name}_wrong_length" for name in ("payment_hash", "description_hash", "payment_secret", "payee") for _ in range(2))


def hop(
    node_id: str, place: tuple[int, int, int], *, fee_base_msat: int, fee_proportional_millionths: int, cltv_expiry_delta: int
) -> HintHop:
    return HintHop(
        node_id=bytes.fromhex(node_id),
        short_channel_id=make_scid(*place),
        fee_base_msat=fee_base_msat,
        fee_proportional_millionths=fee_proportional_millionths,
        cltv_expiry_delta=cltv_expiry_delta,
    )


TWO_HOPS = RouteHint(
    hops=(
        hop(
            "029e03a901b85534ff1e92c43c74431f7ce72046060fcf7a95c37e148f78c77255",
            (66051, 263430, 1800),
            fee_base_msat=1,
            fee_proportional_millionths=20,
            cltv_expiry_delta=3,
        ),
        hop(
            "039e03a901b85534ff1e92c43c74431f7ce72046060fcf7a95c37e148f78c77255",
            (197637, 395016, 2314),
            fee_base_msat=2,
            fee_proportional_millionths=30,
            cltv_expiry_delta=4,
        ),
    )
)
STORE_HOP = RouteHint(
    hops=(
        hop(
            "03d06758583bb5154774a6eb221b1276c9e82d65bbaceca806d90e20c108f4b1c7",
            (589390, 3312, 1),
            fee_base_msat=1000,
            fee_proportional_millionths=2500,
            cltv_expiry_delta=40,
        ),
    )
)

EXPECTED: tuple[dict[str, Any], ...] = (
    DONATION,
    PLAIN | {"amount_msat": 250_000_000, "description": "1 cup coffee", "expiry_s": 60},
    PLAIN | {"amount_msat": 250_000_000, "description": "ナンセンス 1杯", "expiry_s": 60},
    HASHED,
    HASHED | {"network": Network.TESTNET, "fallback_addresses": ("mk2QpYatsKicvFVuTAQLBryyccRXMUaGHP",)},
    HASHED | {"fallback_addresses": ("1RustyRX2oai4EYYDpQGWvEL62BBGqN9T",), "route_hints": (TWO_HOPS,)},
    HASHED | {"fallback_addresses": ("3EktnHQD7RiAE6uzMj2ZifT9YgRrkSgzQX",)},
    HASHED | {"fallback_addresses": ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",)},
    HASHED | {"fallback_addresses": ("bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",)},
    HASHED | {"fallback_addresses": ("bc1pptdvg0d2nj99568qn6ssdy4cygnwuxgw2ukmnwgwz7jpqjz2kszse2s3lm",)},
    PLAIN
    | {
        "amount_msat": 967_878_534,
        "created_at_s": 1572468703,
        "payment_hash": bytes.fromhex("462264ede7e14047e9b249da94fefc47f41f7d02ee9b091815a5506bc8abf75f"),
        "description": 'Blockstream Store: 88.85 USD for Blockstream Ledger Nano S x 1, "Back In My Day" Sticker x 2, '
        '"I Got Lightning Working" Sticker x 2 and 1 more items',
        "expiry_s": 604_800,
        "min_final_cltv_expiry_delta": 10,
        "route_hints": (STORE_HOP,),
    },
    COFFEE_BEANS,
    COFFEE_BEANS,
    COFFEE_BEANS | {"warnings": (*IGNORED, "fallback_unknown")},
    PLAIN
    | {
        "amount_msat": 1_000_000_000,
        "description": "payment metadata inside",
        "metadata": bytes.fromhex("01fafaf0"),
        "features": frozenset({8, 14, 48}),
    },
    # The high s was made without turning the recovery id, so another key comes out than the one that signed.
    DONATION | {"payee": bytes.fromhex("02d0139ce7427d6dfffd26a326c18be754ef1e64672b42694ba5b23ef6e6e7803d")},
)

REASONS: dict[str, tuple[type[InvoiceError], dict[str, object]]] = {
    "Same, but adding invalid unknown feature 100": (UnknownRequiredFeature, {"bit": 100}),
    "Bech32 checksum is invalid.": (ChecksumMismatch, {}),
    "Malformed bech32 string (no 1)": (NoSeparator, {}),
    "Malformed bech32 string (mixed case)": (MixedCase, {"position": 8}),
    "Signature is not recoverable.": (SignatureNotRecoverable, {}),
    "String is too short.": (TooShort, {"length": 114}),
    "Invalid multiplier": (AmountMalformed, {"amount": "2500x"}),
    "Invalid sub-millisatoshi precision.": (AmountTooFine, {"amount": "2500000001p"}),
    "Missing required `s` field.": (FieldMissing, {"field": "payment_secret"}),
    "Non canonical signature (high-S) with 'n' field defined": (SignatureHighS, {}),
}


@pytest.fixture(scope="module")
def vectors() -> Any:
    return load_vectors("bolt11-invoices.json")


def test_there_is_an_expectation_for_every_example(vectors: Any) -> None:
    assert len(EXPECTED) == len(vectors["valid"])
    assert set(REASONS) == {example["title"] for example in vectors["invalid"]}


@pytest.mark.parametrize("number", range(len(EXPECTED)))
def test_a_valid_example_says_what_the_specification_says(vectors: Any, number: int) -> None:
    invoice = bolt11.decode(vectors["valid"][number]["invoice"])
    assert EXPECTED[number] == {name: getattr(invoice, name) for name in EXPECTED[number]}


@pytest.mark.parametrize("number", range(len(EXPECTED)))
def test_a_valid_example_can_be_pasted_and_is_confirmed_by_the_other_reader(vectors: Any, number: int) -> None:
    text = vectors["valid"][number]["invoice"]
    invoice = decode_pasted(f" lightning:{text}\n")
    confirm(text, invoice)
    assert text.lower() == invoice.text


def test_signatures_are_those_of_the_specification(vectors: Any) -> None:
    signed = [example for example in vectors["valid"] if "signature" in example]
    assert 10 <= len(signed)
    for example in signed:
        signature = bytes.fromhex(example["signature"]) + bytes((int(example["recovery"]),))
        assert signature == bolt11.decode(example["invoice"]).signature


def test_the_writer_signs_what_the_specification_signs(vectors: Any) -> None:
    key = bytes.fromhex(vectors["signing_key"])
    for example in (example for example in vectors["valid"][:-1] if "signature" in example):
        plain = bech32.decode(example["invoice"], limit=bolt11.MAX_CHARACTERS)
        preimage = plain.prefix.encode() + bech32.words_to_padded_bytes(plain.words[:-104])
        assert example["preimage_hex"] == preimage.hex()
        assert bolt11.decode(example["invoice"]).signature == secp256k1.sign_recoverable(key, sha256(preimage).digest())


@pytest.mark.parametrize("title", REASONS)
def test_an_invalid_example_is_refused_with_the_fitting_reason(vectors: Any, title: str) -> None:
    text = next(example["invoice"] for example in vectors["invalid"] if example["title"] == title)
    leaf, facts = REASONS[title]
    with pytest.raises(InvoiceError) as refused:
        bolt11.decode(text)
    assert (leaf, facts) == (type(refused.value), vars(refused.value))
