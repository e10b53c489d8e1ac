"""What a scorer is told of which event, and with which figures."""

from __future__ import annotations

import pytest

from payments.lightning.events import (
    Event,
    PaymentFailed,
    PaymentFailureReason,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    ProbeFailed,
    ProbeSuccessful,
)
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.learning import scored, teach
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.scoring.scorer import FixedPenaltyScorer, Score, ScoredHop
from tests.graphs import node, scid
from tests.network.nodes import Nodes, square
from tests.unit.lightning.payment.paths import HASH, WAY

NOW_S = 1_700_000_000
STEPS = (
    ScoredHop(short_channel_id=scid(1), source=node("alice"), target=node("bob"), amount_msat=1_002_000),
    ScoredHop(short_channel_id=scid(2), source=node("bob"), target=node("carol"), amount_msat=1_001_000),
    ScoredHop(short_channel_id=scid(3), source=node("carol"), target=node("dave"), amount_msat=1_000_000),
)
"""WAY as a scorer reads it."""


class RecordingScorer:
    """Fears nothing and writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def channel_penalty_msat(self, short_channel_id, *, source, target, usage) -> int:
        return 0

    def success_chance(self, short_channel_id, *, source, target, usage) -> None:
        """No opinion."""

    def payment_path_failed(self, path, short_channel_id, *, now_s, lacks_balance=True) -> None:
        self.heard.append(("payment_path_failed", path, short_channel_id, lacks_balance, now_s))

    def payment_path_successful(self, path, *, now_s) -> None:
        self.heard.append(("payment_path_successful", path, now_s))

    def probe_failed(self, path, short_channel_id, *, now_s, lacks_balance=True) -> None:
        self.heard.append(("probe_failed", path, short_channel_id, lacks_balance, now_s))

    def probe_successful(self, path, *, now_s) -> None:
        self.heard.append(("probe_successful", path, now_s))

    def time_passed(self, *, now_s) -> None:
        self.heard.append(("time_passed", now_s))


def path_failed(*, blamed: int | None, hop: int | None, is_permanent: bool = False, code: int | None = 0x1007) -> PaymentPathFailed:
    return PaymentPathFailed(
        payment_id=bytes(32),
        payment_hash=HASH,
        attempt_number=1,
        path=WAY,
        payment_failed_permanently=is_permanent,
        failing_hop=hop,
        failure_code=code,
        failure_data=b"",
        short_channel_id=None if blamed is None else scid(blamed),
    )


def probe_failed(blamed: int | None) -> ProbeFailed:
    channel = None if blamed is None else scid(blamed)
    return ProbeFailed(payment_id=bytes(32), payment_hash=HASH, path=WAY, failing_hop=0, failure_code=0x1007, short_channel_id=channel)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            PaymentPathSuccessful(payment_id=bytes(32), payment_hash=HASH, attempt_number=1, path=WAY),
            [("payment_path_successful", STEPS, NOW_S)],
        ),
        (path_failed(blamed=2, hop=0), [("payment_path_failed", STEPS, scid(2), True, NOW_S)]),
        (path_failed(blamed=3, hop=2), [("payment_path_failed", STEPS, scid(3), True, NOW_S)]),
        (path_failed(blamed=None, hop=2, is_permanent=True), [("probe_successful", STEPS, NOW_S)]),
        (path_failed(blamed=None, hop=2), [("probe_successful", STEPS, NOW_S)]),
        (path_failed(blamed=None, hop=None), []),
        (ProbeSuccessful(payment_id=bytes(32), payment_hash=HASH, path=WAY), [("probe_successful", STEPS, NOW_S)]),
        (probe_failed(2), [("probe_failed", STEPS, scid(2), True, NOW_S)]),
        (path_failed(blamed=2, hop=0, code=0x100C), [("payment_path_failed", STEPS, scid(2), False, NOW_S)]),
        (path_failed(blamed=2, hop=0, code=None), [("payment_path_failed", STEPS, scid(2), False, NOW_S)]),
        (probe_failed(None), []),
        (PaymentPathStarted(payment_id=bytes(32), payment_hash=HASH, attempt_number=1, path=WAY, session_key_hash=bytes(32)), []),
        (PaymentFailed(payment_id=bytes(32), payment_hash=HASH, reason=PaymentFailureReason.ROUTE_NOT_FOUND), []),
    ],
)
def test_each_event_teaches_what_it_shows_and_no_more(event: Event, expected: list[tuple[object, ...]]) -> None:
    scorer = RecordingScorer()
    teach(scorer, event, payer=node("alice"), now_s=NOW_S)

    assert expected == scorer.heard


def test_a_path_is_read_from_us_to_the_payee() -> None:
    assert STEPS == scored(WAY, payer=node("alice"))


def test_the_scorer_without_knowledge_learns_nothing() -> None:
    scorer: Score = FixedPenaltyScorer()
    for event in (path_failed(blamed=2, hop=0), probe_failed(2)):
        teach(scorer, event, payer=node("alice"), now_s=NOW_S)
    scorer.time_passed(now_s=NOW_S)

    assert FixedPenaltyScorer() == scorer


# -- with real nodes


@pytest.fixture
def taught() -> tuple[Nodes, RecordingScorer]:
    nodes, scorer = square(), RecordingScorer()
    nodes["alice"].scorer = scorer
    return nodes, scorer


def test_a_payment_that_goes_round_teaches_both_ways(taught) -> None:
    nodes, scorer = taught
    nodes.break_line("bob", "dave")
    nodes.pay("alice", to="dave", amount_msat=5_000_000)

    (failed, _, blamed, _, _), (arrived, steps, _) = [heard for heard in scorer.heard if heard[0] != "time_passed"]
    assert ("payment_path_failed", nodes.scid("bob", "dave"), "payment_path_successful") == (failed, blamed, arrived)
    assert [nodes.ids["alice"], nodes.ids["carol"]] == [step.source for step in steps]
    assert 5_000_000 == steps[-1].amount_msat


def test_a_probe_teaches_and_the_timer_ages(taught) -> None:
    nodes, scorer = taught
    nodes["alice"].send_preflight_probes(RouteParameters.from_invoice(decode(nodes.invoice("dave", 5_000_000))))
    nodes.wait(10_000)

    assert {"probe_successful", "time_passed"} == {heard[0] for heard in scorer.heard}
    assert nodes.now_ms // 1_000 >= max(heard[-1] for heard in scorer.heard)


def test_the_way_after_a_failure_is_chosen_with_its_lesson(taught) -> None:
    nodes, scorer = taught
    nodes.break_line("bob", "dave")
    nodes.pay("alice", to="dave", amount_msat=5_000_000)

    kinds = [heard[0] for heard in scorer.heard]
    assert "time_passed" == kinds[kinds.index("payment_path_failed") + 1], "asked for the next way only after it was taught"
