"""
One bit of one message is another when it arrives: from LDK to us or from us to LDK, at places that a seed picks.

On a proved line that cannot happen, but a peer can say whatever it likes. Whatever it is: our node does not stumble, a payment is paid with
its preimage only, and either the channel goes on after the next reestablish and the payment ends (what is turned in its onion no signature
covers, and it comes back), or the channel is over with a commitment of ours broadcast. Then comes the next payment, over a new channel if
need be.
"""

from __future__ import annotations

import random

import pytest
from msgspec import Struct

from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import PaymentFailed, PaymentSent
from payments.lightning.invoice.bolt11 import decode
from tests.interop.wired_node import CHANNEL_UPDATES

AMOUNT_MSAT = 3_000_000
MESSAGES = 5
"""Of those that make a payment, each side sends so many: adding or fulfilling, two commitments and two revocations."""
TRIES = 2
FRONT_BYTES = 120
"""Where everything but onions and long lists of signatures stands."""


class Altered(Struct):
    """Turns one bit of channel message number `at`, counted from 1."""

    at: int
    dice: random.Random
    passed: int = 0
    what: str = ""

    def __call__(self, data):
        """The message as it arrives."""
        kind = int.from_bytes(data[:2], "big")
        if self.what or kind not in CHANNEL_UPDATES:
            return data
        self.passed += 1
        if self.passed != self.at:
            return data
        place, bit = self.dice.randrange(min(len(data), FRONT_BYTES)), self.dice.randrange(8)
        self.what = f"bit {bit} of byte {place} of message {kind}"
        return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


async def we_pay(node, ldk):
    """Begin; what tells whether it has ended, and not well without its preimage."""
    text = await ldk.invoice(AMOUNT_MSAT)
    payment = node.begin(text)

    def has_ended():
        ends = [event for event in node.events if isinstance(event, PaymentSent | PaymentFailed) and event.payment_id == payment]
        proofs = [sha256(end.payment_preimage) for end in ends if isinstance(end, PaymentSent)]
        assert proofs in ([], [decode(text).payment_hash])
        return len(ends) == 1

    return has_ended


async def they_pay(node, ldk):
    text = node.invoice(AMOUNT_MSAT)
    payment = await ldk.begin(text)
    return lambda: any(event["payment_hash"] == payment for event in (*ldk.told("PaymentSent"), *ldk.told("PaymentFailed")))


@pytest.mark.parametrize("direction", ["heard", "sent"])
@pytest.mark.parametrize("pay", [we_pay, they_pay])
async def test_whatever_is_said_the_node_stands_and_pays_again(world, kind, pay, direction, tally):
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    dice = random.Random(f"{kind} {pay.__name__} {direction}")
    channel_id = None
    for at in [at for at in range(1, MESSAGES + 1) for _ in range(TRIES)]:
        channel_id = channel_id or await world.we_open(node, ldk, channel_type=kind)
        altered = Altered(at=at, dice=dice)
        setattr(node, f"change_{direction}", altered)
        has_ended = await pay(node, ldk)
        await world.bell.until(lambda a=altered: a.what, what=lambda a=altered: f"message {a}: {node.heard_complaints}, {ldk.events}")
        lives = await goes_on(world, node, ldk, channel_id, has_ended, what=altered.what)
        if lives:  # a key for a later state is missed only there
            lives = await goes_on(world, node, ldk, channel_id, await pay(node, ldk), what=altered.what)
        channel_id = channel_id if lives else None
        tally["altered messages survived, channel " + ("over" if channel_id is None else "goes on")] += 1


async def goes_on(world, node, ldk, channel_id, has_ended, *, what):
    """Meet again and wait for what becomes of the payment; whether the channel still lives."""
    if ldk.node_id in node.connected:
        await node.disconnect(ldk.node_id)
    await world.connect(node, ldk)

    def channel():
        return node.manager.channel(channel_id)

    await world.bell.until(
        lambda: not channel().phase.is_live or (has_ended() and channel().is_usable and not channel().htlcs),
        what=lambda: f"the end after {what}: {channel()}, {node.heard_complaints}, {ldk.events}",
    )
    assert [] == node.stumbles, what
    if channel().phase.is_live:
        await world.settled(node, ldk)
        return True
    spent = {spent.txid for raw in node.broadcasts for spent in parse_transaction(raw).inputs}
    assert channel().terms.funding_txid in spent, what
    return False
