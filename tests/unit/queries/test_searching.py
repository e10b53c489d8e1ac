"""What is known by the time that somebody has waited long enough, and what comes later."""

from __future__ import annotations

from threading import Event

import pytest

from payments.lightning.routing.errors import NoRoute, NoRouteReason
from payments.queries import searching
from payments.queries.plans import Plan
from payments.queries.searching import plan

LONG_S = 30
FIRST = Plan(no_route=NoRoute(reason=NoRouteReason.NO_PATH))
WHOLE = Plan(no_route=NoRoute(reason=NoRouteReason.FEE_LIMIT), is_whole=True)


class Search:
    """One that goes on when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = Event()
        self.has_ended = Event()

    def __call__(self, asked):
        self.begun.append(asked)
        return self._steps(asked)

    def _steps(self, asked):
        if asked == "broken":
            raise ZeroDivisionError
        yield FIRST
        assert self.may_end.wait(LONG_S)
        self.has_ended.set()
        yield WHOLE


@pytest.fixture
def search(monkeypatch):
    found = Search()
    monkeypatch.setattr(searching, "plans_for", found)
    monkeypatch.setattr(searching, "_kept", [])
    yield found
    found.may_end.set()


def known_in_the_end(asked: str) -> Plan:
    while (known := plan(asked, patience_s=0.01)) == Plan():
        pass
    return known


def test_after_the_time_that_somebody_has_what_is_known_is_the_answer(search) -> None:
    assert FIRST == known_in_the_end("slow")
    search.may_end.set()
    assert WHOLE == plan("slow")


def test_without_any_time_nothing_is_known_and_the_search_goes_on(search) -> None:
    assert not plan("slow", patience_s=0).is_whole
    search.may_end.set()
    assert search.has_ended.wait(LONG_S)


def test_who_has_time_gets_all(search) -> None:
    search.may_end.set()
    assert WHOLE == plan("slow", patience_s=LONG_S)


def test_the_same_question_is_searched_for_once(search) -> None:
    search.may_end.set()
    assert plan("slow") is plan("slow")
    assert ["slow"] == search.begun


def test_only_the_newest_questions_are_known_again(search) -> None:
    search.may_end.set()
    for number in range(searching._KEPT + 1):
        plan(f"question {number}")
    plan(f"question {searching._KEPT}")
    plan("question 0")
    assert [*(f"question {number}" for number in range(searching._KEPT + 1)), "question 0"] == search.begun


def test_long_searches_do_not_hold_up_what_another_would_be_sent_by(search) -> None:
    search.may_end.clear()
    first = [known_in_the_end(f"slow {number}") for number in range(searching._THREADS - 1)]
    assert [FIRST] * (searching._THREADS - 1) == first
    assert FIRST == known_in_the_end("another")


def test_what_goes_wrong_is_heard_by_whoever_asked_and_tried_again(search) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            plan("broken")
    assert ["broken", "broken"] == search.begun
