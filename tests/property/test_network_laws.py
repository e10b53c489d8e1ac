"""
Networks under random payments, cut lines and restarts: whatever happened, at rest the books balance.

The shapes are a line of three nodes or more and a square; sizes, channel types, latencies, payments and troubles are drawn. At rest no
satoshi is lost or made, both ends of every channel know the same transactions, and every payment has ended once, as it was told.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.lightning.background import TIMER_TICK_MS
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
from tests.network.nodes import Nodes, channel, network

NAMES = ("alice", "bob", "carol", "dave", "erin")
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))


class Trouble(msgspec.Struct, frozen=True):
    """Something that happens between payments; numbers are taken modulo what there is."""

    kind: str
    which: int


class Order(msgspec.Struct, frozen=True):
    """A payment: from whom, to whom, how much."""

    payer: int
    payee: int
    amount_msat: int


AMOUNTS_MSAT = st.one_of(
    st.sampled_from([1, 999, 1_000, 353_999, 354_000, 2_011_500, 30_000_000]), st.integers(1, 1_000_000), st.integers(1, 600_000_000)
)
ORDERS = st.builds(Order, st.integers(0, 4), st.integers(0, 4), AMOUNTS_MSAT)
TROUBLES = st.builds(
    Trouble, st.sampled_from(["cut", "mend", "restart", "restart all", "turn", "rest", "hold", "abandon", "wait"]), st.integers(0, 9)
)
STORIES = st.lists(st.one_of(ORDERS, ORDERS, TROUBLES), min_size=6, max_size=24)
PLANS = st.fixed_dictionaries(
    {
        "capacity_sat": st.sampled_from([50_000, 200_000, 1_000_000]),
        "opener_percent": st.integers(10, 90),
        "channel_type": st.sampled_from(list(ChannelType)),
    }
)


@st.composite
def lines(draw) -> Nodes:
    names = NAMES[: draw(st.integers(3, 5))]
    return network(*[channel(*pair, **draw(PLANS)) for pair in pairwise(names)], latency_ms=draw(st.sampled_from([0, 30])))


@st.composite
def squares(draw) -> Nodes:
    pairs = [("alice", "bob"), ("bob", "carol"), ("carol", "dave"), ("dave", "alice")]
    return network(*[channel(*pair, **draw(PLANS)) for pair in pairs], latency_ms=draw(st.sampled_from([0, 30])))


def tell(nodes: Nodes, story: list[Order | Trouble]) -> int:
    """Let it all happen; how many payments were begun."""
    names = [plan.slug for plan in nodes.topology.nodes]
    begun = 0
    for number, step in enumerate(story):
        if isinstance(step, Trouble):
            meet(nodes, step, names)
            continue
        payer, payee = names[step.payer % len(names)], names[step.payee % len(names)]
        if payer != payee:
            answer = nodes.begin(payer, nodes.invoice(payee, step.amount_msat), payment_id=PaymentId(number.to_bytes(32, "big")))
            begun += isinstance(answer, bytes)
            nodes.turn(after_ms=10)
    return begun


def meet(nodes: Nodes, trouble: Trouble, names: list[str]) -> None:
    plan = nodes.topology.channels[trouble.which % len(nodes.topology.channels)]
    match trouble.kind:
        case "cut":
            nodes.break_line(plan.opener, plan.accepter)
        case "mend":
            nodes.mend_line(plan.opener, plan.accepter)
        case "restart":
            nodes.turn()
            nodes.restart(names[trouble.which % len(names)])
        case "restart all":
            nodes.turn()
            nodes.restart_all()
        case "turn":
            nodes.turn(after_ms=30)
        case "rest":
            nodes.run()
        case "hold":
            nodes.hold(names[trouble.which % len(names)])
        case "abandon":
            nodes[names[trouble.which % len(names)]].abandon_payment(PaymentId(trouble.which.to_bytes(32, "big")))
        case "wait":
            nodes.wait(20_000)


def come_to_rest(nodes: Nodes) -> None:
    """Every line is mended, whoever held something claims or gives back, and parts whose rest never comes have been waited for."""
    for plan in nodes.topology.channels:
        nodes.mend_line(plan.opener, plan.accepter)
    nodes.run()
    nodes.network.patient = frozenset()
    for name in nodes.ids:
        for number, event in enumerate(nodes.heard(name, PaymentClaimable)):
            if number % 2:
                nodes[name].fail_htlc_backwards(event.payment_hash)
            else:
                nodes[name].claim_funds(nodes[name].preimage_of(event.payment_hash))
    nodes.run()
    for _ in range(2 * nodes.config.payment.mpp_timeout_s * 1_000 // TIMER_TICK_MS):
        nodes.wait(TIMER_TICK_MS)


def check_story(nodes: Nodes, begun: int) -> None:
    """What was told adds up: every payment and every attempt ended once, and what was claimed is what was sent."""
    nodes.check_rest()
    every = [event for _, event in nodes.log]
    assert [] == [event for event in every if isinstance(event, ChannelClosed)]
    sent = {event.payment_hash: event for event in every if isinstance(event, PaymentSent)}
    failed = [event for event in every if isinstance(event, PaymentFailed)]
    claimed = {event.payment_hash: event for event in every if isinstance(event, PaymentClaimed)}
    assert begun == len(sent) + len(failed)
    assert {key: event.amount_msat for key, event in sent.items()} == {key: event.amount_msat for key, event in claimed.items()}
    started = [(event.payment_id, event.attempt_number) for event in every if isinstance(event, PaymentPathStarted)]
    ended = [(event.payment_id, event.attempt_number) for event in every if isinstance(event, PaymentPathSuccessful | PaymentPathFailed)]
    assert sorted(started) == sorted(ended)
    assert len(set(started)) == len(started)
    fees_msat = sum(event.total_fee_earned_msat for event in every if isinstance(event, PaymentForwarded))
    assert sum(event.fee_paid_msat for event in sent.values()) == fees_msat


def follow(nodes: Nodes, story: list[Order | Trouble]) -> None:
    begun = tell(nodes, story)
    come_to_rest(nodes)
    check_story(nodes, begun)


@QUICK
@given(nodes=lines(), story=STORIES)
def test_whatever_happens_on_a_line_the_books_balance(nodes, story):
    follow(nodes, story)


@QUICK
@given(nodes=squares(), story=STORIES)
def test_whatever_happens_on_a_square_the_books_balance(nodes, story):
    follow(nodes, story)


@pytest.mark.heavy
@pytest.mark.timeout(3_600)
@LONG
@given(nodes=st.one_of(lines(), squares()), story=st.lists(st.one_of(ORDERS, ORDERS, TROUBLES), min_size=20, max_size=60))
def test_long_stories_end_well_too(nodes, story):
    follow(nodes, story)
