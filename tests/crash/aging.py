"""
Our node on a copy of its database that is too old, while everybody else remembers what came after it.

It must find out from its peers, publish nothing that it has given away, get what the newest state leaves it, and say of no payment that it
failed when it was paid.
"""

from __future__ import annotations

import hashlib

from payments.lightning.channel.channel import Phase
from payments.lightning.channel.htlc import Side
from payments.lightning.events import PaymentClaimed, SpendableOutputs
from payments.lightning.payment.status import PaymentStatus
from payments.models import PaymentRecord
from payments.queries.audit import audit
from tests.crash.checks import Network, check_again
from tests.crash.copies import Copy, aged, put_back, take_copy
from tests.crash.world import World
from tests.network.laws import txid

LONG_ENOUGH_BLOCKS = 24
ROUNDS = 12
MOST_COMMITMENT_FEE_SAT = 6_000
"""Of a commitment with an HTLC and its anchors, at the feerate of the tests: its opener pays it."""
MOST_SWEEP_FEE_SAT = 2_500
"""What bringing one output home costs at the feerate of the tests."""


def age(world: World, old: Copy) -> set[str]:
    """
    Start on the old copy and let the chain grow until our node has nothing left to do about it.

    Returns the hashes of the payments of which the copy knows that they were begun: of others nobody can tell that they were sent.
    """
    world.watch = world.watch.of_another_life()
    put_back(aged(old, take_copy(), own_id=world.host._own_id))
    world.restart()
    begun = {payment.payment_hash.hex() for payment in world.node("own").list_recent_payments() if payment.attempts}
    world.run(lambda: True)
    for _ in range(ROUNDS):
        if all(phase in {Phase.NORMAL, Phase.CLOSED} for phase in _phases(world)):
            return begun
        world.mine(LONG_ENOUGH_BLOCKS)
    raise AssertionError(f"our channels are {_phases(world)}")


def _phases(world: World) -> list[Phase]:
    return [channel.phase for channel in world.node("own")._state.channels]


def check_aged(world: World, begun: set[str]) -> None:
    """What must be true of a node that came back too old, with these payments under way."""
    assert [] == world.watch.broken
    check_published(world)
    check_said()
    claimed = {event.payment_hash.hex() for _, event in world.log if isinstance(event, PaymentClaimed)}
    for payment in PaymentRecord.objects.all():
        assert payment.status != PaymentStatus.FAILED or payment.payment_hash not in claimed & begun, "what was paid is said to have failed"
        assert payment.status != PaymentStatus.PAID or payment.payment_hash in claimed
    check_again()


def check_published(world: World) -> None:
    """Whoever published one of our channels, we had not given it away; and what it leaves us is ours on the chain."""
    own, network = world.host._own_id, Network(world)
    for channel in world.node("own")._state.channels:
        if channel.phase is Phase.NORMAL:
            continue
        slug = next(slug for slug, node_id in world.host._ids.items() if node_id == channel.terms.counterparty_node_id)
        theirs = world.node(slug).channel(channel.id)
        funding = channel.terms.funding_txid + channel.terms.funding_output_index.to_bytes(4, "little")
        spent_by = world.host._network.chain.spent_by[funding]
        allowed = [txid(network, slug, theirs, Side.LOCAL)]
        if channel.local_number >= theirs.remote_number:
            allowed.append(txid(network, "own", channel, Side.LOCAL))
        assert spent_by in allowed, "what was published had been revoked"
        got_sat = sum(
            output.amount_sat
            for node_id, event in world.log
            if node_id == own and isinstance(event, SpendableOutputs) and event.channel_id == channel.id
            for output in event.outputs
        )
        assert got_sat >= theirs.settled_msat[Side.REMOTE] // 1_000 - MOST_SWEEP_FEE_SAT - MOST_COMMITMENT_FEE_SAT


def check_said() -> None:
    """The books agree with themselves and the channels; that money is missing which the copy knew nothing of may be said, as an alarm."""
    found = [difference for difference in audit().differences if not difference.startswith("Payments took ")]
    assert [] == found
    for payment in PaymentRecord.objects.exclude(payment_preimage=None):
        assert hashlib.sha256(bytes.fromhex(payment.payment_preimage)).hexdigest() == payment.payment_hash
