from __future__ import annotations

import pytest

from payments.lightning.events import LocalFailure, PaymentFailureReason
from payments.lightning.payment.status import PaymentStatus
from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.lightning.wire.failures import FailureCode
from payments.queries.wording import failure_name, sentence_for_failure, sentence_for_local_failure, sentence_for_no_route, words_for


@pytest.mark.parametrize("code", [*FailureCode, 0x2063, None])
def test_every_failure_says_that_this_try_came_back_and_never_that_no_money_left(code: int | None) -> None:
    sentence = sentence_for_failure(code)
    assert sentence.startswith("This try came back.")
    assert "No money" not in sentence


@pytest.mark.parametrize("reason", LocalFailure)
def test_what_failed_on_our_own_side_is_never_called_garbled_or_blamed_on_a_node_on_the_way(reason: LocalFailure) -> None:
    sentence = sentence_for_local_failure(reason)
    assert sentence.startswith("This try came back." if reason is LocalFailure.ON_CHAIN else "This try did not leave.")
    assert sentence.endswith(".")
    assert "ur own channel" in sentence
    assert "garbled" not in sentence
    assert len(LocalFailure) == len({sentence_for_local_failure(each) for each in LocalFailure})


def test_every_code_of_the_specification_has_words_of_its_own() -> None:
    assert not [code for code in FailureCode if "does not know" in sentence_for_failure(code)]
    assert [code.bolt_name for code in FailureCode] == [failure_name(code) for code in FailureCode]


@pytest.mark.parametrize("status", PaymentStatus)
def test_no_money_left_is_said_of_failed_payments_only(status: PaymentStatus) -> None:
    says_so = words_for(status, reason=PaymentFailureReason.ROUTE_NOT_FOUND).headline == "No money left your account."
    assert (status is PaymentStatus.FAILED) == says_so


@pytest.mark.parametrize("reason", PaymentFailureReason)
def test_every_reason_is_explained(reason: PaymentFailureReason) -> None:
    assert words_for(PaymentStatus.FAILED, reason=reason).explanation.endswith(".")


@pytest.mark.parametrize("reason", NoRouteReason)
@pytest.mark.parametrize("amount_msat", [None, 5_000])
def test_every_missing_route_is_explained(reason: NoRouteReason, amount_msat: int | None) -> None:
    sentence = sentence_for_no_route(NoRoute(reason=reason, needed_fee_msat=amount_msat, largest_amount_msat=amount_msat))
    assert sentence.endswith(".")
    assert "None" not in sentence


@pytest.mark.parametrize("reason", [NoRouteReason.OWN_BALANCE, NoRouteReason.NO_PATH])
def test_where_the_search_for_the_largest_amount_was_cut_short_it_is_said(reason: NoRouteReason) -> None:
    exact, at_least = (
        sentence_for_no_route(NoRoute(reason=reason, largest_amount_msat=5_000, is_cut_short=is_cut_short))
        for is_cut_short in (False, True)
    )
    assert "5 sat or more" in at_least
    assert "or more" not in exact
