"""
What must hold at the end of a story, when all is repaired and the chain has resolved what came to it.

The law of money, in words: a payee has claimed exactly when the payer has sent, except where one node held a preimage that the chain gave
it no way to use; that node alone has lost, and everything that everybody has, with what the chain took, is what there was at first.
"""

from __future__ import annotations

from collections import Counter

from payments.lightning.background import TIMER_TICK_MS
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.closing import CLOSED_BY_PEER, CLOSED_BY_US
from payments.lightning.channel.htlc import Side
from payments.lightning.crypto.hashes import sha256
from payments.lightning.events import (
    ChannelClosed,
    Event,
    PaymentClaimable,
    PaymentClaimed,
    PaymentFailed,
    PaymentForwarded,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
    ProbeFailed,
    ProbeSuccessful,
)
from payments.lightning.units import MSAT_PER_SAT
from tests.network.laws import check_rest, txid
from tests.network.watched import ENDS, WatchedNodes
from tests.property.network_machine.fates import Ended, Fate, ended_on_chain

PEACEFUL_BLOCKS = 5
"""Fewer than an invoice's last HTLC has left when its preimage must go to the chain: no channel ends for them alone."""
REASONS = {
    "htlc_deadline_passed",
    "closed_on_our_own",
    "commitment_tx_confirmed",
    "peer_closed_channel",
    CLOSED_BY_US,
    CLOSED_BY_PEER,
}
"""Why channels may end in these stories. Whatever else ends one is a broken rule."""
MANY_BLOCKS = 500


def come_to_rest(nodes: WatchedNodes) -> None:
    """All is repaired, whoever could still be paid is, what waits is waited for, and the chain resolves what came to it."""
    nodes.network.patient = frozenset()
    nodes.mischief.clear()
    nodes.network.connect_all()
    nodes.run()
    for name in nodes.ids:
        for event in nodes.heard(name, PaymentClaimable):
            nodes[name].claim_funds(nodes[name].preimage_of(event.payment_hash))
    nodes.run()
    for _ in range(2 * nodes.config.payment.mpp_timeout_s * 1_000 // TIMER_TICK_MS):
        nodes.wait(TIMER_TICK_MS)
    last = nodes.network.chain.height + MANY_BLOCKS
    while not nodes.is_resolved():
        assert nodes.network.chain.height < last, "the chain does not resolve it"
        nodes.mine(10)


def check_end(nodes: WatchedNodes, *, probes: int, is_peaceful: bool) -> list[Ended]:
    """
    Everything that must hold at rest; how the HTLCs ended that the chain had to end.

    probes         how many were sent
    is_peaceful    nobody wanted to close a channel
    """
    on_chain = check_closed(nodes)
    if nodes.network.chain.height <= nodes.first_height + PEACEFUL_BLOCKS and is_peaceful:
        assert set() == on_chain
    if not on_chain:
        check_rest(nodes)
    for (left, ours), (right, theirs) in nodes.ends():
        if ours.id not in on_chain:
            check_live(nodes, (left, ours), (right, theirs))
    htlcs = ended_on_chain(nodes)
    check_fates(nodes, htlcs)
    check_told(nodes, probes=probes)
    check_sent_is_claimed(nodes, htlcs)
    check_money(nodes, htlcs)
    return htlcs


def check_closed(nodes: WatchedNodes) -> set[bytes]:
    """Each end of a channel that is over was told so once, for a reason that the story gave; which channels are."""
    both = {channel.id: {left, right} for (left, channel), (right, _) in nodes.on_chain()}
    closed = [(event.channel_id, who) for who, event in nodes.log if isinstance(event, ChannelClosed)]
    assert sorted(closed) == sorted((channel_id, name) for channel_id, names in both.items() for name in names)
    assert {event.reason for event in told(nodes, ChannelClosed)} <= REASONS
    assert {channel_id for _, _, channel_id in nodes.complaints} <= set(both)
    return set(both)


def check_live(nodes: WatchedNodes, left: tuple[str, Channel], right: tuple[str, Channel]) -> None:
    """Both ends of a channel in use agree, and every HTLC that was offered has been answered."""
    (opener, ours), (accepter, theirs) = left, right
    assert (Phase.NORMAL, Phase.NORMAL) == (ours.phase, theirs.phase)
    assert ours.settled_msat == theirs.settled_msat[::-1]
    for side in Side:
        assert txid(nodes, opener, ours, side) == txid(nodes, accepter, theirs, side.other)
    for name, peer in ((opener, accepter), (accepter, opener)):
        answers = {htlc_id for (channel_id, who, htlc_id) in nodes.ended if (channel_id, who) == (ours.id, peer)}
        assert set(range(nodes.added.get((ours.id, name), -1) + 1)) == answers


def check_fates(nodes: WatchedNodes, htlcs: list[Ended]) -> None:
    """Both ends of an HTLC say the same of it, unless the chain left the one who had its preimage no way to use it."""
    claimed = {(who, event.payment_hash) for who, event in nodes.log if isinstance(event, PaymentClaimed)}
    earned = set(forwarded(nodes))
    for one in htlcs:
        assert one.is_claimed or not one.is_paid, "nobody has a preimage that was never shown"
        if one.fate is Fate.SHOWN or one.fate is Fate.ABSENT:
            assert one.is_paid == one.is_claimed, one
        if one.fate is Fate.SHOWN:
            assert one.is_claimed, one
        if one.is_lost or (one.is_claimed and one.fate is Fate.TAKEN_BACK):
            assert one.may_be_lost(nodes.highest_feerate_per_kw), one
        if one.is_claimed:
            assert (one.receiver, one.payment_hash) in claimed or (one.receiver, one.channel_id, one.htlc_id) in earned, one


def check_told(nodes: WatchedNodes, *, probes: int) -> None:
    """Every payment, every attempt and every probe ended once, and nobody earned twice."""
    begun = sum(len(nodes.network.managers[node_id].list_recent_payments()) for node_id in nodes.ids.values())
    assert begun == len(told(nodes, PaymentSent)) + len(told(nodes, PaymentFailed))
    started = [(event.payment_id, event.attempt_number) for event in told(nodes, PaymentPathStarted)]
    ended = [(event.payment_id, event.attempt_number) for event in told(nodes, PaymentPathSuccessful, PaymentPathFailed)]
    assert sorted(started) == sorted(ended)
    assert len(set(started)) == len(started)
    assert len(set(forwarded(nodes))) == len(forwarded(nodes))
    asked = [event.payment_id for event in told(nodes, ProbeSuccessful, ProbeFailed)]
    assert probes == len(asked) == len(set(asked))
    assert set(nodes.ended.values()) <= set(ENDS.values())


def check_sent_is_claimed(nodes: WatchedNodes, htlcs: list[Ended]) -> None:
    """The payee claimed exactly when the payer sent; and as much, but for HTLCs that were proven to be lost on the way."""
    claimed = Counter(event.payment_hash for event in told(nodes, PaymentClaimed))
    sent = Counter(event.payment_hash for event in told(nodes, PaymentSent))
    lost = {one.payment_hash for one in htlcs if one.is_lost}
    assert set(claimed.values()) | set(sent.values()) <= {1}
    assert set(sent) <= set(claimed)
    assert set(claimed) - set(sent) <= lost
    for event in told(nodes, PaymentSent):
        assert event.payment_hash == sha256(event.payment_preimage)
        if event.payment_hash not in lost:
            assert event.amount_msat + event.fee_paid_msat == paid_msat(nodes, event.payment_id)


def paid_msat(nodes: WatchedNodes, payment_id: bytes) -> int:
    """What the attempts of a payment took that were fulfilled."""
    return sum(event.path.total_amount_msat for event in told(nodes, PaymentPathSuccessful) if event.payment_id == payment_id)


def check_money(nodes: WatchedNodes, htlcs: list[Ended]) -> None:
    """Nothing came to be, nothing went but to the chain, and nobody has more than it was told and the chain gave it."""
    cost_msat = nodes.chain_cost_sat() * MSAT_PER_SAT
    worth_msat = {name: nodes.worth_msat(name) for name in nodes.ids}
    expected_msat = {name: nodes.first_msat[name] + gained_msat(nodes, name, htlcs) for name in nodes.ids}
    assert sum(worth_msat.values()) + cost_msat == sum(nodes.first_msat.values())
    assert sum(expected_msat.values()) == sum(nodes.first_msat.values())
    for name in nodes.ids:
        assert 0 <= expected_msat[name] - worth_msat[name] <= cost_msat, name


def gained_msat(nodes: WatchedNodes, name: str, htlcs: list[Ended]) -> int:
    """What a node has more by what it was told, if the chain cost nothing, and by what the chain did with HTLCs."""
    paid = sum(event.path.total_amount_msat for event in nodes.heard(name, PaymentPathSuccessful))
    taken = sum(event.amount_msat for event in nodes.heard(name, PaymentClaimed))
    earned = sum(event.total_fee_earned_msat for event in nodes.heard(name, PaymentForwarded))
    lost = sum(one.amount_msat for one in htlcs if one.receiver == name and (one.is_lost or is_given_away(one)))
    given = sum(one.amount_msat for one in htlcs if one.offerer == name and is_given_away(one))
    return taken + earned - paid - lost + given


def is_given_away(one: Ended) -> bool:
    """Whether the one who offered it has the preimage, and the money again."""
    return one.is_paid and one.fate is Fate.TAKEN_BACK


def forwarded(nodes: WatchedNodes) -> list[tuple[str, bytes, int]]:
    """The HTLCs that were told to have earned something: to whom, and which."""
    return [(who, event.prev_channel_id, event.prev_htlc_id) for who, event in nodes.log if isinstance(event, PaymentForwarded)]


def told(nodes: WatchedNodes, *kinds: type[Event]) -> list[Event]:
    """Every event of these kinds, whoever heard it."""
    return [event for _, event in nodes.log if isinstance(event, kinds)]
