"""Everything that an attempt taught is on its page, and what is out is not planned with again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from payments.lightning.events import LocalFailure, PaymentPathFailed
from payments.lightning.ids import format_scid
from payments.lightning.wire.failures import FailureCode
from payments.models import AttemptRecord
from payments.queries.payments import payment_page
from payments.queries.preview import preview_payment
from payments.queries.shapes import AttemptShape, HopState
from payments.services.pay_invoice import pay_invoice
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import (
    FEE_MSAT,
    ID,
    NEXT_SCID,
    OUR_SCID,
    PREIMAGE,
    RELAY,
    hash_of,
    make_invoice,
    path_failed,
    path_to_shop,
    started,
    tell,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _under_way() -> None:
    build()
    pay_invoice(make_invoice(), payment_id=ID)
    tell(started())


def shown() -> AttemptShape:
    page = payment_page(ID, None)
    assert page is not None
    return page.attempts[0]


def test_it_works() -> None:
    data = (1_001_100).to_bytes(8, "big") + b"\x00\x02\x01\x02"
    tell(
        PaymentPathFailed(
            payment_id=bytes.fromhex(ID),
            payment_hash=hash_of(PREIMAGE),
            attempt_number=1,
            path=path_to_shop(),
            payment_failed_permanently=False,
            failing_hop=0,
            failure_code=int(FailureCode.FEE_INSUFFICIENT),
            failure_data=data,
            short_channel_id=NEXT_SCID,
            hold_times_ms=(300,),
        )
    )
    attempt = shown()

    assert ("failed", "fee_insufficient", 0, data.hex()) == (
        attempt.state,
        attempt.failure_code,
        attempt.failing_hop,
        attempt.failure_data,
    )
    assert (format_scid(NEXT_SCID), (300,), "Relay") == (attempt.blamed_short_channel_id, attempt.hold_times_ms, attempt.failing_node)
    assert [HopState.PASSED, HopState.BROKEN] == [hop.state for hop in attempt.path.hops]


def test_what_our_own_channel_refused_says_so_by_name_and_breaks_at_the_first_channel() -> None:
    told = path_failed(code=None, failing_hop=None)
    tell(replace(told, short_channel_id=OUR_SCID, local_failure=LocalFailure.PEER_OFFLINE, hold_times_ms=()))
    attempt = shown()

    assert ("failed", "peer_offline", "") == (attempt.state, attempt.failure_code, attempt.failing_node)
    assert "This try did not leave. The node at the other end of our own channel is offline." == attempt.sentence
    assert [HopState.BROKEN, HopState.UNREACHED] == [hop.state for hop in attempt.path.hops]


def test_an_answer_that_nobody_can_read_is_still_called_garbled() -> None:
    tell(path_failed(code=None, failing_hop=None))

    assert "garbled" in shown().sentence


def test_one_that_is_on_its_way_has_taught_nothing_yet() -> None:
    attempt = shown()

    assert (None, "", "", ()) == (attempt.failing_hop, attempt.failure_data, attempt.blamed_short_channel_id, attempt.hold_times_ms)


def test_what_is_out_is_not_counted_on_again() -> None:
    """The relay's channel holds 1,000,000 sat; 995,000 are on their way over it."""
    assert preview_payment(make_invoice(6_000_000)).routes
    attempt = AttemptRecord.objects.get()
    attempt.path[-1]["amount_msat"] = 995_000_000
    attempt.save(update_fields=["path"])

    assert preview_payment(make_invoice(5_000_000)).routes
    assert "5,000 sat would get through" in preview_payment(make_invoice(5_000_001)).no_route
    attempt.state = AttemptRecord.State.FAILED
    attempt.save(update_fields=["state"])
    assert preview_payment(make_invoice(6_000_000)).routes


def test_the_figures_of_the_test_are_those_of_the_wallet() -> None:
    assert (RELAY.hex(), 1_000_000 + FEE_MSAT) == (shown().path.hops[0].node_id, shown().path.hops[0].amount_msat)
