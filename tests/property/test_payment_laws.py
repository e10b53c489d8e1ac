"""
Laws of paying, whatever the network does: never more out than is owed, never dearer than allowed, one end for each payment, no money lost.

Real nodes in random squares and grids with random balances, prices, failures, cut lines and second thoughts. The laws are checked after
every turn, from the HTLCs that stand in the channels, not from what the payment says about itself.
"""

from __future__ import annotations

from collections import Counter

import msgspec
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from payments.lightning.channel.htlc import OwnPayment, Side
from payments.lightning.config import ForwardingConfig
from payments.lightning.events import PaymentClaimable, PaymentFailed, PaymentPathFailed, PaymentPathSuccessful, PaymentSent
from payments.lightning.payment.outbound import AttemptState
from payments.lightning.wire.failures import FailureCode
from tests.network.failing import fails_as_payee, fails_on_the_way
from tests.network.nodes import Nodes, channel, network
from tests.unit.lightning.payment.test_verdict import FIELDS

MIDDLE = ("bob", "carol", "erin", "frank")
MOST_TURNS = 400


class Order(msgspec.Struct, frozen=True):
    """One payment of alice to dave, and when, if ever, she thinks better of it."""

    amount_msat: int
    fee_limit_msat: int
    max_attempts: int
    abandoned_at_turn: int | None


@st.composite
def worlds(draw: st.DrawFn) -> Nodes:
    """Two to four nodes between alice and dave, some of them connected with each other."""
    middle = MIDDLE[: draw(st.integers(2, 4))]
    pairs = [("alice", name) for name in middle] + [(name, "dave") for name in middle]
    pairs += [pair for pair in (("bob", "carol"), ("carol", "erin"), ("erin", "frank")) if pair[1] in middle and draw(st.booleans())]
    capacities = st.sampled_from([100_000, 300_000, 1_000_000])
    channels = [channel(*pair, capacity_sat=draw(capacities), opener_percent=draw(st.sampled_from([5, 50, 50, 90]))) for pair in pairs]
    policies = {name: ForwardingConfig(fee_base_msat=draw(st.sampled_from([0, 1_000, 20_000]))) for name in middle}
    return network(*channels, policies=policies, latency_ms=draw(st.sampled_from([0, 20])))


orders = st.builds(
    Order,
    st.integers(1_000, 500_000_000),
    st.sampled_from([0, 5_000, 100_000, 5_000_000]),
    st.integers(1, 6),
    st.none() | st.integers(0, 40),
)
troubles = st.lists(
    st.tuples(st.sampled_from(MIDDLE), st.sampled_from(list(FailureCode)), st.integers(1, 3)) | st.sampled_from(MIDDLE), max_size=3
)


def trouble(nodes: Nodes, what: str | tuple[str, FailureCode, int]) -> None:
    """A node fails some HTLCs with a code, or its line to dave is cut."""
    name = what if isinstance(what, str) else what[0]
    if name not in nodes.ids:
        return
    if isinstance(what, str):
        nodes.break_line(name, "dave")
    else:
        fails_on_the_way(nodes, name, code=what[1], data=FIELDS.get(what[1], b""), times=what[2])


def check_what_is_out(nodes: Nodes, begun: dict[bytes, Order]) -> None:
    """Of no payment is more than 110 % out, fees aside, nor more than its fee limit on top."""
    out_msat, fees_msat = Counter(), Counter()
    payments = {payment.payment_id: payment for payment in nodes.network.managers[nodes.ids["alice"]].list_recent_payments()}
    for details in nodes.network.managers[nodes.ids["alice"]].list_channels():
        for htlc in nodes.network.managers[nodes.ids["alice"]].channel(details.channel_id).htlcs:
            if htlc.owner is Side.LOCAL and isinstance(htlc.origin, OwnPayment):
                path = payments[htlc.origin.payment_id].attempt(htlc.origin.attempt_number).path
                assert path.total_amount_msat == htlc.amount_msat
                out_msat[htlc.origin.payment_id] += path.final_value_msat
                fees_msat[htlc.origin.payment_id] += path.fee_msat
    for payment_id, order in begun.items():
        arrived = [one.path for one in payments[payment_id].attempts if one.state is AttemptState.SUCCEEDED]
        assert out_msat[payment_id] + sum(path.final_value_msat for path in arrived) <= order.amount_msat * 110 // 100
        assert fees_msat[payment_id] + sum(path.fee_msat for path in arrived) <= order.fee_limit_msat


def begin(nodes: Nodes, wishes: list[Order]) -> dict[bytes, Order]:
    """Those of the payments that could be begun, by id."""
    answers = [
        (
            nodes.begin(
                "alice", nodes.invoice("dave", wish.amount_msat), max_attempts=wish.max_attempts, fee_limit_msat=wish.fee_limit_msat
            ),
            wish,
        )
        for wish in wishes
    ]
    return {answer: wish for answer, wish in answers if isinstance(answer, bytes)}


def run(nodes: Nodes, begun: dict[bytes, Order]) -> None:
    """Turn after turn, with every second thought at its time, until all is over; parts that wait in vain come back after a minute."""
    for turn in range(MOST_TURNS):
        for payment_id, order in begun.items():
            if order.abandoned_at_turn == turn:
                nodes["alice"].abandon_payment(payment_id)
        nodes.turn(after_ms=20 if turn < MOST_TURNS // 2 else 2_000)
        check_what_is_out(nodes, begun)


def check_ends(nodes: Nodes, begun: dict[bytes, Order], before_msat: int) -> None:
    """Each payment ended once; what was spent is what the events say; nothing follows a failure."""
    sent = {one.payment_id: one for one in nodes.heard("alice", PaymentSent)}
    failed = {one.payment_id: one for one in nodes.heard("alice", PaymentFailed)}
    assert set(begun) == set(sent) | set(failed)
    assert len(begun) == len(nodes.heard("alice", PaymentSent)) + len(nodes.heard("alice", PaymentFailed))
    spent_msat = 0
    for payment_id, one in sent.items():
        order = begun[payment_id]
        arrived = [path.path for path in nodes.heard("alice", PaymentPathSuccessful) if path.payment_id == payment_id]
        assert (order.amount_msat, one.fee_paid_msat) == (
            sum(path.final_value_msat for path in arrived),
            sum(path.fee_msat for path in arrived),
        )
        assert one.amount_msat == order.amount_msat
        assert one.fee_paid_msat <= order.fee_limit_msat
        spent_msat += one.amount_msat + one.fee_paid_msat
    assert before_msat - spent_msat == nodes.balance_msat("alice")
    told = [one for name, one in nodes.log if name == "alice"]
    for one in failed.values():
        later = told[told.index(one) + 1 :]
        assert not any(getattr(after, "payment_id", None) == one.payment_id for after in later)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(nodes=worlds(), wishes=st.lists(orders, min_size=1, max_size=3), harms=troubles, is_payee_moody=st.booleans())
def test_whatever_happens_a_payment_ends_once_and_costs_what_was_said(nodes, wishes, harms, is_payee_moody) -> None:
    if is_payee_moody:
        fails_as_payee(nodes, "dave", code=FailureCode.MPP_TIMEOUT, times=2)
    for what in harms:
        trouble(nodes, what)
    nodes.turn()
    before_msat = nodes.balance_msat("alice")
    begun = begin(nodes, wishes)
    run(nodes, begun)

    check_ends(nodes, begun, before_msat)
    for name in MIDDLE:
        if name in nodes.ids:
            nodes.mend_line(name, "dave")
    nodes.run()
    nodes.check_rest()
    parts = max((len(payment.attempts) for payment in nodes["alice"].list_recent_payments()), default=0)
    event(f"{len(nodes.heard('alice', PaymentSent))} sent, {len(nodes.heard('alice', PaymentFailed))} failed")
    event(f"at most {parts} attempts, {len(nodes.heard('alice', PaymentPathFailed))} came back")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nodes=worlds(), wish=orders, claims=st.booleans(), restarts=st.booleans())
def test_what_the_payee_holds_is_neither_sent_nor_failed_until_it_says(nodes, wish, claims, restarts) -> None:
    nodes.hold("dave")
    before_msat = nodes.balance_msat("alice")
    begun = begin(nodes, [wish])
    nodes.run()
    for claimable in nodes.heard("dave", PaymentClaimable):
        assert [] == nodes.heard("alice", PaymentSent) + nodes.heard("alice", PaymentFailed)
        if restarts:
            nodes.restart_all()
            nodes.run()
        if claims:
            nodes["dave"].claim_funds(nodes["dave"].preimage_of(claimable.payment_hash))
        else:
            nodes["dave"].fail_htlc_backwards(claimable.payment_hash)
        nodes.run()
        check_what_is_out(nodes, begun)
        assert claims is bool(nodes.heard("alice", PaymentSent))
        event("claimed" if claims else "given back")
    nodes.wait(70_000)
    check_ends(nodes, begun, before_msat)
    nodes.check_rest()
