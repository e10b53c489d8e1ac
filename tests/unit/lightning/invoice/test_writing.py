"""Writing invoices: what is written reads back as it was meant, and what nobody could pay is not written."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.ids import NodeId, PaymentHash, PaymentSecret, make_scid
from payments.lightning.invoice import bolt11
from payments.lightning.invoice.errors import (
    AmountTooLarge,
    AmountZero,
    DescriptionNotText,
    DescriptionTooLong,
    FieldTooLong,
    TooLong,
    UnknownRequiredFeature,
)
from payments.lightning.invoice.fallback import Fallback
from payments.lightning.invoice.features import InvoiceFeature
from payments.lightning.invoice.invoice import HintHop, Invoice, InvoiceDraft, RouteHint
from payments.lightning.invoice.network import Network
from tests.unit.lightning.invoice import examples
from tests.unit.lightning.invoice.building import (
    CREATED_AT_S,
)

DRAFT = InvoiceDraft(
    network=Network.REGTEST,
    created_at_s=CREATED_AT_S,
    payment_hash=PaymentHash(examples.PAYMENT_HASH),
    payment_secret=PaymentSecret(examples.PAYMENT_SECRET),
    description="tea",
)


def draft(**changes: object) -> InvoiceDraft:
    return msgspec.structs.replace(DRAFT, **changes)


def written(**changes: object) -> Invoice:
    return bolt11.decode(bolt11.encode(draft(**changes), private_key=examples.PRIVATE_KEY))


def test_what_is_written_is_what_the_draft_says() -> None:
    hop = HintHop(
        node_id=NodeId(examples.PAYEE),
        short_channel_id=make_scid(1, 2, 3),
        fee_base_msat=4,
        fee_proportional_millionths=5,
        cltv_expiry_delta=6,
    )
    changes: dict[str, object] = {
        "network": Network.SIGNET,
        "amount_msat": 1_234_567,
        "description": None,
        "description_hash": bytes(range(32)),
        "expiry_s": 1,
        "min_final_cltv_expiry_delta": 144,
        "features": frozenset({8, 14, 17, 99}),
        "route_hints": (RouteHint(hops=(hop, hop)), RouteHint(hops=(hop,))),
        "fallbacks": (Fallback(version=1, program=bytes(32)), Fallback(version=18, program=bytes(20))),
        "metadata": b"",
        "payee_is_given": True,
    }
    invoice = written(**changes)
    assert changes == {name: getattr(invoice, name) for name in changes}
    assert (examples.PAYEE, ()) == (invoice.payee, invoice.warnings)
    assert invoice.supports(InvoiceFeature.BASIC_MPP)


def test_a_plain_draft_names_network_and_final_delta() -> None:
    invoice = written()
    assert invoice.text.startswith("lnbcrt1p")
    assert (None, 18, 3600, frozenset()) == (invoice.amount_msat, invoice.min_final_cltv_expiry_delta, invoice.expiry_s, invoice.features)


@pytest.mark.parametrize("amount_btc", [1, 1_000, 2_000, 21_000_000])
def test_large_round_amounts_keep_their_size(amount_btc: int) -> None:
    assert amount_btc * 10**11 == written(amount_msat=amount_btc * 10**11).amount_msat


def test_a_description_fills_639_bytes() -> None:
    assert "\u00e9" * 319 + "e" == written(description="\u00e9" * 319 + "e").description
    with pytest.raises(DescriptionTooLong) as refused:
        written(description="\u00e9" * 320)
    assert (640, 639) == (refused.value.length_bytes, refused.value.limit_bytes)


def test_half_a_character_is_not_written() -> None:
    with pytest.raises(DescriptionNotText) as refused:
        written(description="\u00e9\ud800")
    assert 2 == refused.value.byte_position


def test_a_field_fills_1023_words() -> None:
    with pytest.raises(FieldTooLong) as refused:
        written(metadata=bytes(640))
    assert ("metadata", 1024, 1023) == (refused.value.field, refused.value.length_words, refused.value.limit_words)


def test_what_nobody_could_pay_is_not_written() -> None:
    with pytest.raises(AmountZero):
        written(amount_msat=0)
    with pytest.raises(AmountTooLarge):
        written(amount_msat=21_000_001 * 10**11)
    with pytest.raises(UnknownRequiredFeature):
        written(features=frozenset({100}))
    with pytest.raises(TooLong):
        written(route_hints=(RouteHint(hops=(HOP_12,) * 12),) * 7)


HOP_12 = HintHop(
    node_id=NodeId(examples.PAYEE), short_channel_id=make_scid(1, 1, 1), fee_base_msat=0, fee_proportional_millionths=0, cltv_expiry_delta=0
)


@pytest.mark.parametrize(
    "changes",
    [
        {"description": None},
        {"description_hash": bytes(32)},
        {"payment_hash": bytes(31)},
        {"expiry_s": 0},
        {"expiry_s": (1 << 32) + 1},
        {"min_final_cltv_expiry_delta": 0},
        {"created_at_s": 1 << 35},
        {"created_at_s": -1},
        {"route_hints": (RouteHint(hops=()),)},
        {"fallbacks": (Fallback(version=0, program=bytes(21)),)},
        {"fallbacks": (Fallback(version=19, program=bytes(20)),)},
    ],
)
def test_a_draft_that_breaks_its_own_promises_is_our_mistake(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        written(**changes)


def test_an_invoice_survives_storage() -> None:
    invoice = bolt11.decode(examples.TWO_HOPS)
    assert invoice == msgspec.msgpack.decode(msgspec.msgpack.encode(invoice), type=Invoice)
