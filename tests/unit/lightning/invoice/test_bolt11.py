"""Reading and writing invoices: the specification's essential examples as literals, and a refusal for each way to be wrong."""

from __future__ import annotations

import pytest

from payments.lightning.crypto import bech32, secp256k1
from payments.lightning.errors import LightningError
from payments.lightning.ids import NodeId, make_scid
from payments.lightning.invoice import bolt11
from payments.lightning.invoice.errors import (
    BothDescriptions,
    CharacterNotAllowed,
    ChecksumMismatch,
    DescriptionNotText,
    FeatureDependencyMissing,
    FieldMissing,
    FieldNotAPoint,
    FieldNotMinimal,
    FieldTruncated,
    FinalCltvTooLarge,
    MixedCase,
    NoSeparator,
    RecoveryIdOutOfRange,
    RouteHintTruncated,
    SignatureHighS,
    SignatureMismatch,
    SignatureNotRecoverable,
    TooLong,
    TooShort,
    UnknownRequiredFeature,
)
from payments.lightning.invoice.fallback import Fallback
from payments.lightning.invoice.invoice import HintHop
from tests.unit.lightning.invoice import examples
from tests.unit.lightning.invoice.building import (
    CREATED_AT_S,
    DESCRIPTION,
    HASH,
    HOP,
    REQUIRED,
    SECRET,
    data_field,
    digest,
    field,
    signed,
    with_signature,
)

OTHER_KEY = bytes(31) + b"\x02"
FIELDS_START = len("lnbc1") + 7


def refusal(text: str) -> LightningError:
    with pytest.raises(LightningError) as refused:
        bolt11.decode(text)
    return refused.value


def assert_refused(text: str, expected: LightningError) -> None:
    actual = refusal(text)
    assert (type(expected), vars(expected)) == (type(actual), vars(actual))


# BOLT 11, Examples


def test_it_works() -> None:
    invoice = bolt11.decode(examples.COFFEE)
    assert (250_000_000, "1 cup coffee", 60) == (invoice.amount_msat, invoice.description, invoice.expiry_s)
    assert (examples.PAYEE, examples.PAYMENT_HASH, examples.PAYMENT_SECRET) == (invoice.payee, invoice.payment_hash, invoice.payment_secret)
    assert 1496314658 + 60 == invoice.expires_at_s


def test_all_examples_are_read() -> None:
    assert [examples.PAYMENT_SECRET] * len(examples.VALID) == [bolt11.decode(text).payment_secret for text in examples.VALID]


def test_upper_case_is_the_same_invoice() -> None:
    assert bolt11.decode(examples.UPPER_CASE.lower()) == bolt11.decode(examples.UPPER_CASE)


def test_both_hops_of_a_hint_are_read() -> None:
    (hint,) = bolt11.decode(examples.TWO_HOPS).route_hints
    assert [(1, 20, 3), (2, 30, 4)] == [(hop.fee_base_msat, hop.fee_proportional_millionths, hop.cltv_expiry_delta) for hop in hint.hops]
    assert [make_scid(66051, 263430, 1800), make_scid(197637, 395016, 2314)] == [hop.short_channel_id for hop in hint.hops]


def test_a_taproot_fallback_is_bech32m() -> None:
    assert ("bc1pptdvg0d2nj99568qn6ssdy4cygnwuxgw2ukmnwgwz7jpqjz2kszse2s3lm",) == bolt11.decode(
        examples.TAPROOT_FALLBACK
    ).fallback_addresses


def test_fields_of_unexpected_form_are_passed_over_and_reported() -> None:
    invoice = bolt11.decode(examples.FIELDS_TO_IGNORE)
    assert (examples.PAYEE, False, ()) == (invoice.payee, invoice.payee_is_given, invoice.fallbacks)
    assert {
        "payment_hash_wrong_length",
        "payment_secret_wrong_length",
        "description_hash_wrong_length",
        "payee_wrong_length",
        "fallback_unknown",
    } == set(invoice.warnings)


def test_metadata_is_read() -> None:
    assert bytes.fromhex("01fafaf0") == bolt11.decode(examples.METADATA).metadata


def test_a_high_s_is_accepted_where_the_payee_is_recovered() -> None:
    assert "02d0139ce7427d6dfffd26a326c18be754ef1e64672b42694ba5b23ef6e6e7803d" == bolt11.decode(examples.HIGH_S_RECOVERED).payee.hex()


# The text as a whole


def test_a_text_longer_than_any_invoice_is_not_even_looked_at() -> None:
    assert_refused("l" * 7090, TooLong(length=7090, limit=7089))
    assert_refused("l" * 7089, NoSeparator())


def test_a_text_without_room_for_a_signature_is_too_short() -> None:
    text = bech32.encode("lnbc", bytes(110))
    assert_refused(text, TooShort(length=len(text)))
    assert_refused("lnbc1qqqqq", TooShort(length=10))


@pytest.mark.parametrize("character", ["b", "i", "o", "\u212a", "\u0430", " ", "\0", "\U0001f600"])
def test_a_strange_character_is_named_with_its_place(character: str) -> None:
    text = examples.COFFEE[:30] + character + examples.COFFEE[31:]
    assert_refused(text, CharacterNotAllowed(position=30, character=character))


def test_mixed_case_is_refused_where_the_case_changes() -> None:
    assert_refused(examples.COFFEE[:20] + examples.COFFEE[20:].upper(), MixedCase(position=20))


def test_a_mistyped_character_is_noticed() -> None:
    assert_refused(examples.COFFEE[:-1] + "q", ChecksumMismatch())


# Fields


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        (SECRET + DESCRIPTION, "payment_hash"),
        (HASH + DESCRIPTION, "payment_secret"),
        (HASH + SECRET, "description"),
        (field("p", bytes(51)) + SECRET + DESCRIPTION, "payment_hash"),
        (HASH + field("s", bytes(53)) + DESCRIPTION, "payment_secret"),
        (HASH + SECRET + field("h", bytes(51)), "description"),
    ],
)
def test_what_nobody_can_pay_without_must_be_there_in_its_length(fields: bytes, missing: str) -> None:
    assert_refused(signed(fields), FieldMissing(field=missing))


@pytest.mark.parametrize("cut", [1, 2, 3, 10])
def test_a_field_that_breaks_off_is_refused_where_it_begins(cut: int) -> None:
    text = signed(REQUIRED + DESCRIPTION[: min(cut, len(DESCRIPTION) - 1)])
    assert_refused(text, FieldTruncated(field="description", position=FIELDS_START + len(REQUIRED)))


def test_an_unknown_field_that_breaks_off_is_refused_too() -> None:
    assert_refused(signed(REQUIRED + bytes((0, 0, 1))), FieldTruncated(field="unknown", position=FIELDS_START + len(REQUIRED)))


def test_a_fallback_without_a_version_is_refused() -> None:
    assert_refused(signed(REQUIRED + field("f", b"")), FieldTruncated(field="fallback", position=FIELDS_START + len(REQUIRED)))


def test_unknown_fields_are_passed_over() -> None:
    assert () == bolt11.decode(signed(field("z", bytes(5)) + REQUIRED + field("0", b""))).warnings


@pytest.mark.parametrize(("letter", "name"), [("x", "expiry"), ("c", "min_final_cltv_expiry_delta"), ("9", "features")])
@pytest.mark.parametrize("words", [b"", b"\0", b"\0\1"])
def test_a_number_has_neither_leading_zeros_nor_no_digits(letter: str, name: str, words: bytes) -> None:
    assert_refused(signed(REQUIRED + field(letter, words)), FieldNotMinimal(field=name, position=FIELDS_START + len(REQUIRED)))


def test_the_first_of_a_kind_wins_and_the_others_are_reported() -> None:
    invoice = bolt11.decode(
        signed(REQUIRED + data_field("d", b"coffee") + field("x", b"\1") + field("x", b"\2") + data_field("p", bytes(32)))
    )
    assert ("tea", 1, examples.PAYMENT_HASH) == (invoice.description, invoice.expiry_s, invoice.payment_hash)
    assert ("description_repeated", "expiry_repeated", "payment_hash_repeated") == invoice.warnings


def test_a_description_and_a_hash_of_one_are_not_both_paid_for() -> None:
    assert_refused(signed(REQUIRED + data_field("h", bytes(32))), BothDescriptions())


def test_a_description_is_text() -> None:
    assert_refused(signed(HASH + SECRET + data_field("d", b"tea\xff")), DescriptionNotText(byte_position=3))


def test_a_description_may_be_empty() -> None:
    assert "" == bolt11.decode(signed(HASH + SECRET + field("d", b""))).description


def test_an_endless_expiry_is_cut_off() -> None:
    invoice = bolt11.decode(signed(REQUIRED + field("x", bytes([31] * 1023))))
    assert (1 << 32, ("expiry_shortened",)) == (invoice.expiry_s, invoice.warnings)


def test_an_absurd_final_delta_is_refused() -> None:
    assert 8064 == bolt11.decode(signed(REQUIRED + field("c", bech32.int_to_words(8064)))).min_final_cltv_expiry_delta
    assert_refused(signed(REQUIRED + field("c", bech32.int_to_words(8065))), FinalCltvTooLarge(limit_blocks=8064))


@pytest.mark.parametrize("length", [0, 1, 50, 52, 101])
def test_a_hint_that_breaks_off_inside_a_hop_is_refused(length: int) -> None:
    text = signed(REQUIRED + data_field("r", (HOP + HOP)[:length]))
    assert_refused(text, RouteHintTruncated(position=FIELDS_START + len(REQUIRED), length_bytes=length))


def test_a_hint_starts_at_a_node() -> None:
    text = signed(REQUIRED + data_field("r", b"\5" + HOP[1:]))
    assert_refused(text, FieldNotAPoint(field="route_hint", position=FIELDS_START + len(REQUIRED)))


@pytest.mark.parametrize("hops", [1, 2, 5, 10, 12])
def test_no_hop_of_a_hint_is_lost_and_no_fee_is_negative(hops: int) -> None:
    (hint,) = bolt11.decode(signed(REQUIRED + data_field("r", (HOP[:33] + b"\xff" * 18) * hops))).route_hints
    worst = HintHop(
        node_id=NodeId(examples.PAYEE),
        short_channel_id=make_scid((1 << 24) - 1, (1 << 24) - 1, (1 << 16) - 1),
        fee_base_msat=(1 << 32) - 1,
        fee_proportional_millionths=(1 << 32) - 1,
        cltv_expiry_delta=(1 << 16) - 1,
    )
    assert (worst,) * hops == hint.hops


def test_all_fallbacks_are_kept_and_unknown_ones_reported() -> None:
    known = field("f", bytes((17,)) + bytes(32))
    invoice = bolt11.decode(signed(REQUIRED + field("f", bytes((19,)) + bytes(32)) + known + field("f", bytes(8)) + known, prefix="lnbcrt"))
    assert (Fallback(version=17, program=bytes(20)),) * 2 == invoice.fallbacks
    assert ("fallback_unknown", "fallback_unknown") == invoice.warnings


def test_unknown_required_features_are_refused() -> None:
    assert_refused(examples.UNKNOWN_FEATURE_100, UnknownRequiredFeature(bit=100))


def test_splitting_a_payment_needs_a_secret() -> None:
    text = signed(REQUIRED + field("9", bech32.int_to_words(1 << 17)))
    assert_refused(text, FeatureDependencyMissing(feature="basic_mpp", needs="payment_secret"))


# Signature


def test_no_key_no_invoice() -> None:
    assert_refused(examples.NOT_RECOVERABLE, SignatureNotRecoverable())


@pytest.mark.parametrize("recovery_id", [4, 27, 255])
def test_a_recovery_id_is_0_to_3(recovery_id: int) -> None:
    words = bech32.int_to_words(CREATED_AT_S, count=7) + REQUIRED
    signature = secp256k1.sign_recoverable(examples.PRIVATE_KEY, digest(words))[:64] + bytes((recovery_id,))
    assert_refused(with_signature(words, signature), RecoveryIdOutOfRange(recovery_id=recovery_id))


def test_a_payee_that_is_named_must_have_signed() -> None:
    fields = REQUIRED + data_field("n", examples.PAYEE)
    assert bolt11.decode(signed(fields)).payee_is_given
    assert_refused(signed(fields, key=OTHER_KEY), SignatureMismatch(payee=examples.PAYEE))


def test_a_named_payee_signs_in_the_one_form_that_nobody_can_derive() -> None:
    assert_refused(examples.HIGH_S_WITH_PAYEE, SignatureHighS())


def test_a_named_payee_is_a_point() -> None:
    text = signed(REQUIRED + data_field("n", b"\2" + b"\xff" * 32))
    assert_refused(text, FieldNotAPoint(field="payee", position=FIELDS_START + len(REQUIRED)))


def test_whoever_changes_a_signed_word_changes_the_payee() -> None:
    text = signed()
    plain = bech32.decode(text, limit=bolt11.MAX_CHARACTERS)
    changed = bech32.encode("lnbc1m", plain.words)
    assert examples.PAYEE == bolt11.decode(text).payee
    assert examples.PAYEE != bolt11.decode(changed).payee
