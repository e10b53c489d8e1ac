"""One payment of ours as a value: budgets are shared, a preimage is final, what is out decides what may be said."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.events import PaymentFailureReason
from payments.lightning.payment.outbound import AttemptState, OutboundPayment, Retry, unknown_required_features
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.payment.verdict import Verdict
from payments.lightning.routing.parameters import FailedAmount
from tests.graphs import scid
from tests.unit.lightning.payment.paths import PREIMAGE, SESSION_KEY, WAY, path, payment


def lesson(*, channel: int | None = 2, is_permanent: bool = False) -> Verdict:
    return Verdict(
        failing_hop=1,
        failure_code=0x1007,
        failure_data=b"",
        short_channel_id=None if channel is None else scid(channel),
        is_permanent=is_permanent,
    )


def test_it_works():
    started = payment().with_attempt(WAY, SESSION_KEY)

    assert (1, WAY, AttemptState.IN_FLIGHT) == (started.attempts[0].number, started.attempts[0].path, started.attempts[0].state)
    assert (0, 2_000, PaymentStatus.SENDING) == (started.missing_msat, started.fee_committed_msat, started.status)
    assert PaymentStatus.PAID is started.with_preimage(PREIMAGE).status


def test_nothing_tried_yet_is_checking():
    assert (PaymentStatus.CHECKING, 1_000_000) == (payment().status, payment().missing_msat)


def test_a_failed_attempt_gives_back_its_amount_and_its_fee_and_is_learnt_from():
    failed = payment().with_attempt(WAY, SESSION_KEY).failed(1, lesson())

    assert (1_000_000, 0, PaymentStatus.SENDING) == (failed.missing_msat, failed.fee_committed_msat, failed.status)
    assert frozenset({scid(2)}) == failed.params.payment_params.previously_failed_channels
    assert failed.may_retry(0)


def test_what_is_left_of_the_budget_is_what_is_asked_for_next():
    half = path("bob", "carol", "dave", amount_msat=400_000)
    left = payment().with_attempt(half, SESSION_KEY).remaining_params()

    assert (600_000, 8_000) == (left.final_value_msat, left.max_total_routing_fee_msat)


def test_no_attempt_costs_more_than_the_limit():
    with pytest.raises(AssertionError):
        payment(fee_limit_msat=1_999).with_attempt(WAY, SESSION_KEY)


def test_no_more_is_sent_than_is_owed():
    with pytest.raises(AssertionError):
        payment().with_attempt(WAY, SESSION_KEY).with_attempt(WAY, SESSION_KEY)


def test_a_preimage_is_checked():
    with pytest.raises(AssertionError):
        payment().with_preimage(bytes(32))


@pytest.mark.parametrize(("tried", "now_ms", "expected"), [(2, 59_999, True), (3, 0, False), (1, 60_000, False)])
def test_attempts_and_time_are_limited(tried, now_ms, expected):
    one = payment()
    for number in range(1, tried + 1):
        one = one.with_attempt(WAY, SESSION_KEY).failed(number, lesson())

    assert expected is one.may_retry(now_ms)


def test_the_parts_of_one_route_are_one_try():
    half = path("bob", "carol", "dave", amount_msat=500_000)
    one = payment(max_attempts=2).with_attempt(half, SESSION_KEY).with_attempt(half, b"\x02" * 32, is_new_route=False)
    assert (1, 2, 0) == (one.routes_tried, len(one.in_flight), one.missing_msat)
    back = one.failed(1, lesson()).failed(2, lesson())

    assert back.may_retry(0)
    assert not back.with_attempt(WAY, SESSION_KEY).failed(3, lesson()).may_retry(0)


@pytest.mark.parametrize(
    ("retry", "routes_tried", "now_ms", "expected"),
    [
        (Retry(max_attempts=2), 1, 1 << 60, True),
        (Retry(max_attempts=2), 2, 0, False),
        (Retry(until_ms=60_000), 1_000, 59_999, True),
        (Retry(until_ms=60_000), 1, 60_000, False),
        (Retry(max_attempts=2, until_ms=60_000), 2, 0, False),
        (Retry(max_attempts=2, until_ms=60_000), 1, 60_000, False),
    ],
)
def test_routes_or_time_or_both_are_limited(retry, routes_tried, now_ms, expected):
    assert expected is retry.allows(routes_tried=routes_tried, now_ms=now_ms)


def test_something_ends_every_payment():
    with pytest.raises(ValueError):
        Retry()


def test_nothing_is_tried_once_the_invoice_has_run_out():
    one = msgspec.structs.replace(payment(), expires_at_s=30).with_attempt(WAY, SESSION_KEY).failed(1, lesson())

    assert [True, False] == [one.may_retry(now_ms) for now_ms in (29_999, 30_000)]
    assert (one.owes_route(), True, False) == (True, one.is_expired(30_000), payment().is_expired(1 << 60))


def test_no_path_ends_elsewhere_or_uses_a_channel_twice():
    with pytest.raises(AssertionError):
        payment().with_attempt(path("bob", "carol"), SESSION_KEY)
    with pytest.raises(AssertionError):
        payment().with_attempt(msgspec.structs.replace(WAY, hops=(WAY.hops[0], *WAY.hops)), SESSION_KEY)


def test_a_no_that_comes_after_the_proof_is_no_reason_for_anything():
    paid = payment().with_attempt(WAY, SESSION_KEY).with_preimage(PREIMAGE).failed(1, lesson(channel=None, is_permanent=True))

    assert (PaymentStatus.PAID, None) == (paid.status, paid.failure_reason)


def test_demands_that_we_do_not_know_are_found():
    assert frozenset({100}) == unknown_required_features(frozenset({8, 14, 17, 48, 100, 101}))


def test_nothing_is_tried_again_when_paid_given_up_or_all_on_its_way():
    started = payment().with_attempt(WAY, SESSION_KEY)

    assert not started.may_retry(0)
    assert not started.failed(1, lesson()).giving_up(PaymentFailureReason.USER_ABANDONED).may_retry(0)
    assert not started.with_preimage(PREIMAGE).failed(1, lesson()).may_retry(0)


def test_the_payees_no_is_the_end():
    refused = payment().with_attempt(WAY, SESSION_KEY).failed(1, lesson(channel=None, is_permanent=True))

    assert (PaymentFailureReason.RECIPIENT_REJECTED, PaymentStatus.FAILED) == (refused.failure_reason, refused.status)


def test_the_first_reason_stays():
    given_up = payment().giving_up(PaymentFailureReason.USER_ABANDONED).giving_up(PaymentFailureReason.ROUTE_NOT_FOUND)

    assert PaymentFailureReason.USER_ABANDONED is given_up.failure_reason


def test_given_up_with_something_out_is_stopping_and_may_still_be_paid():
    stopping = payment().with_attempt(WAY, SESSION_KEY).giving_up(PaymentFailureReason.USER_ABANDONED)

    assert PaymentStatus.STOPPING is stopping.status
    assert PaymentStatus.PAID is stopping.with_preimage(PREIMAGE).status


def test_an_ended_attempt_changes_no_other():
    half = path("bob", "carol", "dave", amount_msat=500_000)
    both = payment().with_attempt(half, SESSION_KEY).with_attempt(half, b"\x02" * 32).ended(1, AttemptState.SUCCEEDED)

    assert [AttemptState.SUCCEEDED, AttemptState.IN_FLIGHT] == [attempt.state for attempt in both.attempts]
    assert (2,) == tuple(attempt.number for attempt in both.in_flight)
    assert 4_000 == both.fee_committed_msat


def test_it_is_stored_as_it_is():
    one = payment().with_attempt(WAY, SESSION_KEY).failed(1, lesson()).with_attempt(WAY, b"\x02" * 32).with_preimage(PREIMAGE)

    assert one == msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=OutboundPayment)


def test_a_channel_that_had_too_little_is_remembered_with_the_amount_and_one_that_is_gone_is_not():
    started = payment().with_attempt(WAY, SESSION_KEY)
    too_little = started.failed(1, lesson()).params.payment_params
    gone = started.failed(1, msgspec.structs.replace(lesson(), failure_code=0x400A)).params.payment_params

    failed = FailedAmount(short_channel_id=scid(2), source=WAY.hops[0].node_id, amount_msat=WAY.amount_at(1))
    assert (failed,) == too_little.failed_amounts
    assert () == gone.failed_amounts
    assert too_little.previously_failed_channels == gone.previously_failed_channels


def test_a_channel_that_failed_for_good_never_comes_back_whatever_it_lacked_before_or_after():
    half = path("bob", "carol", "dave", amount_msat=500_000)
    started = payment().with_attempt(half, SESSION_KEY).with_attempt(half, b"\x02" * 32)
    gone = msgspec.structs.replace(lesson(), failure_code=0x4008)
    for lessons in ((lesson(), gone), (gone, lesson())):
        after = started
        for number, one in enumerate(lessons, start=1):
            after = after.failed(number, one)
        assert () == after.params.payment_params.failed_amounts
        assert frozenset({scid(2)}) == after.params.payment_params.previously_failed_channels


def test_what_a_channel_could_not_carry_is_all_that_we_had_on_it():
    half = path("bob", "carol", "dave", amount_msat=500_000)
    started = payment().with_attempt(half, SESSION_KEY).with_attempt(half, b"\x02" * 32)
    both, one = [started.failed(number, lesson()) for number in (1, 2)], started.ended(1, AttemptState.FAILED).failed(2, lesson())

    assert [2 * half.amount_at(1)] * 2 == [after.params.payment_params.failed_amounts[0].amount_msat for after in both]
    assert half.amount_at(1) == one.params.payment_params.failed_amounts[0].amount_msat


def test_a_node_that_fails_as_a_whole_takes_no_part_any_more():
    bob = WAY.hops[0].node_id
    failed = payment().with_attempt(WAY, SESSION_KEY).failed(1, msgspec.structs.replace(lesson(channel=1), node_id=bob))

    assert frozenset({bob}) == failed.params.payment_params.excluded_nodes
    assert failed == msgspec.msgpack.decode(msgspec.msgpack.encode(failed), type=OutboundPayment)
