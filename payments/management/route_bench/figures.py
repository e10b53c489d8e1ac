"""What was measured, as values and as a table."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter_ns, thread_time_ns
from typing import TypeVar

import msgspec

T = TypeVar("T")
_TITLES = f"  {'':<38} {'asked':>5} {'found':>6} {'median':>9} {'p90':>9} {'p99':>9} {'CPU':>9} {'CPU p99':>9} {'no route':>9}"


class Timing(msgspec.Struct, frozen=True):
    """One question: how long its answer took, how much of that this thread worked, and whether it was a route."""

    spent_ms: float
    worked_ms: float
    is_found: bool


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """
    One search and one kind of question. Times are of questions that got a route, `no_route_ms` of the others; None where there were none.

    median_ms, p90_ms, p99_ms   by the clock on the wall, other work of the machine included
    cpu_ms, cpu_p99_ms          median and 99 of 100 of what the search itself worked: what a machine without other work would show
    """

    name: str
    asked: int
    found: int
    median_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    cpu_ms: float | None
    cpu_p99_ms: float | None
    no_route_ms: float | None

    @classmethod
    def of(cls, name: str, timings: Sequence[Timing]) -> Row:
        """The figures of these answers."""
        found_ms = sorted(timing.spent_ms for timing in timings if timing.is_found)
        lost_ms = [timing.spent_ms for timing in timings if not timing.is_found]
        worked_ms = sorted(timing.worked_ms for timing in timings if timing.is_found)
        return cls(
            name=name,
            asked=len(timings),
            found=len(found_ms),
            median_ms=statistics.median(found_ms) if found_ms else None,
            p90_ms=_quantile(found_ms, 90),
            p99_ms=_quantile(found_ms, 99),
            cpu_ms=statistics.median(worked_ms) if worked_ms else None,
            cpu_p99_ms=_quantile(worked_ms, 99),
            no_route_ms=statistics.median(lost_ms) if lost_ms else None,
        )


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs together: a heading, rows, and what has to be known to read them."""

    heading: str
    rows: tuple[Row, ...] = ()
    remarks: tuple[str, ...] = ()

    def in_words(self) -> str:
        """As a person reads it."""
        table = [_TITLES, *map(_line, self.rows)] if self.rows else []
        return "\n".join([self.heading, *table, *(f"  {remark}" for remark in self.remarks)])


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    map_name: str
    nodes: int
    channels: int
    sections: tuple[Section, ...]


def timed(work: Callable[[], T], is_found: Callable[[T], bool]) -> tuple[T, Timing]:
    """What came of one question, and its time."""
    worked_ns, started_ns = thread_time_ns(), perf_counter_ns()
    answer = work()
    spent_ns = perf_counter_ns() - started_ns
    return answer, Timing(spent_ns / 1e6, (thread_time_ns() - worked_ns) / 1e6, is_found(answer))


def times(slower: Sequence[Timing], faster: Sequence[Timing]) -> str:
    """How many times longer one takes than the other: the ratio of the medians over the questions to which both found a route."""
    both = [(slow, fast) for slow, fast in zip(slower, faster, strict=False) if slow.is_found and fast.is_found]
    if not both:
        return "never found a route where we did"
    spent, worked = (
        statistics.median(figure(slow) for slow, _ in both) / statistics.median(figure(fast) for _, fast in both)
        for figure in (_spent_ms, _worked_ms)
    )
    return f"takes {spent:,.0f} times as long as ours ({worked:,.0f} by CPU) where both found a route: {len(both)} questions"


def _spent_ms(timing: Timing) -> float:
    return timing.spent_ms


def _worked_ms(timing: Timing) -> float:
    return timing.worked_ms


def _quantile(sorted_ms: list[float], percent: int) -> float | None:
    return sorted_ms[min(len(sorted_ms) * percent // 100, len(sorted_ms) - 1)] if sorted_ms else None


def _line(row: Row) -> str:
    found = f"{row.found / row.asked:.0%}" if row.asked else "-"
    figures = (row.median_ms, row.p90_ms, row.p99_ms, row.cpu_ms, row.cpu_p99_ms, row.no_route_ms)
    return f"  {row.name:<38} {row.asked:>5} {found:>6} " + " ".join(f"{_ms(figure):>9}" for figure in figures)


def _ms(figure: float | None) -> str:
    """
    Three digits that mean something.

    >>> _ms(0.01234), _ms(12.345), _ms(1234.5), _ms(None)
    ('0.0123', '12.3', '1,234', '-')
    """
    if figure is None:
        return "-"
    if figure >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.3g}"
