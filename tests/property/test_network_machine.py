"""
Three nodes and anything that can happen to them: payments, lost lines, deaths, bad manners, blocks, channels that go to the chain.

After every step what must hold at any moment is checked, and at the end of every story, when all is repaired and the chain has resolved
what came to it, what must hold at rest: nobody has gained or lost but what was told and what the chain took.
"""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from payments.lightning.background import TIMER_TICK_MS
from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.types import ChannelType
from payments.lightning.events import (
    ChannelClosed,
    PaymentClaimable,
    PaymentClaimed,
    PaymentFailed,
    PaymentForwarded,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
)
from payments.lightning.ids import PaymentId
from payments.lightning.units import MSAT_PER_SAT
from payments.sandbox.faults import GarblesFailures, GarblesOnions, Holds, Offline, PassesOnLess, Refuses
from payments.sandbox.topology import NodePlan, Role, Topology
from tests.network.laws import check_rest, txid
from tests.network.nodes import channel
from tests.network.watched import ENDS, WatchedNodes

NAMES = ("alice", "bob", "carol")
SHAPES = {
    "line": (("alice", "bob"), ("bob", "carol")),
    "triangle": (("alice", "bob"), ("bob", "carol"), ("carol", "alice")),
}
PEACEFUL_BLOCKS = 5
"""Fewer than an invoice's last HTLC has left when its preimage must go to the chain: no channel ends for them alone."""
REASONS = {"htlc_deadline_passed", "closed_on_our_own", "commitment_tx_confirmed", "peer_closed_channel"}
"""Why channels may end in these stories. Whatever else ends one is a broken rule."""
MANY_BLOCKS = 500
SOME = st.integers(0, 9)
AMOUNTS_MSAT = st.one_of(
    st.sampled_from([1, 999, 353_999, 354_000, 2_011_500, 30_000_000]), st.integers(1, 1_000_000), st.integers(1, 600_000_000)
)
DEADLINES = st.one_of(st.integers(1, 40), st.integers(40, 200))
ORDERS = st.tuples(st.integers(0, 2), st.integers(1, 2), AMOUNTS_MSAT)
PLANS = st.fixed_dictionaries(
    {
        "capacity_sat": st.sampled_from([50_000, 200_000, 1_000_000]),
        "opener_percent": st.integers(10, 90),
        "channel_type": st.sampled_from(list(ChannelType)),
    }
)
FAULTS = st.sampled_from(
    [
        lambda name: Holds(node=name, hold_ms=5_000),
        lambda name: Holds(node=name, hold_ms=None),
        lambda name: Refuses(node=name),
        lambda name: Offline(node=name),
        lambda name: GarblesOnions(node=name),
        lambda name: GarblesFailures(node=name),
        lambda name: PassesOnLess(node=name, kept_msat=1_000),
    ]
)
told = {"stories": 0, "steps": 0, "payments": 0, "paid": 0, "closed": 0}
"""How much has happened in all stories of this run."""


class NetworkMachine(RuleBasedStateMachine):
    """One story."""

    @initialize(shape=st.sampled_from(sorted(SHAPES)), latency_ms=st.sampled_from([1, 30]), data=st.data())
    def found(self, shape, latency_ms, data):
        channels = tuple(channel(*pair, **data.draw(PLANS)) for pair in SHAPES[shape])
        plans = tuple(NodePlan(slug=name, name=name.title(), role=Role.ROUTING) for name in NAMES)
        self.nodes = WatchedNodes(Topology(nodes=plans, channels=channels), latency_ms=latency_ms)
        self.latency_ms = latency_ms
        self.numbers = count()
        self.begun: list[tuple[str, PaymentId]] = []
        self.is_violent = False

    # -- payments

    @rule(orders=st.lists(ORDERS, min_size=1, max_size=4), turns=st.integers(0, 12))
    def pay(self, orders, turns):
        for payer, step, amount_msat in orders:
            self.begin(NAMES[payer], NAMES[(payer + step) % 3], amount_msat)
        self.deliver(turns)

    def begin(self, payer, payee, amount_msat):
        payment_id = PaymentId(next(self.numbers).to_bytes(32, "big"))
        answer = self.nodes.begin(payer, self.nodes.invoice(payee, amount_msat), payment_id=payment_id)
        if isinstance(answer, bytes):
            self.begun.append((payer, payment_id))

    @precondition(lambda self: self.begun)
    @rule(which=SOME)
    def abandon(self, which):
        payer, payment_id = self.begun[-1 - which % len(self.begun)]
        self.nodes[payer].abandon_payment(payment_id)

    @rule(which=SOME)
    def payee_takes_its_time(self, which):
        self.nodes.hold(NAMES[which % 3])

    @rule(is_taken=st.booleans())
    def payees_decide(self, is_taken):
        self.nodes.network.patient = frozenset()
        for name in NAMES:
            for event in self.nodes.heard(name, PaymentClaimable):
                if is_taken:
                    self.nodes[name].claim_funds(self.nodes[name].preimage_of(event.payment_hash))
                else:
                    self.nodes[name].fail_htlc_backwards(event.payment_hash)

    # -- time and blocks

    @rule(turns=st.integers(1, 12))
    def deliver(self, turns):
        for _ in range(turns):
            self.nodes.turn(after_ms=self.latency_ms)

    @rule()
    def rest(self):
        self.nodes.run()

    @rule(ms=st.sampled_from([5_000, 20_000]))
    def wait(self, ms):
        self.nodes.wait(ms)

    @rule(blocks=st.integers(1, 20), turns=st.integers(0, 3))
    def blocks_come_while_messages_are_under_way(self, blocks, turns):
        for _ in range(blocks):
            self.nodes.block()
            self.deliver(1 + turns)

    @precondition(lambda self: self.nodes.network.chain.height < self.nodes.first_height + 100)
    @rule(which=SOME, is_patient=st.booleans(), orders=st.lists(ORDERS, min_size=1, max_size=6), turns=st.integers(0, 12), blocks=DEADLINES)
    def a_deadline_passes(self, which, is_patient, orders, turns, blocks):
        """A node keeps what comes to it, or a payee what is paid to it; then a line is lost for longer than HTLCs live."""
        if is_patient:
            self.nodes.hold(NAMES[which % 3])
        else:
            self.nodes.behave(Holds(node=NAMES[which % 3], hold_ms=None))
        self.pay(orders, turns)
        self.cut(which // 3)
        self.nodes.mine(blocks)

    @precondition(lambda self: self.nodes.network.chain.height < self.nodes.first_height + 100)
    @rule(which=SOME, orders=st.lists(ORDERS, min_size=1, max_size=6), turns=st.integers(0, 12), blocks=DEADLINES)
    def a_claim_is_not_heard(self, which, orders, turns, blocks):
        """Payees that were in no hurry claim when a line is lost."""
        self.nodes.network.patient = frozenset(self.nodes.ids.values())
        self.pay(orders, turns)
        self.cut(which)
        self.payees_decide(is_taken=True)
        self.nodes.mine(blocks)

    # -- trouble

    @rule(which=SOME)
    def cut(self, which):
        plan = self.plan(which)
        self.nodes.break_line(plan.opener, plan.accepter)

    @rule(which=SOME)
    def mend(self, which):
        plan = self.plan(which)
        self.nodes.mend_line(plan.opener, plan.accepter)

    @rule(which=SOME)
    def restart(self, which):
        self.nodes.restart(NAMES[which % 3])

    @rule()
    def restart_all(self):
        self.nodes.restart_all()

    @rule(fault=FAULTS, which=SOME, orders=st.lists(ORDERS, min_size=1, max_size=4), turns=st.integers(0, 12))
    def pay_somebody_who_misbehaves(self, fault, which, orders, turns):
        self.nodes.behave(fault(NAMES[which % 3]))
        self.pay(orders, turns)

    @rule()
    def behave_well(self):
        self.nodes.mischief.clear()

    @precondition(lambda self: len(self.begun) > 2 and not self.is_violent)
    @rule(which=SOME, is_opener=st.booleans())
    def close_alone(self, which, is_opener):
        self.is_violent = True
        plan = self.plan(which)
        name, peer = (plan.opener, plan.accepter) if is_opener else (plan.accepter, plan.opener)
        self.nodes[name].force_close_broadcasting_latest_txn(self.nodes.channel(name, peer).id)

    def plan(self, which):
        plans = self.nodes.topology.channels
        return plans[which % len(plans)]

    # -- laws

    @invariant()
    def what_holds_at_any_moment(self):
        self.nodes.check_now()
        told["steps"] += 1

    def teardown(self):
        if hasattr(self, "nodes"):
            come_to_rest(self.nodes)
            check_end(self)


def come_to_rest(nodes: WatchedNodes) -> None:
    """All is repaired, whoever could still be paid is, what waits is waited for, and the chain resolves what came to it."""
    nodes.network.patient = frozenset()
    nodes.mischief.clear()
    nodes.network.connect_all()
    nodes.run()
    for name in NAMES:
        for event in nodes.heard(name, PaymentClaimable):
            nodes[name].claim_funds(nodes[name].preimage_of(event.payment_hash))
    nodes.run()
    for _ in range(2 * nodes.config.payment.mpp_timeout_s * 1_000 // TIMER_TICK_MS):
        nodes.wait(TIMER_TICK_MS)
    last = nodes.network.chain.height + MANY_BLOCKS
    while not nodes.is_resolved():
        assert nodes.network.chain.height < last, "the chain does not resolve it"
        nodes.mine(10)


def check_end(story: NetworkMachine) -> None:
    """Everything that must hold at rest."""
    nodes = story.nodes
    closed = [event for _, event in nodes.log if isinstance(event, ChannelClosed)]
    assert {event.reason for event in closed} <= REASONS
    on_chain = {ends[0][1].id for ends in nodes.on_chain()}
    assert {event.channel_id for event in closed} == on_chain
    assert {channel_id for _, _, channel_id in nodes.complaints} <= on_chain
    if nodes.network.chain.height <= nodes.first_height + PEACEFUL_BLOCKS and not story.is_violent:
        assert set() == on_chain
    if not on_chain:
        check_rest(nodes)
    for (left, ours), (right, theirs) in nodes.ends():
        if ours.id not in on_chain:
            check_live(nodes, (left, ours), (right, theirs))
    check_told(nodes, begun=len(story.begun), cost_msat=nodes.chain_cost_sat() * MSAT_PER_SAT)
    told["stories"] += 1
    told["payments"] += len(story.begun)
    told["paid"] += sum(isinstance(event, PaymentSent) for _, event in nodes.log)
    told["closed"] += len(on_chain)


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


def check_told(nodes: WatchedNodes, *, begun: int, cost_msat: int) -> None:
    """Every payment and every attempt ended once; what nodes have is what they were told, but for what the chain took."""
    every = [event for _, event in nodes.log]
    sent = {event.payment_hash: event.amount_msat for event in every if isinstance(event, PaymentSent)}
    failed = [event for event in every if isinstance(event, PaymentFailed)]
    claimed = {event.payment_hash: event.amount_msat for event in every if isinstance(event, PaymentClaimed)}
    assert begun == len(sent) + len(failed)
    assert sent.items() <= claimed.items()
    assert sum(claimed.values()) - sum(sent.values()) <= cost_msat
    started = [(event.payment_id, event.attempt_number) for event in every if isinstance(event, PaymentPathStarted)]
    ended = [(event.payment_id, event.attempt_number) for event in every if isinstance(event, PaymentPathSuccessful | PaymentPathFailed)]
    assert sorted(started) == sorted(ended)
    assert len(set(started)) == len(started)
    earned = [(who, event.prev_channel_id, event.prev_htlc_id) for who, event in nodes.log if isinstance(event, PaymentForwarded)]
    assert len(set(earned)) == len(earned)
    assert sum(map(nodes.worth_msat, NAMES)) + cost_msat == sum(nodes.first_msat.values())
    for name in NAMES:
        assert abs(nodes.worth_msat(name) - nodes.expected_msat(name)) <= cost_msat, name
    assert set(nodes.ended.values()) <= set(ENDS.values())


def run_stories(stories: int, *, steps: int) -> None:
    quiet = list(HealthCheck)
    machine = settings(max_examples=stories, stateful_step_count=steps, deadline=None, suppress_health_check=quiet)
    run_state_machine_as_test(NetworkMachine, settings=machine)


def test_whatever_happens_to_three_nodes_nobody_loses_but_to_the_chain():
    run_stories(12, steps=25)


@pytest.mark.heavy
@pytest.mark.timeout(7_200)
def test_whatever_happens_in_many_stories_nobody_loses_but_to_the_chain(capsys):
    run_stories(1_000, steps=40)

    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201  the figures of a long run
