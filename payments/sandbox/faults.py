"""
What can go wrong in the sandbox, as values: each names the node that behaves so, and how.

A fault is a wish about the world, not about an answer: the node really has no money left on that side, really keeps the HTLC, really
changes the bytes. What the payer then hears comes out of the same code as on any network.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from payments.lightning.config import ForwardingConfig
from payments.lightning.units import MSAT_PER_SAT

Figure = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]
"""As large as a fee in a channel_update can be. BOLT 7, The `channel_update` Message"""


class Depleted(Struct, frozen=True, kw_only=True, tag="depleted"):
    """`node` has nothing left to send to `peer`: payments between the two drain it and keep it drained."""

    node: str
    peer: str


class StaleFee(Struct, frozen=True, kw_only=True, tag="stale-fee"):
    """`node` asks more than it has told anybody."""

    node: str
    fee_base_msat: Figure = 20 * MSAT_PER_SAT
    fee_proportional_millionths: Figure = 5_000


class DearFee(Struct, frozen=True, kw_only=True, tag="dear-fee"):
    """`node` asks this much and tells everybody."""

    node: str
    fee_base_msat: Figure = 1_000 * MSAT_PER_SAT
    fee_proportional_millionths: Figure = 50_000


class Disabled(Struct, frozen=True, kw_only=True, tag="disabled"):
    """`node` has switched its side of the channel with `peer` off. is_told: everybody hears of it; otherwise only who tries finds out."""

    node: str
    peer: str
    is_told: bool = True


class Offline(Struct, frozen=True, kw_only=True, tag="offline"):
    """Every line of `node` is cut and stays cut."""

    node: str


class Holds(Struct, frozen=True, kw_only=True, tag="hold"):
    """`node` keeps every HTLC for so long before it looks at it; None: until its deadline makes somebody go to the chain."""

    node: str
    hold_ms: Figure | None = 20_000


class Refuses(Struct, frozen=True, kw_only=True, tag="refuse"):
    """`node` gives back whatever is paid to it."""

    node: str


class ForgetsInvoices(Struct, frozen=True, kw_only=True, tag="forget"):
    """`node` knows nothing any more of the invoices that it hands out: their hashes are unknown to it."""

    node: str


class ShortInvoices(Struct, frozen=True, kw_only=True, tag="expire"):
    """The invoices of `node` run out after so long, whatever was asked for."""

    node: str
    expiry_s: Annotated[int, Meta(ge=1)] = 1


class PassesOnLess(Struct, frozen=True, kw_only=True, tag="less"):
    """`node` passes on less than it was told to and keeps the rest."""

    node: str
    kept_msat: Figure = MSAT_PER_SAT


class GarblesOnions(Struct, frozen=True, kw_only=True, tag="garble-onion"):
    """`node` spoils the onion that it passes on."""

    node: str


class GarblesFailures(Struct, frozen=True, kw_only=True, tag="garble-failure"):
    """`node` spoils the failures that it passes back."""

    node: str


class Kind(StrEnum):
    """Programs as which nodes can behave."""

    LND = "lnd"
    CLN = "cln"
    ECLAIR = "eclair"
    LDK = "ldk"
    TOR = "tor"
    """Any of them behind slow lines."""


class Personality(Struct, frozen=True, kw_only=True, tag="personality"):
    """`node` asks what this program asks by default, tells everybody, and takes its time as it does."""

    node: str
    kind: Kind = Kind.LND


Fault = (
    Depleted
    | StaleFee
    | DearFee
    | Disabled
    | Offline
    | Holds
    | Refuses
    | ForgetsInvoices
    | ShortInvoices
    | PassesOnLess
    | GarblesOnions
    | GarblesFailures
    | Personality
)

MANNERS: dict[Kind, ForwardingConfig] = {
    Kind.LND: ForwardingConfig(fee_base_msat=1_000, fee_proportional_millionths=1, cltv_expiry_delta=80),
    Kind.CLN: ForwardingConfig(fee_base_msat=1, fee_proportional_millionths=10, cltv_expiry_delta=34),
    Kind.ECLAIR: ForwardingConfig(fee_base_msat=1_000, fee_proportional_millionths=200, cltv_expiry_delta=144),
    Kind.LDK: ForwardingConfig(fee_base_msat=1_000, fee_proportional_millionths=0, cltv_expiry_delta=72),
    Kind.TOR: ForwardingConfig(fee_base_msat=0, fee_proportional_millionths=50, cltv_expiry_delta=80),
}
"""What each asks: the kinds' defaults, rounded where they differ between versions."""
PATIENCE_MS = {Kind.LND: 50, Kind.CLN: 10, Kind.ECLAIR: 0, Kind.LDK: 0, Kind.TOR: 1_500}
"""How long each gathers changes before it signs, or how long its lines take."""


def tag_of(fault: Fault) -> str:
    """The fault's name, as commands take it."""
    tag = fault.__struct_config__.tag
    assert isinstance(tag, str)
    return tag


def place_of(fault: Fault) -> tuple[str, str, str]:
    """(name, node, peer): a fault takes the place of an earlier one there."""
    return tag_of(fault), fault.node, fault.peer if isinstance(fault, Depleted | Disabled) else ""


def policy_under(base: ForwardingConfig, faults: tuple[Fault, ...], *, peer: str) -> ForwardingConfig:
    """
    What a node asks on its channel with a peer.

    faults    the node's own
    """
    policy = base
    for fault in faults:
        match fault:
            case Personality():
                policy = MANNERS[fault.kind]
            case StaleFee() | DearFee():
                policy = replace(policy, fee_base_msat=fault.fee_base_msat, fee_proportional_millionths=fault.fee_proportional_millionths)
            case Disabled() if fault.peer == peer:
                policy = replace(policy, is_disabled=True)
            case _:
                pass
    return policy


def is_told(fault: Fault) -> bool:
    """Whether the node says what it asks from now on."""
    return not isinstance(fault, StaleFee) and not (isinstance(fault, Disabled) and not fault.is_told)
