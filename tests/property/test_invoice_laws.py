"""
Laws of invoices: what is written is read, and whatever is read is either an invoice or refused by an InvoiceError.

Random text never gets past the checksum, so the mutations work on the words inside and put a good checksum, and mostly a good signature,
around them again.
"""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.lightning.crypto import bech32, secp256k1
from payments.lightning.ids import NodeId, PaymentHash, PaymentSecret, ShortChannelId
from payments.lightning.invoice import bolt11
from payments.lightning.invoice.errors import InvoiceError
from payments.lightning.invoice.fallback import Fallback
from payments.lightning.invoice.invoice import HintHop, Invoice, InvoiceDraft, RouteHint
from payments.lightning.invoice.network import Network
from payments.lightning.invoice.payment_uri import decode_pasted
from payments.lightning.invoice.second_opinion import confirm
from payments.lightning.units import MAX_MSAT, MSAT_PER_BTC
from tests.unit.lightning.invoice.building import data_field, field, signed, with_signature
from tests.unit.lightning.invoice.examples import PRIVATE_KEY, VALID

KEYS = [bytes(31) + bytes((number,)) for number in range(1, 20)]
NODE_IDS = [NodeId(secp256k1.public_key(key)) for key in KEYS]
PREFIXES = [
    "lnbc",
    "lntb",
    "lntbs1m",
    "lnbcrt10p",
    "lnbc1p",
    "lnbc0",
    "lnbc01",
    "lnbc21000001",
    "lnbc18446744073709551616p",
    "lnbc2500x",
    "lnltc",
    "ln",
    "x",
]


def any_bytes(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


def any_up_to(bits: int) -> st.SearchStrategy[int]:
    largest = (1 << bits) - 1
    return st.sampled_from([0, 1, largest >> 1, (largest >> 1) + 1, largest]) | st.integers(0, largest)


hops = st.builds(
    HintHop,
    node_id=st.sampled_from(NODE_IDS),
    short_channel_id=any_up_to(64).map(ShortChannelId),
    fee_base_msat=any_up_to(32),
    fee_proportional_millionths=any_up_to(32),
    cltv_expiry_delta=any_up_to(16),
)
hints = st.lists(hops, min_size=1, max_size=12).map(lambda chosen: RouteHint(hops=tuple(chosen)))
fallbacks = (
    st.builds(Fallback, version=st.integers(1, 16), program=st.binary(min_size=2, max_size=40))
    | st.builds(Fallback, version=st.sampled_from([0, 17, 18]), program=any_bytes(20))
    | st.builds(Fallback, version=st.just(0), program=any_bytes(32))
)
amounts_msat = (
    st.none()
    | st.integers(1, MAX_MSAT)
    | st.integers(1, 21_000).map(lambda thousands: thousands * 1_000 * MSAT_PER_BTC)
    | st.builds(lambda digits, zeros: min(digits * 10**zeros, MAX_MSAT), st.integers(1, 9999), st.integers(0, 18))
)
LETTERS = "aZ0 <\"'&\n\0\x7f\u00e9\u202e\u200b\ufeff\u30ca\uffff\U0001f600\U0010ffff"
descriptions = st.text(LETTERS, max_size=150) | st.sampled_from(["", "x" * 639, "\u00e9" * 319, "\u202egnp.exe", "\0", "1 cup coffee"])
known_features = st.sets(st.sampled_from([8, 9, 15, 17, 25, 37, 49, 99, 1001])).map(lambda bits: frozenset(bits | {14}))


@st.composite
def drafts(draw: st.DrawFn) -> InvoiceDraft:
    described = draw(st.booleans())
    return InvoiceDraft(
        network=draw(st.sampled_from(Network)),
        created_at_s=draw(any_up_to(35)),
        payment_hash=PaymentHash(draw(any_bytes(32))),
        payment_secret=PaymentSecret(draw(any_bytes(32))),
        amount_msat=draw(amounts_msat),
        description=draw(descriptions) if described else None,
        description_hash=None if described else draw(any_bytes(32)),
        expiry_s=draw(st.integers(1, 1 << 32)),
        min_final_cltv_expiry_delta=draw(st.integers(1, 8064)),
        features=draw(st.just(frozenset()) | known_features),
        route_hints=tuple(draw(st.lists(hints, max_size=2))),
        fallbacks=tuple(draw(st.lists(fallbacks, max_size=3))),
        metadata=draw(st.none() | st.binary(max_size=639)),
        payee_is_given=draw(st.booleans()),
    )


def words_of(text: str) -> bytes:
    """All words of an invoice but its signature's."""
    return bech32.decode(text, limit=bolt11.MAX_CHARACTERS).words[:-104]


DONORS = [words_of(text) for text in VALID]


@st.composite
def fields(draw: st.DrawFn) -> bytes:
    """A tagged field: of a known or unknown type, of a fitting or absurd length, now and then not as long as it says."""
    letter = draw(st.sampled_from("psdhnxc9mfr" + bech32.CHARSET))
    length = draw(st.sampled_from([0, 1, 2, 51, 52, 53, 54, 82, 164, 1023]) | st.integers(0, 1023))
    words = draw(
        st.sampled_from([bytes(length), bytes([31]) * length, bytes([1]) + bytes(length)][: 3 if length < 1023 else 2])
        | st.binary(min_size=length, max_size=length).map(lambda data: bytes(byte & 31 for byte in data))
    )
    whole = draw(
        st.sampled_from(
            [field(letter, words[:1023]), data_field("n", draw(st.sampled_from(NODE_IDS))), data_field("r", NODE_IDS[0] + b"\xff" * 18)]
        )
    )
    return whole[: len(whole) - draw(st.sampled_from([0, 0, 0, 0, 1, 3]))]


@st.composite
def crossed_words(draw: st.DrawFn) -> bytes:
    """The words of one invoice up to some place, then those of another, then a few changed, cut out or put in."""
    left, right = draw(st.sampled_from(DONORS)), draw(st.sampled_from(DONORS))
    words = bytearray(left[: draw(st.integers(0, len(left)))] + right[draw(st.integers(0, len(right))) :])
    for place, word in draw(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 31)), max_size=4)):
        if place < len(words):
            words[place] = word
    insert = draw(st.sampled_from([b""]) | fields())
    place = draw(st.sampled_from([7, len(words)]) | st.integers(0, len(words)))
    return bytes(words[:place]) + insert + bytes(words[place:])


def read(text: str) -> Invoice | None:
    """The invoice, or None when it is refused; anything but an InvoiceError goes through."""
    try:
        return bolt11.decode(text)
    except InvoiceError:
        return None


def draft_of(invoice: Invoice) -> InvoiceDraft:
    return InvoiceDraft(**{name: getattr(invoice, name) for name in InvoiceDraft.__struct_fields__})


def assert_lawful(invoice: Invoice) -> None:
    """What every accepted invoice is, whoever made it."""
    assert invoice.amount_msat is None or 0 < invoice.amount_msat <= MAX_MSAT
    assert (invoice.description is None) != (invoice.description_hash is None)
    assert (32, 32, 33, 65) == tuple(
        len(value) for value in (invoice.payment_hash, invoice.payment_secret, invoice.payee, invoice.signature)
    )
    assert all(hop.fee_base_msat >= 0 and hop.fee_proportional_millionths >= 0 for hint in invoice.route_hints for hop in hint.hops)
    assert len(invoice.fallbacks) == len(invoice.fallback_addresses)
    assert invoice == msgspec.msgpack.decode(msgspec.msgpack.encode(invoice), type=Invoice)


@settings(max_examples=150)
@given(draft=drafts(), key=st.sampled_from(KEYS))
def test_what_is_written_is_read(draft: InvoiceDraft, key: bytes) -> None:
    invoice = bolt11.decode(bolt11.encode(draft, private_key=key))
    assert draft == draft_of(invoice)
    assert (secp256k1.public_key(key), ()) == (invoice.payee, invoice.warnings)
    assert_lawful(invoice)


@settings(max_examples=30)
@given(draft=drafts())
def test_the_other_reader_agrees_with_what_is_written(draft: InvoiceDraft) -> None:
    text = bolt11.encode(draft, private_key=PRIVATE_KEY)
    assert confirm(text.upper(), bolt11.decode(text)) is None


@settings(max_examples=300)
@given(words=crossed_words(), prefix=st.sampled_from(PREFIXES) | st.just("lnbc"), key=st.sampled_from(KEYS))
def test_a_mutated_invoice_is_refused_or_lawful(words: bytes, prefix: str, key: bytes) -> None:
    time, rest = words[:7].ljust(7, b"\0"), words[7:]
    invoice = read(signed(rest, prefix=prefix, key=key, created_at_s=bech32.words_to_int(time)))
    if invoice is not None:
        assert_lawful(invoice)
        assert draft_of(invoice) == draft_of(bolt11.decode(bolt11.encode(draft_of(invoice), private_key=key)))


@settings(max_examples=150)
@given(words=crossed_words(), signature=any_bytes(65), prefix=st.sampled_from(PREFIXES))
def test_any_signature_is_refused_or_names_a_payee(words: bytes, signature: bytes, prefix: str) -> None:
    invoice = read(with_signature(words, signature, prefix=prefix))
    if invoice is not None:
        assert_lawful(invoice)


@settings(max_examples=150)
@given(inserted=st.lists(fields(), max_size=4), text=st.sampled_from(VALID))
def test_more_fields_are_refused_or_lawful(inserted: list[bytes], text: str) -> None:
    invoice = read(signed(words_of(text)[7:] + b"".join(inserted)))
    if invoice is not None:
        assert_lawful(invoice)


@settings(max_examples=150)
@given(text=st.text(LETTERS + "lnbctr1pqmu :?=&@./%", max_size=60), wrapped=st.sampled_from(VALID), place=st.integers(0, 700))
def test_whatever_is_pasted_is_refused_or_an_invoice(text: str, wrapped: str, place: int) -> None:
    for pasted in (text, wrapped[:place] + text + wrapped[place:], f"lightning:{text}", f"bitcoin:{text}?{text}", text + wrapped):
        try:
            assert decode_pasted(pasted).text in pasted.lower()
        except InvoiceError:
            continue
