"""Where the stories take place and what they draw from: shapes, sizes, amounts, feerates, and how nodes may misbehave."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec import Struct

from payments.lightning.channel.types import ChannelType
from payments.lightning.manager.manager import ChannelManager
from payments.sandbox.faults import (
    DearFee,
    Depleted,
    Disabled,
    ForgetsInvoices,
    GarblesFailures,
    GarblesOnions,
    Holds,
    Kind,
    Offline,
    PassesOnLess,
    Personality,
    Refuses,
    ShortInvoices,
    StaleFee,
)

NAMES = ("alice", "bob", "carol")
SHAPES = {
    "line": (("alice", "bob"), ("bob", "carol")),
    "parallel": (("alice", "bob"), ("alice", "bob"), ("bob", "carol")),
    "both ways": (("alice", "bob"), ("bob", "carol"), ("carol", "bob")),
    "triangle": (("alice", "bob"), ("bob", "carol"), ("carol", "alice")),
}
SOME = st.integers(0, 9)
TURNS = st.integers(0, 12)


class Share(Struct, frozen=True):
    """An amount that the payer's channels can carry only together, or just."""

    percent: int

    def in_msat(self, payer: ChannelManager) -> int:
        """What it is now."""
        return max(1, sum(details.next_outbound_htlc_limit_msat for details in payer.list_usable_channels()) * self.percent // 100)


AMOUNTS = st.one_of(
    st.sampled_from([1, 999, 353_999, 354_000, 2_011_500, 30_000_000]),
    st.integers(1, 1_000_000),
    st.integers(1, 600_000_000),
    st.builds(Share, st.integers(10, 99)),
)
"""In msat, or as a share of what the payer could send in all."""
DEADLINES = st.one_of(st.integers(1, 40), st.integers(40, 200))
FEERATES_PER_KW = st.sampled_from([253, 1_000, 2_500, 4_000, 10_000])
PAIRS = st.tuples(st.integers(0, 2), st.integers(1, 2))
ORDERS = st.tuples(PAIRS, AMOUNTS)
PLANS = st.fixed_dictionaries(
    {
        "capacity_sat": st.sampled_from([50_000, 200_000, 1_000_000]),
        "opener_percent": st.integers(10, 90),
        "channel_type": st.sampled_from(list(ChannelType)),
    }
)
FAULTS = st.sampled_from(
    [
        lambda name, peer: Holds(node=name, hold_ms=5_000),
        lambda name, peer: Holds(node=name, hold_ms=None),
        lambda name, peer: Refuses(node=name),
        lambda name, peer: Offline(node=name),
        lambda name, peer: GarblesOnions(node=name),
        lambda name, peer: GarblesFailures(node=name),
        lambda name, peer: PassesOnLess(node=name, kept_msat=1_000),
        lambda name, peer: ForgetsInvoices(node=name),
        lambda name, peer: ShortInvoices(node=name),
        lambda name, peer: StaleFee(node=name),
        lambda name, peer: DearFee(node=name),
        lambda name, peer: Disabled(node=name, peer=peer),
        lambda name, peer: Disabled(node=name, peer=peer, is_told=False),
        lambda name, peer: Depleted(node=name, peer=peer),
        lambda name, peer: Personality(node=name, kind=Kind.LND),
        lambda name, peer: Personality(node=name, kind=Kind.TOR),
    ]
)


def pair(drawn: tuple[int, int]) -> tuple[str, str]:
    """Two different nodes."""
    first, step = drawn
    return NAMES[first], NAMES[(first + step) % len(NAMES)]
