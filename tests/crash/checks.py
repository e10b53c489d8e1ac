"""
What must hold at rest, wherever the process died: the laws of the network, the books, and every promise of an event.

The numbers are those of the tests' plan: I-01 to I-16 as far as one engine with one wallet can break them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec
from django.db.models import F
from msgspec.structs import replace

from payments.ledger.accounts import Account
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.events import (
    Event,
    PaymentClaimed,
    PaymentFailed,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
)
from payments.models import AccountBalance, AttemptRecord, EngineCommand, EngineEvent, LedgerEntry, LedgerPosting, PaymentRecord
from payments.queries.audit import audit
from payments.services.record_event import handle_pending_events
from tests.crash.world import World
from tests.network.laws import check_rest

_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


class Network:
    """A world as `tests.network.laws` looks at it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.network = world.host._network
        self.ids = world.host._ids
        self._events = world.log
        is_closed = {plan: world.channel(plan.opener, plan.accepter).phase is Phase.CLOSED for plan in world.topology.channels}
        self.topology = replace(world.topology, channels=tuple(plan for plan, closed in is_closed.items() if not closed))
        """Without the channels that were closed."""

    def ends(self) -> Iterator[tuple[tuple[str, Channel], tuple[str, Channel]]]:
        for plan in self.topology.channels:
            yield (
                (plan.opener, self._world.channel(plan.opener, plan.accepter)),
                (plan.accepter, self._world.channel(plan.accepter, plan.opener)),
            )

    def heard(self, slug: str, kind: type) -> list[Event]:
        return [event for node_id, event in self._events if node_id == self.ids[slug] and isinstance(event, kind)]

    def balance_msat(self, slug: str) -> int:
        manager = self.network[self.ids[slug]]
        return sum(one.balance_msat for one in manager.list_channels() if manager.channel(one.channel_id).phase is not Phase.CLOSED)


def check_world(world: World) -> None:
    """Every law at once. AssertionError says which one was broken."""
    assert {} == complaints(world), "no pair needed an `error` to go on"
    check_rest(Network(world))
    check_channels(world)
    check_claims(world)
    check_told(world)
    check_queues()
    check_prefixes()
    check_again()


def complaints(world: World) -> dict[bytes, bytes]:
    """What peers complained about, by channel: not that a closed channel is closed, which is said at every new connection."""
    closed = {
        channel.id for plan in world.topology.channels if (channel := world.channel(plan.opener, plan.accepter)).phase is Phase.CLOSED
    }
    said = {data[2:34]: data[36:] for data in world.complaints}
    return {channel_id: text for channel_id, text in said.items() if channel_id not in closed}


def check_channels(world: World) -> None:
    """Nothing is left on any channel, every line is up, and both ends have counted the same HTLCs."""
    for (_, ours), (_, theirs) in Network(world).ends():
        assert ours.is_usable
        assert theirs.is_usable
        assert (0, 0) == (len(ours.htlcs), len(theirs.htlcs))
        assert ours.next_htlc_id == theirs.next_htlc_id[::-1]


def check_claims(world: World) -> None:
    """What a payee took is what its payer says it paid, once (I-06, I-15)."""
    sent = Counter((event.payment_hash, event.amount_msat) for _, event in world.log if isinstance(event, PaymentSent))
    claimed = Counter((event.payment_hash, event.amount_msat) for _, event in world.log if isinstance(event, PaymentClaimed))
    assert sent == claimed
    assert set(sent.values()) <= {1}


def check_told(world: World) -> None:
    """The events of our node: attempts begin and end once, and never carry more together than is owed (I-11, I-12, I-13)."""
    told = [_DECODER.decode(event.body) for event in EngineEvent.objects.order_by("id")]
    in_flight: dict[bytes, dict[int, int]] = defaultdict(dict)
    ended: set[bytes] = set()
    for event in told:
        match event:
            case PaymentPathStarted():
                assert event.payment_id not in ended
                assert event.attempt_number not in in_flight[event.payment_id]
                in_flight[event.payment_id][event.attempt_number] = event.path.final_value_msat
                payment = PaymentRecord.objects.get(pk=event.payment_id.hex())
                assert sum(in_flight[event.payment_id].values()) <= payment.amount_msat
            case PaymentPathSuccessful() | PaymentPathFailed():
                assert in_flight[event.payment_id].pop(event.attempt_number), "an attempt ended that was not under way"
            case PaymentSent() | PaymentFailed():
                assert event.payment_id not in ended
                ended.add(event.payment_id)
    assert {} == {payment_id: left for payment_id, left in in_flight.items() if left}
    assert set(world.payment_ids) >= {payment_id.hex() for payment_id in ended}


def check_queues() -> None:
    """Nothing waits (I-24), no attempt is open (I-13), no fee is above its limit (I-09)."""
    assert not EngineCommand.objects.filter(state=EngineCommand.State.QUEUED).exists()
    assert not EngineCommand.objects.filter(handled_at__isnull=True).exists()
    assert not AttemptRecord.objects.filter(state=AttemptRecord.State.SENT).exists()
    assert not PaymentRecord.objects.filter(fee_paid_msat__gt=F("fee_limit_msat")).exists()
    found = audit()
    assert () == found.differences, found.differences
    assert 0 == found.unhandled_events


def check_prefixes() -> None:
    """Read entry by entry, no money was ever spent that was not there (I-03)."""
    sums: Counter[str] = Counter()
    for account, amount_msat in LedgerPosting.objects.order_by("entry_id", "amount_msat").values_list("account", "amount_msat"):
        sums[account] += amount_msat
        if amount_msat > 0:
            assert sums[Account.AVAILABLE] >= 0
    assert sums[Account.HELD] == 0


def check_again() -> None:
    """Every event once more: nothing changes (I-16)."""
    before = digest()
    for _ in range(2):
        EngineEvent.objects.update(handled_at=None)
        handle_pending_events()
    assert before == digest()


def digest() -> list[object]:
    """All that is written about money."""
    rows = (AccountBalance, LedgerPosting, LedgerEntry, AttemptRecord, PaymentRecord)
    return [list(model.objects.order_by("pk").values()) for model in rows]
