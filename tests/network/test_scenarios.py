"""
One story for each fault of the sandbox: from what the page says, back to BOLT 4's code, back to the node that really misbehaved.

Nothing here is scripted: every node runs the engine, and what alice hears she decodes from her own onions.
"""

from __future__ import annotations

import pytest

from payments.lightning.events import (
    ChannelClosed,
    PaymentFailed,
    PaymentFailureReason,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
)
from payments.lightning.payment.outbound import RetryableSendFailure
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.wire.failures import FailureCode
from payments.queries.wording import sentence_for_failure
from payments.sandbox.faults import (
    DearFee,
    Depleted,
    Disabled,
    ForgetsInvoices,
    GarblesFailures,
    GarblesOnions,
    Holds,
    Kind,
    Offline,
    PassesOnLess,
    Personality,
    Refuses,
    ShortInvoices,
    StaleFee,
)
from tests.network.mischievous import MischievousNodes, one_way, two_ways

AMOUNT_MSAT = 20_000_000
BACK = "This try came back. "


def heard(nodes: MischievousNodes) -> list[tuple[int | None, int | None, str]]:
    """What alice heard of her failed attempts: code, failing hop, and what the page says."""
    failed = nodes.heard("alice", PaymentPathFailed)
    return [(each.failure_code, each.failing_hop, sentence_for_failure(each.failure_code)) for each in failed]


def attempts(nodes: MischievousNodes) -> int:
    return len(nodes.heard("alice", PaymentPathStarted))


def test_without_faults_the_short_way_is_taken():
    nodes = two_ways()
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert (2, 1) == (len(nodes.expect("alice", PaymentPathStarted).path.hops), attempts(nodes))
    nodes.check_rest()


def test_a_depleted_channel_makes_the_second_try_the_one_that_pays():
    nodes = two_ways()
    nodes.set(Depleted(node="bob", peer="dave"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert [(FailureCode.TEMPORARY_CHANNEL_FAILURE, 0, BACK + "A channel on the way could not carry this amount just now.")] == heard(nodes)
    assert nodes.expect("alice", PaymentSent)
    assert 2 == attempts(nodes)
    nodes.check_rest()


def test_what_was_drained_comes_back_when_the_fault_is_cleared():
    nodes = two_ways()
    before_msat = nodes.balance_msat("bob")
    nodes.set(Depleted(node="bob", peer="dave"))
    assert nodes.balance_msat("bob") < before_msat - 400_000_000
    nodes.clear()

    assert before_msat == nodes.balance_msat("bob")
    nodes.check_rest()


def test_what_was_drained_comes_back_as_soon_as_the_lines_are_there_again():
    nodes = two_ways(latency_ms=10)
    before_msat = nodes.balance_msat("bob")
    nodes.set(Depleted(node="bob", peer="dave"), Offline(node="dave"))
    nodes.restart_all()
    nodes.clear()
    nodes.wait(1_000)

    assert before_msat == nodes.balance_msat("bob")
    assert nodes.mischief is not None
    assert ({}, {}) == (nodes.mischief.state.drained_msat, nodes.mischief.state.owed_msat)
    nodes.check_rest()


def test_what_is_drained_again_at_once_is_not_paid_to_and_fro():
    nodes = two_ways()
    nodes.set(Depleted(node="bob", peer="dave"))
    assert nodes.mischief is not None
    drained_msat, told = nodes.mischief.state.drained_msat, len(nodes.log)
    nodes.mischief.clear()
    nodes.set(Depleted(node="bob", peer="dave"))

    assert (drained_msat, told) == (nodes.mischief.state.drained_msat, len(nodes.log))


def test_a_depleted_channel_stays_so_after_money_came_in():
    nodes = one_way()
    nodes.set(Depleted(node="carol", peer="dave"))
    nodes.pay("dave", to="carol", amount_msat=AMOUNT_MSAT)
    nodes.wait(5_000)
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert [FailureCode.TEMPORARY_CHANNEL_FAILURE] == [code for code, _, _ in heard(nodes)]


def test_without_another_way_there_is_no_way_left():
    nodes = one_way()
    nodes.set(Depleted(node="carol", peer="dave"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert PaymentFailureReason.ROUTE_NOT_FOUND is nodes.expect("alice", PaymentFailed).reason
    nodes.check_rest()


def test_a_fee_that_nobody_was_told_of_is_found_out():
    nodes = two_ways()
    nodes.set(StaleFee(node="bob"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert [(FailureCode.FEE_INSUFFICIENT, 0, BACK + "A node on the way asks for a higher fee than it announced.")] == heard(nodes)
    assert nodes.expect("alice", PaymentSent)


def test_a_fee_that_everybody_was_told_of_is_avoided_or_too_dear():
    nodes = two_ways()
    nodes.set(DearFee(node="bob"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)
    assert ([], 3) == (heard(nodes), len(nodes.expect("alice", PaymentPathStarted).path.hops))

    nodes.set(DearFee(node="erin"))
    begun = nodes.begin("alice", nodes.invoice("dave", AMOUNT_MSAT))
    assert RetryableSendFailure.ROUTE_NOT_FOUND is begun
    assert isinstance(nodes.begin("alice", nodes.invoice("dave", AMOUNT_MSAT), fee_limit_msat=10 * AMOUNT_MSAT), bytes)


def test_a_channel_that_is_switched_off_is_on_no_route():
    nodes = two_ways()
    nodes.set(Disabled(node="bob", peer="dave"))
    policy = nodes.graph.policy(nodes.scid("bob", "dave"), source=nodes.ids["bob"])
    assert policy is not None
    assert policy.is_disabled
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)
    assert ([], 1) == (heard(nodes), attempts(nodes))

    nodes.clear()
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)
    assert [3, 2] == [len(started.path.hops) for started in nodes.heard("alice", PaymentPathStarted)]


def test_a_channel_that_is_switched_off_behind_everybodys_back_says_so():
    nodes = two_ways()
    nodes.set(Disabled(node="bob", peer="dave", is_told=False))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert [(FailureCode.CHANNEL_DISABLED, 0, BACK + "A channel on the way is switched off by its owner.")] == heard(nodes)
    assert nodes.expect("alice", PaymentSent)


def test_a_node_that_is_offline_is_gone_round_and_comes_back():
    nodes = two_ways()
    nodes.set(Offline(node="dave"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT, max_attempts=6)
    assert {FailureCode.TEMPORARY_CHANNEL_FAILURE} == {code for code, _, _ in heard(nodes)}
    sent_msat = [started.path.final_value_msat for started in nodes.heard("alice", PaymentPathStarted)]
    assert [AMOUNT_MSAT, AMOUNT_MSAT] == sent_msat[:2], "each way with the whole"
    assert all(amount_msat < AMOUNT_MSAT for amount_msat in sent_msat[2:]), "and then in parts, as long as they are less"
    assert nodes.expect("alice", PaymentFailed)

    nodes.restart_all()
    assert not nodes["bob"].is_connected(nodes.ids["dave"])
    nodes.clear()
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)
    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_a_hop_holds_the_money_and_then_the_truth_comes_out():
    nodes = one_way(latency_ms=10)
    nodes.set(Holds(node="bob", hold_ms=45_000))
    nodes.begin("alice", nodes.invoice("dave", AMOUNT_MSAT), payment_id=bytes(32))
    nodes.run()
    assert PaymentStatus.SENDING is nodes.payment("alice", bytes(32)).status
    nodes.wait(44_000)
    assert [] == nodes.heard("alice", PaymentSent) + nodes.heard("alice", PaymentFailed)
    assert 0 < nodes.network.next_due_ms - nodes.now_ms <= 1_000
    nodes.wait(1_000)

    assert nodes.expect("alice", PaymentSent)
    hold_times_ms = nodes.expect("alice", PaymentPathSuccessful).hold_times_ms
    assert 45_000 <= hold_times_ms[0] < 46_000
    assert max(hold_times_ms[1:]) < 1_000
    nodes.check_rest()


@pytest.mark.parametrize("holder", ["bob", "dave"])
def test_what_is_held_is_held_on_after_a_restart_of_everybody(holder: str):
    nodes = one_way()
    nodes.set(Holds(node=holder, hold_ms=30_000))
    nodes.begin("alice", nodes.invoice("dave", AMOUNT_MSAT), payment_id=bytes(32))
    nodes.run()
    nodes.restart_all()
    nodes.wait(29_000)
    assert PaymentStatus.SENDING is nodes.payment("alice", bytes(32)).status
    nodes.wait(1_000)

    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_what_is_held_goes_on_when_the_fault_is_cleared():
    nodes = one_way()
    nodes.set(Holds(node="carol", hold_ms=None))
    nodes.begin("alice", nodes.invoice("dave", AMOUNT_MSAT), payment_id=bytes(32))
    nodes.run()
    nodes.wait(300_000)
    assert PaymentStatus.SENDING is nodes.payment("alice", bytes(32)).status
    nodes.clear()

    assert nodes.expect("alice", PaymentSent)
    nodes.check_rest()


def test_what_is_held_past_its_deadline_goes_to_the_chain():
    nodes = one_way()
    nodes.set(Holds(node="carol", hold_ms=None))
    nodes.begin("alice", nodes.invoice("dave", AMOUNT_MSAT), payment_id=bytes(32))
    nodes.run()
    assert nodes.mischief is not None
    nodes.mischief.owe_blocks(300)
    while nodes.mischief.state.blocks_owed:
        nodes.turn()
        nodes.run()

    assert "htlc_deadline_passed" == nodes.expect("bob", ChannelClosed).reason
    assert [FailureCode.PERMANENT_CHANNEL_FAILURE] == [code for code, _, _ in heard(nodes)]
    assert nodes.expect("alice", PaymentFailed)


def test_a_payee_that_refuses_is_not_asked_again():
    nodes = two_ways()
    nodes.set(Refuses(node="dave"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    [(code, hop, sentence)] = heard(nodes)
    assert (FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, 1) == (code, hop)
    assert sentence.startswith(BACK + "The recipient refused:")
    assert PaymentFailureReason.RECIPIENT_REJECTED is nodes.expect("alice", PaymentFailed).reason
    nodes.check_rest()


def test_a_forgotten_invoice_is_an_unknown_hash():
    nodes = two_ways()
    nodes.set(ForgetsInvoices(node="dave"))
    invoice = nodes.shop_invoice("dave", AMOUNT_MSAT)
    nodes.begin("alice", invoice)
    nodes.run()

    assert [(FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS, 1)] == [(code, hop) for code, hop, _ in heard(nodes)]
    assert PaymentFailureReason.RECIPIENT_REJECTED is nodes.expect("alice", PaymentFailed).reason


def test_an_invoice_that_runs_out_on_the_way_is_refused_by_the_payee():
    nodes = two_ways()
    nodes.set(ShortInvoices(node="dave", expiry_s=5), Holds(node="bob", hold_ms=6_000))
    nodes.begin("alice", nodes.shop_invoice("dave", AMOUNT_MSAT))
    nodes.run()
    nodes.wait(6_000)

    assert [FailureCode.INCORRECT_OR_UNKNOWN_PAYMENT_DETAILS] == [code for code, _, _ in heard(nodes)]


def test_an_invoice_that_ran_out_is_not_even_begun():
    nodes = two_ways()
    nodes.set(ShortInvoices(node="dave"))
    invoice = nodes.shop_invoice("dave", AMOUNT_MSAT)
    nodes.wait(1_000)

    assert RetryableSendFailure.PAYMENT_EXPIRED is nodes.begin("alice", invoice)


@pytest.mark.parametrize(
    ("thief", "code", "hop"), [("carol", FailureCode.FINAL_INCORRECT_HTLC_AMOUNT, 2), ("bob", FailureCode.FEE_INSUFFICIENT, 1)]
)
def test_a_node_that_passes_on_less_is_found_out_by_the_next(thief: str, code: int, hop: int):
    nodes = one_way()
    nodes.set(PassesOnLess(node=thief))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert [(code, hop)] == [(each, place) for each, place, _ in heard(nodes)]
    assert nodes.expect("alice", PaymentFailed)
    nodes.check_rest()


def test_a_spoilt_onion_is_reported_by_the_node_that_spoilt_it():
    nodes = two_ways()
    nodes.set(GarblesOnions(node="bob"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    [(code, hop, sentence)] = heard(nodes)
    assert (FailureCode.INVALID_ONION_HMAC, 0) == (code, hop)
    assert sentence.startswith(BACK + "A node could not read the instructions")
    assert nodes.expect("alice", PaymentSent)


def test_a_spoilt_answer_says_nothing_and_blames_the_pair_where_it_was_spoilt():
    nodes = one_way()
    nodes.set(GarblesFailures(node="bob"), Depleted(node="carol", peer="dave"))
    nodes.pay("alice", to="dave", amount_msat=AMOUNT_MSAT)

    assert [(None, None, BACK + "The reply was garbled, so nobody can say which node failed.")] == heard(nodes)
    assert nodes.scid("bob", "carol") == nodes.expect("alice", PaymentPathFailed).short_channel_id
    assert nodes.expect("alice", PaymentFailed)
    nodes.check_rest()


def test_a_personality_asks_and_tells_and_takes_its_time():
    nodes = two_ways()
    nodes.set(Personality(node="bob", kind=Kind.TOR))
    nodes.begin("alice", nodes.invoice("dave", AMOUNT_MSAT), payment_id=bytes(32))
    nodes.run()
    assert 80 == nodes.expect("alice", PaymentPathStarted).path.hops[0].cltv_expiry_delta
    assert PaymentStatus.SENDING is nodes.payment("alice", bytes(32)).status
    nodes.wait(1_500)

    assert 1_000 == nodes.expect("alice", PaymentSent).fee_paid_msat
    assert 1_500 == nodes.expect("alice", PaymentPathSuccessful).hold_times_ms[0]


def test_blocks_come_as_fast_as_the_wires_allow():
    nodes = one_way(latency_ms=10)
    nodes.set()
    height = nodes.network.chain.height
    assert nodes.mischief is not None
    nodes.mischief.owe_blocks(12)
    for _ in range(12):
        assert nodes.now_ms == nodes.mischief.next_due_ms
        nodes.turn()

    assert (height + 12, 0) == (nodes.network.chain.height, nodes.mischief.state.blocks_owed)
    nodes.check_rest()
