"""
Three nodes and anything that can happen to them: payments, probes, lost lines, deaths, bad manners, blocks, fees, channels that are closed.

After every step what must hold at any moment is checked, and at the end of every story what must hold at rest (`laws`).
"""

from __future__ import annotations

from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from payments.lightning.channel.channel import Phase
from payments.lightning.events import PaymentClaimable
from payments.lightning.ids import PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.routing.parameters import RouteParameters
from payments.sandbox.faults import Holds
from payments.sandbox.topology import NodePlan, Role, Topology
from tests.network.nodes import channel
from tests.network.watched import WatchedNodes
from tests.property.network_machine.laws import check_end, come_to_rest
from tests.property.network_machine.tally import TALLY
from tests.property.network_machine.worlds import (
    AMOUNTS,
    DEADLINES,
    FAULTS,
    FEERATES_PER_KW,
    NAMES,
    ORDERS,
    PAIRS,
    PLANS,
    SHAPES,
    SOME,
    TURNS,
    Share,
    pair,
)

LAST_DEADLINE_BLOCKS = 100
"""After so many blocks no story begins to wait for a deadline again."""

MOST_CHANNELS = 5


class NetworkMachine(RuleBasedStateMachine):
    """One story."""

    @initialize(shape=st.sampled_from(sorted(SHAPES)), latency_ms=st.sampled_from([1, 30]), data=st.data())
    def found(self, shape, latency_ms, data):
        channels = tuple(channel(*pair, **data.draw(PLANS)) for pair in SHAPES[shape])
        plans = tuple(NodePlan(slug=name, name=name.title(), role=Role.ROUTING) for name in NAMES)
        self.nodes = WatchedNodes(Topology(nodes=plans, channels=channels), latency_ms=latency_ms)
        self.latency_ms = latency_ms
        self.numbers = count()
        self.invoices: list[tuple[str, str]] = []
        self.begun: list[tuple[str, PaymentId]] = []
        self.probes = 0
        self.is_peaceful = True

    # -- payments

    @rule(orders=st.lists(ORDERS, min_size=1, max_size=4), turns=TURNS)
    def pay(self, orders, turns):
        for who, amount in orders:
            self.begin(*pair(who), amount)
        self.deliver(turns)

    def begin(self, payer, payee, amount):
        invoice = self.invoice(payer, payee, amount)
        self.invoices.append((payer, invoice))
        self.begin_with(payer, invoice)

    def begin_with(self, payer, invoice):
        payment_id = PaymentId(next(self.numbers).to_bytes(32, "big"))
        answer = self.nodes.begin(payer, invoice, payment_id=payment_id)
        if isinstance(answer, bytes):
            self.begun.append((payer, payment_id))

    @precondition(lambda self: self.invoices)
    @rule(which=SOME, turns=TURNS)
    def pay_again(self, which, turns):
        """What was paid, is being paid or has failed: the payer has forgotten which."""
        self.begin_with(*self.invoices[-1 - which % len(self.invoices)])
        self.deliver(turns)

    @precondition(lambda self: self.begun)
    @rule(which=SOME)
    def abandon(self, which):
        payer, payment_id = self.begun[-1 - which % len(self.begun)]
        self.nodes[payer].abandon_payment(payment_id)

    def invoice(self, payer, payee, amount):
        return self.nodes.shop_invoice(payee, amount.in_msat(self.nodes[payer]) if isinstance(amount, Share) else amount)

    @rule(who=PAIRS, amount=AMOUNTS, turns=TURNS)
    def probe(self, who, amount, turns):
        payer, payee = pair(who)
        params = RouteParameters.from_invoice(decode(self.invoice(payer, payee, amount)))
        self.probes += sum(isinstance(answer, bytes) for answer in self.nodes[payer].send_preflight_probes(params))
        self.deliver(1 + turns)

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

    def may_wait_for_deadlines(self):
        return self.nodes.network.chain.height < self.nodes.first_height + LAST_DEADLINE_BLOCKS

    @precondition(may_wait_for_deadlines)
    @rule(which=SOME, is_patient=st.booleans(), orders=st.lists(ORDERS, min_size=1, max_size=6), turns=TURNS, blocks=DEADLINES)
    def a_deadline_passes(self, which, is_patient, orders, turns, blocks):
        """A node keeps what comes to it, or a payee what is paid to it; then a line is lost for longer than HTLCs live."""
        if is_patient:
            self.nodes.hold(NAMES[which % 3])
        else:
            self.nodes.behave(Holds(node=NAMES[which % 3], hold_ms=None))
        self.pay(orders, turns)
        self.cut(which // 3)
        self.nodes.mine(blocks)

    @precondition(may_wait_for_deadlines)
    @rule(which=SOME, orders=st.lists(ORDERS, min_size=1, max_size=6), turns=TURNS, blocks=DEADLINES)
    def a_claim_is_not_heard(self, which, orders, turns, blocks):
        """Payees that were in no hurry claim when a line is lost."""
        self.nodes.network.patient = frozenset(self.nodes.ids.values())
        self.pay(orders, turns)
        self.cut(which)
        self.payees_decide(is_taken=True)
        self.nodes.mine(blocks)

    @rule(who=SOME, feerate_per_kw=FEERATES_PER_KW, turns=TURNS)
    def the_chain_gets_dearer_or_cheaper(self, who, feerate_per_kw, turns):
        """Some hear of it, and the openers among them say so."""
        for name in NAMES[who % 3 :]:
            self.nodes.ask_feerate(name, feerate_per_kw)
        self.deliver(turns)

    @precondition(lambda self: len(self.nodes.topology.channels) < MOST_CHANNELS)
    @rule(who=PAIRS, plan=PLANS)
    def open_another(self, who, plan):
        self.nodes.open(channel(*pair(who), **plan))

    # -- trouble

    @rule(which=SOME)
    def cut(self, which):
        plan = self.plan(which)
        self.nodes.break_line(plan.opener, plan.accepter)

    @rule(which=SOME)
    def mend(self, which):
        plan = self.plan(which)
        self.nodes.mend_line(plan.opener, plan.accepter)

    @rule(which=SOME, is_sudden=st.booleans())
    def restart(self, which, is_sudden):
        self.nodes.restart(NAMES[which % 3], is_sudden=is_sudden)

    @rule(is_sudden=st.booleans())
    def restart_all(self, is_sudden):
        self.nodes.restart_all(is_sudden=is_sudden)

    @rule(fault=FAULTS, which=SOME, is_opener=st.booleans(), orders=st.lists(ORDERS, min_size=1, max_size=4), turns=TURNS)
    def pay_somebody_who_misbehaves(self, fault, which, is_opener, orders, turns):
        plan = self.plan(which)
        self.nodes.behave(fault(plan.opener, plan.accepter) if is_opener else fault(plan.accepter, plan.opener))
        self.pay(orders, turns)

    @rule()
    def behave_well(self):
        self.nodes.mischief.clear()

    def may_close(self):
        return len(self.begun) > 2 and self.is_peaceful

    @precondition(may_close)
    @rule(which=SOME, is_opener=st.booleans())
    def close_alone(self, which, is_opener):
        self.is_peaceful = False
        name, end = self.end(which, is_opener)
        self.nodes[name].force_close_broadcasting_latest_txn(end.id)

    @precondition(may_close)
    @rule(which=SOME, is_opener=st.booleans(), turns=TURNS)
    def close_together(self, which, is_opener, turns):
        name, end = self.end(which, is_opener)
        if end.phase is Phase.NORMAL:
            self.is_peaceful = False
            self.nodes[name].close_channel(end.id)
            self.deliver(turns)

    def plan(self, which):
        plans = self.nodes.topology.channels
        return plans[which % len(plans)]

    def end(self, which, is_opener):
        ends = list(self.nodes.ends())
        opener, accepter = ends[which % len(ends)]
        return opener if is_opener else accepter

    # -- laws

    @invariant()
    def what_holds_at_any_moment(self):
        self.nodes.check_now()
        TALLY.steps += 1

    def teardown(self):
        if hasattr(self, "nodes"):
            come_to_rest(self.nodes)
            TALLY.count(self.nodes, check_end(self.nodes, probes=self.probes, is_peaceful=self.is_peaceful))
