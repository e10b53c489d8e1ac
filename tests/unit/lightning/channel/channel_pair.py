"""
Two ends of one channel with real keys, and a line between them that can be cut at any message.

Alice opened the channel. Messages travel as bytes. After every step the state goes through its stored form and back, so that every test of
a channel is a test of its storage too, and the laws that hold in every state are checked: nobody's commitment pays out more than was
funded, and no more than two commitments of a side are alive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import cache
from hashlib import sha256

import msgspec

from payments.lightning.channel import machine
from payments.lightning.channel.actions import Action, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel, Connection, Phase
from payments.lightning.channel.commitment import build_commitment
from payments.lightning.channel.exchange import owes_commitment, send_commitment
from payments.lightning.channel.htlc import Failed, Fulfilled, Htlc, OwnPayment, Side
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.channel.reestablish import connect, disconnect
from payments.lightning.channel.types import ChannelType
from payments.lightning.channel.updates import fail_htlc, fulfill_htlc, new_offer, offer_htlc
from payments.lightning.config import ChannelConfig, ForwardingConfig
from payments.lightning.ids import make_scid
from payments.lightning.wire.messages import ErrorMessage, Message, decode_message
from tests import channels
from tests.channels import Deal
from tests.channels import Side as OpeningSide
from tests.graphs import node

HEIGHT = 800_000
EXPIRY = HEIGHT + 100
ONION = bytes(1366)
REASON = bytes(292)
OTHER = {"alice": "bob", "bob": "alice"}


def preimage(number: int) -> bytes:
    """The preimage of the test's HTLC with this number."""
    return sha256(b"preimage %d" % number).digest()


def payment_hash(number: int) -> bytes:
    return sha256(preimage(number)).digest()


@cache
def secrets_of(name: str) -> ChannelSecrets:
    return ChannelSecrets.derive(sha256(name.encode()).digest(), 0)


def opened(
    channel_type: ChannelType, *, capacity_sat: int, push_msat: int, config: dict[str, ChannelConfig], forwarding: ForwardingConfig
) -> dict[str, Channel]:
    """Both ends of a channel that was opened by the rules."""
    sides = [OpeningSide(node_id=node(name), secrets=secrets_of(name), config=config[name], forwarding=forwarding) for name in OTHER]
    deal = Deal(channel_type=channel_type, capacity_sat=capacity_sat, push_msat=push_msat, short_channel_id=make_scid(700_000, 1, 1))
    return dict(zip(OTHER, channels.opened(*sides, deal), strict=True))


class Pair:
    """A channel between alice, who opened it, and bob."""

    def __init__(
        self,
        channel_type: ChannelType = ChannelType.ANCHORS,
        *,
        capacity_sat: int = 1_000_000,
        push_msat: int = 400_000_000,
        config: ChannelConfig | None = None,
        bobs_config: ChannelConfig | None = None,
        forwarding: ForwardingConfig | None = None,
        connected: bool = True,
    ) -> None:
        alices = config or ChannelConfig()
        self.config = {"alice": alices, "bob": bobs_config or alices}
        self.ends = opened(
            channel_type, capacity_sat=capacity_sat, push_msat=push_msat, config=self.config, forwarding=forwarding or ForwardingConfig()
        )
        self.wire: dict[str, deque[bytes]] = {name: deque() for name in OTHER}
        """What each has sent and the other has not yet received."""
        self.actions: dict[str, list[Action]] = {name: [] for name in OTHER}
        self.height, self.now_ms = HEIGHT, 1_700_000_000_000
        self.origins = 0
        if connected:
            self.reconnect()
            self.exchange()

    def __getitem__(self, name: str) -> Channel:
        return self.ends[name]

    def surroundings(self, name: str) -> Surroundings:
        return Surroundings(secrets=secrets_of(name), config=self.config[name], now_ms=self.now_ms, height=self.height)

    # -- one step of one side

    def take(self, name: str, step: Step) -> list[Action]:
        """Keep what came of a step, as it would be after a restart, and put its messages on the wire."""
        stored = msgspec.msgpack.encode(step.channel)
        self.ends[name] = msgspec.msgpack.decode(stored, type=Channel)
        assert self.ends[name] == step.channel
        assert msgspec.msgpack.encode(self.ends[name]) == stored
        check_laws(self.ends[name], secrets_of(name))
        self.wire[name].extend(action.data for action in step.actions if isinstance(action, SendMessage))
        self.actions[name].extend(step.actions)
        return list(step.actions)

    def act(self, name: str, change: Callable[..., Step], *arguments: object) -> list[Action]:
        """A step of one side that is not provoked by a message."""
        return self.take(name, change(self.ends[name], *arguments))

    def hand(self, name: str, message: Message) -> list[Action]:
        """Let one side receive this message, whoever made it."""
        return self.take(name, machine.receive(self.ends[name], message, self.surroundings(name)))

    def offer(self, name: str, amount_msat: int, *, number: int = 0, cltv_expiry: int = EXPIRY) -> list[Action]:
        """Offer an HTLC for `payment_hash(number)`, if the limits allow it."""
        return self.act(name, offer_htlc, self.htlc_of(name, amount_msat, number=number, cltv_expiry=cltv_expiry), self.surroundings(name))

    def htlc_of(self, name: str, amount_msat: int, *, number: int = 0, cltv_expiry: int = EXPIRY) -> Htlc:
        self.origins += 1
        return new_offer(
            self.ends[name],
            amount_msat=amount_msat,
            payment_hash=payment_hash(number),
            cltv_expiry=cltv_expiry,
            onion_routing_packet=ONION,
            origin=OwnPayment(payment_id=bytes(32), attempt_number=self.origins),
        )

    def fulfill(self, name: str, htlc_id: int, *, number: int = 0) -> list[Action]:
        return self.act(name, fulfill_htlc, htlc_id, Fulfilled(payment_preimage=preimage(number)))

    def fail(self, name: str, htlc_id: int) -> list[Action]:
        return self.act(name, fail_htlc, htlc_id, Failed(reason=REASON))

    def commit(self, name: str) -> bool:
        """Sign for the other side if there is something to sign; whether there was."""
        if not owes_commitment(self.ends[name]):
            return False
        self.act(name, send_commitment, self.surroundings(name))
        return True

    def commit_both(self) -> bool:
        """Let each side sign if it owes the other a commitment; whether either did."""
        committed = [self.commit(name) for name in OTHER]
        return any(committed)

    # -- the line

    def deliver(self, name: str) -> Message:
        """Hand the oldest message of one side to the other."""
        message = decode_message(self.wire[name].popleft())
        if isinstance(message, ErrorMessage):
            other = OTHER[name]
            self.take(other, machine.peer_sent_error(self.ends[other], message.data.decode(), self.surroundings(other)))
        else:
            self.hand(OTHER[name], message)
        return message

    def exchange(self) -> list[str]:
        """Deliver and commit until both are at rest; what was said, as 'alice UpdateAddHtlc'."""
        said = []
        while True:
            speaking = [name for name in OTHER if self.wire[name]]
            if speaking:
                said += [f"{name} {type(self.deliver(name)).__name__}" for name in speaking]
            elif not self.commit_both():
                return said

    def cut(self) -> None:
        """The line is cut: what is on it is lost."""
        for name in OTHER:
            self.wire[name].clear()
            self.take(name, Step(channel=disconnect(self.ends[name])))

    def reconnect(self) -> None:
        """Both sides say where they are and hear it; what they then send again is on the line."""
        for name in OTHER:
            self.act(name, connect, self.surroundings(name))
        for name in OTHER:
            if self.wire[name]:
                self.deliver(name)

    def reload(self, name: str) -> None:
        """One side restarts from what it has stored, which cuts the line."""
        stored = msgspec.msgpack.encode(self.ends[name])
        self.cut()
        self.take(name, Step(channel=disconnect(msgspec.msgpack.decode(stored, type=Channel))))

    # -- questions

    @property
    def balances_msat(self) -> tuple[int, int]:
        """(alice's, bob's) settled balances as alice sees them."""
        return self.ends["alice"].settled_msat

    def done(self, name: str, kind: type) -> list[Action]:
        """The actions of one kind that one side has asked for so far."""
        return [action for action in self.actions[name] if isinstance(action, kind)]

    def is_at_rest(self) -> bool:
        return not any(self.wire.values()) and all(end.connection is Connection.ONLINE for end in self.ends.values())

    def check_agreement(self) -> None:
        """At rest both know the same transaction for either side, and nothing is left over."""
        alice, bob = self.ends["alice"], self.ends["bob"]
        assert alice.settled_msat == bob.settled_msat[::-1]
        for side in Side:
            number = alice.latest(side)
            assert number == bob.latest(side.other)
            assert txid(alice, side, number, "alice") == txid(bob, side.other, number, "bob")
        for end in self.ends.values():
            assert end.phase is Phase.NORMAL
            assert not end.awaiting_revocation
            assert (end.signed_updates, end.unsigned_updates) == ((), ())


def txid(channel: Channel, side: Side, number: int, name: str) -> bytes:
    """The id of a commitment as one end builds it."""
    return build_commitment(channel.commitment_spec(side, number, secrets_of(name))).tx.txid


def check_laws(channel: Channel, secrets: ChannelSecrets) -> None:
    """What must hold of every commitment that is alive."""
    assert sum(channel.settled_msat) == channel.terms.capacity_sat * 1_000
    for side in Side:
        for number in range(channel.irrevocable(side), channel.latest(side) + 1):
            assert min(channel.balances_msat(side, number)) >= 0
            spec = channel.commitment_spec(side, number, secrets)
            htlcs_msat = sum(htlc.amount_msat for htlc in spec.htlcs)
            assert spec.to_holder_msat + spec.to_counterparty_msat + htlcs_msat == channel.terms.capacity_sat * 1_000
            assert sum(output.amount_sat for output in build_commitment(spec).tx.outputs) <= channel.terms.capacity_sat
        assert channel.latest(side) - channel.irrevocable(side) <= 1
    for owner in Side:
        ids = [htlc.id for htlc in channel.htlcs if htlc.owner is owner]
        assert ids == sorted(set(ids))
        assert not ids or ids[-1] < channel.next_htlc_id[owner]
