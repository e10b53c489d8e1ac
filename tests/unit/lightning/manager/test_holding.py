"""HTLCs that wait: for how long, over a change of mind, and not beyond the life of their channel."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.channel.channel import Phase
from payments.lightning.channel.htlc import Htlc
from payments.lightning.events import PaymentClaimed, PaymentSent
from payments.lightning.manager.intercepting import NEVER_MS, NoInterceptor
from payments.lightning.onion.failure import FailurePacket
from tests.network.nodes import Nodes, line


class Patience(NoInterceptor):
    """Lets every HTLC wait until a moment."""

    def __init__(self, until_ms: int) -> None:
        self.until_ms = until_ms

    def hold_until_ms(self, htlc: Htlc) -> int:  # type: ignore[override]
        del htlc
        return self.until_ms


@pytest.fixture
def nodes() -> Nodes:
    """Alice pays carol over bob, who waits ten seconds."""
    nodes = line("alice", "bob", "carol")
    nodes["bob"].intercept_htlcs(Patience(nodes.now_ms + 10_000))
    nodes.begin("alice", nodes.invoice("carol", 5_000_000), payment_id=bytes(32))
    nodes.run()
    return nodes


def test_it_works(nodes: Nodes) -> None:
    bob = nodes["bob"]
    assert (nodes.now_ms + 10_000, 1) == (bob.holding.next_release_ms, len(bob._state.held))
    nodes.wait(10_000)

    assert nodes.expect("alice", PaymentSent)
    assert (NEVER_MS, 0) == (bob.holding.next_release_ms, len(bob._state.held))
    nodes.check_rest()


def test_a_longer_wait_takes_the_place_of_the_shorter(nodes: Nodes) -> None:
    nodes["bob"].intercept_htlcs(Patience(nodes.now_ms + 30_000))
    nodes.wait(10_000)
    assert [] == nodes.heard("alice", PaymentSent)
    nodes.wait(20_000)

    assert nodes.expect("alice", PaymentSent)


def test_who_no_longer_waits_lets_go_when_asked(nodes: Nodes) -> None:
    nodes["bob"].intercept_htlcs(NoInterceptor())
    nodes.run()
    assert [] == nodes.heard("alice", PaymentSent)
    nodes["bob"].holding.release()
    nodes.run()

    assert nodes.expect("alice", PaymentSent)


def test_what_came_from_a_channel_that_is_over_is_not_passed_on(nodes: Nodes) -> None:
    state, upstream = nodes["bob"]._state, nodes.channel("bob", "alice")
    state.channels.put(upstream.id, msgspec.structs.replace(upstream, phase=Phase.FORCE_CLOSING))
    nodes.wait(10_000)

    assert 0 == len(state.held)
    assert [] == nodes.heard("carol", PaymentClaimed)


def test_by_default_everything_passes_as_it_is() -> None:
    htlc = Htlc(owner=1, id=0, amount_msat=1, payment_hash=bytes(32), cltv_expiry=1, onion_routing_packet=b"", added=(1, 1))  # type: ignore[arg-type]
    packet = FailurePacket(reason=b"", attribution_data=None)
    default = NoInterceptor()

    assert default.hold_until_ms(htlc) is None
    assert (htlc, packet) == (default.passes_on(htlc), default.passes_back(packet))
