"""
The tagged fields of an invoice: one small function for each, both ways.

A field is a type (one word), a length (two words) and that many words of data. Unknown types are skipped, the first of a kind wins, and
`p`, `s`, `h`, `n` of another length than theirs count as not there: a later version of the format may have both. What is skipped though
its type is known becomes a warning.

BOLT 11, Tagged Fields
"""

from __future__ import annotations

from typing import NamedTuple

from payments.lightning.crypto.bech32 import CHARSET, bytes_to_words, int_to_words, words_to_bytes, words_to_int
from payments.lightning.crypto.secp256k1 import is_point
from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.invoice.errors import (
    BothDescriptions,
    DescriptionNotText,
    DescriptionTooLong,
    FieldMissing,
    FieldNotAPoint,
    FieldNotMinimal,
    FieldTooLong,
    FieldTruncated,
    FinalCltvTooLarge,
    RouteHintTruncated,
)
from payments.lightning.invoice.fallback import Fallback, read_fallback, write_fallback
from payments.lightning.invoice.features import read_features, write_features
from payments.lightning.invoice.invoice import DEFAULT_EXPIRY_S, DEFAULT_MIN_FINAL_CLTV_EXPIRY_DELTA, HintHop, InvoiceDraft, RouteHint

MAX_FIELD_WORDS = 1023
MAX_DESCRIPTION_BYTES = MAX_FIELD_WORDS * 5 // 8
MAX_EXPIRY_S = 1 << 32
"""136 years: what is asked beyond this is cut off with a warning, so that no sum of seconds outgrows a database or a calendar."""
MAX_FINAL_CLTV_BLOCKS = 4 * 2016
"""Eight weeks: four times what nodes accept for a whole route."""

HEADER_WORDS = 3
_HOP_BYTES = 51
_NAMES = {
    "p": "payment_hash",
    "s": "payment_secret",
    "d": "description",
    "h": "description_hash",
    "n": "payee",
    "x": "expiry",
    "c": "min_final_cltv_expiry_delta",
    "9": "features",
    "m": "metadata",
    "f": "fallback",
    "r": "route_hint",
}
_TYPES = {name: CHARSET.index(letter) for letter, name in _NAMES.items()}
_KNOWN = {kind: name for name, kind in _TYPES.items()}
_MANY = frozenset({"fallback", "route_hint"})
_LENGTHS = {"payment_hash": 52, "payment_secret": 52, "description_hash": 52, "payee": 53}
_NUMBERS = frozenset({"expiry", "min_final_cltv_expiry_delta", "features"})


class Field(NamedTuple):
    """One field's words, and where in the invoice's text it begins."""

    words: bytes
    position: int


class Fields:
    """What the walk over an invoice's fields has found: each kind's first field, all fallbacks and hints, and what was passed over."""

    def __init__(self, words: bytes, *, position: int) -> None:
        """`words` begin at `position` of the text. Raises FieldTruncated, FieldNotMinimal."""
        self.single: dict[str, Field] = {}
        self.many: dict[str, list[Field]] = {name: [] for name in _MANY}
        self.warnings: list[str] = []
        self._walk(words, position)

    def _walk(self, words: bytes, position: int) -> None:
        at, end = 0, len(words)
        while at < end:
            name = _KNOWN.get(words[at])
            start = at + HEADER_WORDS
            stop = start + (words[at + 1] << 5 | words[at + 2]) if start <= end else end + 1
            if stop > end:
                raise FieldTruncated(field=name or "unknown", position=position + at)
            if name is not None:
                self._take(name, Field(words[start:stop], position + at))
            at = stop

    def _take(self, name: str, field: Field) -> None:
        if name in _MANY:
            self.many[name].append(field)
        elif len(field.words) != _LENGTHS.get(name, len(field.words)):
            self.warnings.append(f"{name}_wrong_length")
        elif name in self.single:
            self.warnings.append(f"{name}_repeated")
        else:
            if name in _NUMBERS and not any(field.words[:1]):
                raise FieldNotMinimal(field=name, position=field.position)
            self.single[name] = field

    def hash32(self, name: str) -> bytes:
        """A field of 32 bytes that must be there. FieldMissing."""
        field = self.single.get(name)
        if field is None:
            raise FieldMissing(field=name)
        return words_to_bytes(field.words)

    def descriptions(self) -> tuple[str | None, bytes | None]:
        """The description or its hash[32], whichever of the two there is. BothDescriptions, FieldMissing, DescriptionNotText."""
        plain, hashed = self.single.get("description"), self.single.get("description_hash")
        if plain is None:
            if hashed is None:
                raise FieldMissing(field="description")
            return None, words_to_bytes(hashed.words)
        if hashed is not None:
            raise BothDescriptions
        try:
            return words_to_bytes(plain.words).decode("utf-8"), None
        except UnicodeDecodeError as error:
            raise DescriptionNotText(byte_position=error.start) from None

    def expiry_s(self) -> int:
        """Seconds from the invoice's time on, at most MAX_EXPIRY_S."""
        field = self.single.get("expiry")
        if field is None:
            return DEFAULT_EXPIRY_S
        expiry_s = words_to_int(field.words)
        if expiry_s > MAX_EXPIRY_S:
            self.warnings.append("expiry_shortened")
            return MAX_EXPIRY_S
        return expiry_s

    def min_final_cltv_expiry_delta(self) -> int:
        """Blocks that the last hop must leave the payee. FinalCltvTooLarge."""
        field = self.single.get("min_final_cltv_expiry_delta")
        if field is None:
            return DEFAULT_MIN_FINAL_CLTV_EXPIRY_DELTA
        blocks = words_to_int(field.words)
        if blocks > MAX_FINAL_CLTV_BLOCKS:
            raise FinalCltvTooLarge(limit_blocks=MAX_FINAL_CLTV_BLOCKS)
        return blocks

    def features(self) -> frozenset[int]:
        """The bits that are set. UnknownRequiredFeature, FeatureDependencyMissing."""
        field = self.single.get("features")
        return frozenset() if field is None else read_features(field.words)

    def metadata(self) -> bytes | None:
        """Bytes that the payee wants back with the payment."""
        field = self.single.get("metadata")
        return None if field is None else words_to_bytes(field.words)

    def payee(self) -> NodeId | None:
        """The node id that the invoice names, if it does. FieldNotAPoint."""
        field = self.single.get("payee")
        if field is None:
            return None
        return _node_id(words_to_bytes(field.words), name="payee", position=field.position)

    def fallbacks(self) -> tuple[Fallback, ...]:
        """The on-chain outputs of known forms. FieldTruncated when one has not even a version."""
        if empty := [field for field in self.many["fallback"] if not field.words]:
            raise FieldTruncated(field="fallback", position=empty[0].position)
        read = [read_fallback(field.words) for field in self.many["fallback"]]
        self.warnings.extend("fallback_unknown" for fallback in read if fallback is None)
        return tuple(fallback for fallback in read if fallback is not None)

    def route_hints(self) -> tuple[RouteHint, ...]:
        """The private ways to the payee. RouteHintTruncated, FieldNotAPoint."""
        return tuple(_read_route_hint(field) for field in self.many["route_hint"])


def write_fields(draft: InvoiceDraft, *, payee: NodeId) -> bytes:
    """
    The words of all fields that this draft needs.

    raises   DescriptionTooLong, DescriptionNotText, FieldTooLong; ValueError when a value is none that an invoice can have
    """
    if (draft.description is None) == (draft.description_hash is None):
        raise ValueError("exactly one of description and description_hash")
    fields = [
        ("payment_secret", bytes_to_words(draft.payment_secret)),
        ("payment_hash", bytes_to_words(draft.payment_hash)),
        _write_description(draft),
        ("min_final_cltv_expiry_delta", _write_positive(draft.min_final_cltv_expiry_delta)),
    ]
    if draft.expiry_s != DEFAULT_EXPIRY_S:
        fields.append(("expiry", _write_positive(draft.expiry_s)))
    if draft.features:
        fields.append(("features", write_features(draft.features)))
    if draft.payee_is_given:
        fields.append(("payee", bytes_to_words(payee)))
    if draft.metadata is not None:
        fields.append(("metadata", bytes_to_words(draft.metadata)))
    fields += [("fallback", write_fallback(fallback)) for fallback in draft.fallbacks]
    fields += [("route_hint", _write_route_hint(hint)) for hint in draft.route_hints]
    return b"".join(_write_field(name, words) for name, words in fields)


def _write_field(name: str, words: bytes) -> bytes:
    length = len(words)
    if length > MAX_FIELD_WORDS:
        raise FieldTooLong(field=name, length_words=length, limit_words=MAX_FIELD_WORDS)
    if length != _LENGTHS.get(name, length):
        raise ValueError(f"{name} of {length} words")
    return bytes((_TYPES[name], length >> 5, length & 31)) + words


def _write_description(draft: InvoiceDraft) -> tuple[str, bytes]:
    if draft.description is None:
        return "description_hash", bytes_to_words(draft.description_hash or b"")
    try:
        data = draft.description.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DescriptionNotText(byte_position=len(draft.description[: error.start].encode("utf-8"))) from None
    if len(data) > MAX_DESCRIPTION_BYTES:
        raise DescriptionTooLong(length_bytes=len(data), limit_bytes=MAX_DESCRIPTION_BYTES)
    return "description", bytes_to_words(data)


def _write_positive(value: int) -> bytes:
    if value < 1:
        raise ValueError(f"an invoice cannot say {value} here")
    return int_to_words(value)


def _read_route_hint(field: Field) -> RouteHint:
    data = words_to_bytes(field.words)
    if not data or len(data) % _HOP_BYTES:
        raise RouteHintTruncated(position=field.position, length_bytes=len(data))
    starts = range(0, len(data), _HOP_BYTES)
    return RouteHint(hops=tuple(_read_hop(data[start : start + _HOP_BYTES], position=field.position) for start in starts))


def _read_hop(data: bytes, *, position: int) -> HintHop:
    # All of these are unsigned. Read as signed they would become fees that a path finder is glad to receive.
    return HintHop(
        node_id=_node_id(data[:33], name="route_hint", position=position),
        short_channel_id=ShortChannelId(int.from_bytes(data[33:41], "big")),
        fee_base_msat=int.from_bytes(data[41:45], "big"),
        fee_proportional_millionths=int.from_bytes(data[45:49], "big"),
        cltv_expiry_delta=int.from_bytes(data[49:51], "big"),
    )


def _write_route_hint(hint: RouteHint) -> bytes:
    if not hint.hops:
        raise ValueError("a route hint without hops")
    return bytes_to_words(b"".join(_write_hop(hop) for hop in hint.hops))


def _write_hop(hop: HintHop) -> bytes:
    return (
        hop.node_id
        + hop.short_channel_id.to_bytes(8, "big")
        + hop.fee_base_msat.to_bytes(4, "big")
        + hop.fee_proportional_millionths.to_bytes(4, "big")
        + hop.cltv_expiry_delta.to_bytes(2, "big")
    )


def _node_id(data: bytes, *, name: str, position: int) -> NodeId:
    if not is_point(data):
        raise FieldNotAPoint(field=name, position=position)
    return NodeId(data)
