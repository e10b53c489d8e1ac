"""What must happen from time to time happens once when it is due, however late."""

from __future__ import annotations

from payments.lightning.background import TIMER_TICK_MS, BackgroundProcessor


class Ticking:
    """Counts its ticks."""

    def __init__(self) -> None:
        self.ticks = 0

    def timer_tick_occurred(self) -> None:
        self.ticks += 1


def test_it_works():
    nodes = [Ticking(), Ticking()]
    background = BackgroundProcessor(nodes, now_ms=1_000)

    assert 1_000 + TIMER_TICK_MS == background.next_due_ms
    assert not background.tick(1_000 + TIMER_TICK_MS - 1)
    assert background.tick(1_000 + TIMER_TICK_MS)
    assert [1, 1] == [node.ticks for node in nodes]
    assert not background.tick(1_000 + TIMER_TICK_MS)


def test_missed_ticks_are_made_up_once():
    node = Ticking()
    background = BackgroundProcessor([node], now_ms=0)
    background.tick(100 * TIMER_TICK_MS)

    assert 1 == node.ticks
    assert 101 * TIMER_TICK_MS == background.next_due_ms
