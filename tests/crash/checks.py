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
from payments.ledger.entries import EntryKind
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.events import (
    ChannelClosed,
    ChannelReady,
    ChannelResolved,
    Event,
    PaymentClaimed,
    PaymentFailed,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
    SpendableOutputs,
)
from payments.lightning.ids import ChannelId
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.peer import EVERY_CHANNEL
from payments.models import AccountBalance, AttemptRecord, EngineCommand, EngineEvent, LedgerEntry, LedgerPosting, PaymentRecord
from payments.queries.audit import audit
from payments.sandbox.topology import ChannelPlan
from payments.services.record_event import handle_pending_events
from tests.crash.world import World
from tests.network.laws import check_rest

_DECODER: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


MOST_CHAIN_FEES_SAT = 15_000
"""A commitment, an HTLC transaction and what sweeps them, at the feerate of the tests."""


class Network:
    """A world as `tests.network.laws` looks at it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.network = world.host._network
        self.ids = world.host._ids
        self._events = world.log
        lasting = [plan for plan in world.topology.channels if world.channel(plan.opener, plan.accepter).phase is not Phase.CLOSED]
        self.topology = replace(world.topology, channels=(*lasting, *_opened(world)))
        """As it is now: without the channels that were closed, with those that were opened."""

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


def _opened(world: World) -> Iterator[ChannelPlan]:
    """Channels that were opened since the network was founded."""
    founded = {(plan.opener, plan.accepter) for plan in world.topology.channels}
    slugs = {node_id: slug for slug, node_id in world.host._ids.items()}
    for slug, node_id in world.host._ids.items():
        for one in world.host._network[node_id].list_channels():
            peer = slugs[one.counterparty_node_id]
            if one.is_outbound and one.phase in {Phase.NORMAL, Phase.SHUTTING_DOWN} and (slug, peer) not in founded:
                yield ChannelPlan(opener=slug, accepter=peer, capacity_sat=one.capacity_sat, opener_percent=0)


def check_world(world: World) -> None:
    """Every law at once. AssertionError says which one was broken."""
    assert [] == world.watch.broken
    assert {} == complaints(world), "no pair needed an `error` to go on"
    check_rest(Network(world))
    check_channels(world)
    check_outcomes(world)
    check_claims(world)
    check_told(world)
    check_chain(world)
    check_queues()
    check_payments(world)
    check_prefixes()


def complaints(world: World) -> dict[bytes, bytes]:
    """
    What peers complained about, by channel: not that a closed channel is closed, which is said at every new connection, nor that one is
    not known whose opener forgot it before it was funded.
    """
    closed = {
        channel.id for plan in world.topology.channels if (channel := world.channel(plan.opener, plan.accepter)).phase is Phase.CLOSED
    }
    lived = {event.channel_id for _, event in world.log if isinstance(event, ChannelReady)} | {
        world.channel(plan.opener, plan.accepter).id for plan in world.topology.channels
    }
    said = {data[2:34]: data[36:] for data in world.complaints}
    return {channel_id: text for channel_id, text in said.items() if channel_id in lived - closed or channel_id == EVERY_CHANNEL}


def check_channels(world: World) -> None:
    """Nothing is left on any channel, every line is up, and both ends have counted the same HTLCs."""
    for (_, ours), (_, theirs) in Network(world).ends():
        assert ours.is_usable
        assert theirs.is_usable
        assert (0, 0) == (len(ours.htlcs), len(theirs.htlcs))
        assert ours.next_htlc_id == theirs.next_htlc_id[::-1]


def check_outcomes(world: World) -> None:
    """Every HTLC that was offered has ended, and both its ends hold it for the same: paid, or not."""
    lasting = {channel.id: (channel, world.host._ids[slug]) for end in Network(world).ends() for slug, channel in end}
    for (channel_id, _, htlc_id), ends in world.watch.outcomes.items():
        if channel_id in lasting:
            assert 1 == len(set(ends.values())), (htlc_id, ends)
    for channel_id, (channel, node_id) in lasting.items():
        known = {htlc_id for known_id, owner, htlc_id in world.watch.outcomes if (known_id, owner) == (channel_id, node_id)}
        assert known == set(range(channel.next_htlc_id[0]))


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


def check_chain(world: World) -> None:
    """Each end of a channel was told once; what is in our books as on the chain is there, and nobody got what was not in the channel."""
    for kind in (ChannelClosed, ChannelResolved):
        told = Counter((node_id, event.channel_id) for node_id, event in world.log if isinstance(event, kind))
        assert set(told.values()) <= {1}
    chain, outputs, received_sat = world.host._network.chain, [], Counter()
    for node_id, event in world.log:
        if isinstance(event, SpendableOutputs):
            outputs += event.outputs
            received_sat[node_id] += sum(output.amount_sat for output in event.outputs)
    assert len(outputs) == len({(output.txid, output.output_index) for output in outputs})
    assert all(output.txid in chain.confirmed_at for output in outputs)
    on_chain = LedgerPosting.objects.filter(account=Account.ON_CHAIN).values_list("amount_msat", flat=True)
    assert received_sat[world.host._own_id] * 1_000 == sum(on_chain)
    over = Counter(event.channel_id for _, event in world.log if isinstance(event, ChannelResolved))
    for channel_id in (channel_id for channel_id, ends in over.items() if ends == 2):
        got_sat = sum(event.received_sat for _, event in world.log if isinstance(event, ChannelResolved) and event.channel_id == channel_id)
        capacity_sat = world.node("harbour" if _has(world, "harbour", channel_id) else "shop").channel(channel_id).terms.capacity_sat
        assert capacity_sat - MOST_CHAIN_FEES_SAT <= got_sat <= capacity_sat


def _has(world: World, slug: str, channel_id: ChannelId) -> bool:
    return any(one.channel_id == channel_id for one in world.host._network[world.host._ids[slug]].list_channels())


def check_payments(world: World) -> None:
    """
    The engine pays what was asked for, within the limit that was held, and what was taken is what its parts carried (I-09, I-10). One
    success a hash (I-06); one hold and one end a payment (I-08); each end that the engine told of has its entry (I-16).
    """
    for begun in world.node("own").list_recent_payments():
        asked = PaymentRecord.objects.get(pk=begun.payment_id.hex())
        assert (asked.amount_msat, asked.fee_limit_msat) == (begun.amount_msat, begun.params.max_total_routing_fee_msat)
    paid = PaymentRecord.objects.filter(status=PaymentStatus.PAID)
    assert set(Counter(paid.values_list("payment_hash", flat=True)).values()) <= {1}
    entries = Counter(LedgerEntry.objects.filter(payment__isnull=False).values_list("payment_id", "kind"))
    for payment in PaymentRecord.objects.all():
        end = EntryKind.SETTLE if payment.status == PaymentStatus.PAID else EntryKind.RELEASE
        assert {(payment.pk, EntryKind.HOLD): 1, (payment.pk, end): 1} == {
            key: count for key, count in entries.items() if key[0] == payment.pk
        }
    for payment in paid:
        took = dict(
            LedgerPosting.objects.filter(entry__payment=payment, entry__kind=EntryKind.SETTLE).values_list("account", "amount_msat")
        )
        assert (payment.amount_msat, payment.fee_paid_msat) == (took[Account.PAYMENTS_MADE], took.get(Account.FEES_PAID, 0))
        parts = payment.attempts.filter(state=AttemptRecord.State.SUCCEEDED).values_list("amount_msat", "fee_msat")
        assert (payment.amount_msat, payment.fee_paid_msat) == tuple(map(sum, zip(*parts, strict=True)))
    for kind, entry in ((PaymentSent, EntryKind.SETTLE), (PaymentFailed, EntryKind.RELEASE)):
        assert EngineEvent.objects.filter(kind=kind.__name__).count() == LedgerEntry.objects.filter(kind=entry).count()


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
    """Every event twice more: nothing changes (I-16)."""
    before = digest()
    for _ in range(2):
        EngineEvent.objects.update(handled_at=None)
        handle_pending_events()
    assert before == digest()


def digest() -> list[object]:
    """All that is written about money."""
    rows = (AccountBalance, LedgerPosting, LedgerEntry, AttemptRecord, PaymentRecord)
    return [list(model.objects.order_by("pk").values()) for model in rows]
