"""
Feature bits: what a node, a channel or an invoice asks for (even bit) or offers (odd bit), in pairs.

A `Feature` is the even bit of its pair. What we announce stands here, one value per context, so that it can be compared with what the code
does; a bit is added there when its behaviour is, never before. Unknown even bits are refused by whoever asks `unknown_required`.

BOLT 9, Assigned Feature Flags
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import IntEnum

import msgspec


class Feature(IntEnum):
    """The compulsory (even) bit of a pair, named as in BOLT 9; the optional one is one higher."""

    OPTION_DATA_LOSS_PROTECT = 0
    OPTION_UPFRONT_SHUTDOWN_SCRIPT = 4
    GOSSIP_QUERIES = 6
    VAR_ONION_OPTIN = 8
    GOSSIP_QUERIES_EX = 10
    OPTION_STATIC_REMOTEKEY = 12
    PAYMENT_SECRET = 14
    BASIC_MPP = 16
    OPTION_SUPPORT_LARGE_CHANNEL = 18
    OPTION_ANCHORS = 22
    OPTION_ROUTE_BLINDING = 24
    OPTION_SHUTDOWN_ANYSEGWIT = 26
    OPTION_DUAL_FUND = 28
    OPTION_QUIESCE = 34
    OPTION_ATTRIBUTION_DATA = 36
    OPTION_ONION_MESSAGES = 38
    OPTION_PROVIDE_STORAGE = 42
    OPTION_CHANNEL_TYPE = 44
    OPTION_SCID_ALIAS = 46
    OPTION_PAYMENT_METADATA = 48
    OPTION_ZEROCONF = 50
    OPTION_SIMPLE_CLOSE = 60


ALL_FEATURES = frozenset(Feature)

DEPENDENCIES: dict[Feature, Feature] = {
    Feature.GOSSIP_QUERIES_EX: Feature.GOSSIP_QUERIES,
    Feature.PAYMENT_SECRET: Feature.VAR_ONION_OPTIN,
    Feature.BASIC_MPP: Feature.PAYMENT_SECRET,
    Feature.OPTION_ANCHORS: Feature.OPTION_STATIC_REMOTEKEY,
    Feature.OPTION_ROUTE_BLINDING: Feature.VAR_ONION_OPTIN,
    Feature.OPTION_ZEROCONF: Feature.OPTION_SCID_ALIAS,
    Feature.OPTION_SIMPLE_CLOSE: Feature.OPTION_SHUTDOWN_ANYSEGWIT,
}
"""Feature -> the one that makes no sense to be without."""


class Features(msgspec.Struct, frozen=True):
    """
    A set of feature bits as one integer: bit n of `bits` is feature bit n.

    >>> Features.of(required=[Feature.VAR_ONION_OPTIN], optional=[Feature.BASIC_MPP]).encode().hex()
    '020100'
    """

    bits: int = 0

    @classmethod
    def of(cls, *, required: Iterable[Feature] = (), optional: Iterable[Feature] = ()) -> Features:
        """The set with these even bits and, one above each of the others, these odd ones."""
        numbers = {int(feature) for feature in required} | {feature + 1 for feature in optional}
        return cls(sum(1 << number for number in numbers))

    @classmethod
    def decode(cls, data: bytes) -> Features:
        """From the wire: big-endian, bit 0 last. Any bytes are some set."""
        return cls(int.from_bytes(data, "big"))

    def encode(self) -> bytes:
        """For the wire, in as few bytes as hold the highest bit."""
        return self.bits.to_bytes((self.bits.bit_length() + 7) // 8, "big")

    def has(self, feature: Feature) -> bool:
        """Whether either bit of the pair is set."""
        return bool(self.bits >> feature & 3)

    def requires(self, feature: Feature) -> bool:
        """Whether the compulsory bit is set."""
        return bool(self.bits >> feature & 1)

    def numbers(self) -> tuple[int, ...]:
        """The numbers of the set bits, rising."""
        return tuple(index for index, digit in enumerate(reversed(f"{self.bits:b}")) if digit == "1")

    def names(self) -> tuple[str, ...]:
        """The pairs that are set, by name; 'bit_99' for those without one."""
        return tuple(dict.fromkeys(_name(number) for number in self.numbers()))

    def unknown_required(self, known: Collection[Feature] = ALL_FEATURES) -> tuple[int, ...]:
        """Even bits whose sender insists on something that is not in `known`: then we must not go on."""
        return tuple(number for number in self.numbers() if number % 2 == 0 and number not in known)

    def missing_dependencies(self) -> tuple[Feature, ...]:
        """Features that should be there because others are. BOLT 9: a set that lacks one is malformed"""
        missing = [need for feature, need in DEPENDENCIES.items() if self.has(feature) and not self.has(need)]
        return tuple(dict.fromkeys(missing))

    def __or__(self, other: Features) -> Features:
        return Features(self.bits | other.bits)


def _name(number: int) -> str:
    pair = number & ~1
    return Feature(pair).name.lower() if pair in ALL_FEATURES else f"bit_{number}"


INIT_FEATURES = Features.of(
    required=[Feature.VAR_ONION_OPTIN, Feature.OPTION_STATIC_REMOTEKEY, Feature.PAYMENT_SECRET],
    optional=[
        Feature.OPTION_DATA_LOSS_PROTECT,
        Feature.BASIC_MPP,
        Feature.OPTION_SUPPORT_LARGE_CHANNEL,
        Feature.OPTION_ANCHORS,
        Feature.OPTION_SHUTDOWN_ANYSEGWIT,
        Feature.OPTION_ATTRIBUTION_DATA,
        Feature.OPTION_CHANNEL_TYPE,
    ],
)
"""What we tell a peer in `init`."""

NODE_FEATURES = INIT_FEATURES
"""What we tell everybody in `node_announcement`."""

CHANNEL_FEATURES = Features()
"""What our channels ask of those who route through them: nothing is assigned yet."""

INVOICE_FEATURES = Features.of(
    required=[Feature.VAR_ONION_OPTIN, Feature.PAYMENT_SECRET], optional=[Feature.BASIC_MPP, Feature.OPTION_ATTRIBUTION_DATA]
)
"""What our invoices ask of a payer."""

KNOWN_IN_INIT = frozenset(feature for feature in Feature if INIT_FEATURES.has(feature))
"""What a peer may insist on."""
