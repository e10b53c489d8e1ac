"""Is this payment done? The truth table, row by row."""

from __future__ import annotations

from itertools import product

import pytest

from payments.lightning.payment.status import PaymentStatus, payment_status, shown_status

YES_NO = (False, True)


def status(settled: bool, in_flight: bool, given_up: bool, tried: bool) -> PaymentStatus:
    return payment_status(settled=settled, in_flight=in_flight, given_up=given_up, tried=tried)


def test_it_works():
    assert PaymentStatus.SENDING is status(False, True, False, True)


@pytest.mark.parametrize(("in_flight", "given_up", "tried"), list(product(YES_NO, repeat=3)))
def test_a_preimage_is_payment_whatever_else_is_true(in_flight, given_up, tried):
    assert PaymentStatus.PAID is status(True, in_flight, given_up, tried)


@pytest.mark.parametrize("tried", YES_NO)
@pytest.mark.parametrize(("given_up", "expected"), [(False, PaymentStatus.SENDING), (True, PaymentStatus.STOPPING)])
def test_nobody_is_told_failed_while_an_htlc_could_still_be_claimed(given_up, tried, expected):
    assert expected is status(False, True, given_up, tried)


@pytest.mark.parametrize("tried", YES_NO)
def test_given_up_with_nothing_out_is_failed(tried):
    assert PaymentStatus.FAILED is status(False, False, True, tried)


@pytest.mark.parametrize(("tried", "expected"), [(True, PaymentStatus.SENDING), (False, PaymentStatus.CHECKING)])
def test_before_and_between_attempts(tried, expected):
    assert expected is status(False, False, False, tried)


def test_paid_and_failed_alone_are_final():
    assert {PaymentStatus.PAID, PaymentStatus.FAILED} == {one for one in PaymentStatus if one.is_final}


@pytest.mark.parametrize("now", list(PaymentStatus))
@pytest.mark.parametrize("waiting_s", [29, 30])
def test_what_is_out_for_long_is_held(now, waiting_s):
    is_held = waiting_s == 30 and now in {PaymentStatus.SENDING, PaymentStatus.STOPPING}

    assert (PaymentStatus.HELD if is_held else now) is shown_status(now, waiting_s=waiting_s, held_after_s=30)
