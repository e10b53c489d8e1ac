from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from payments.nodes.doorbell import Bell, ring

LONG_S = 30
"""Longer than any test may take: a wait that needs this long has failed."""


def test_it_works(tmp_path):
    with Bell(tmp_path, "engine") as bell:
        ring(tmp_path, "engine")

        assert bell.wait(LONG_S)


def test_a_ring_wakes_a_sleeping_thread(tmp_path):
    answers = []
    with Bell(tmp_path, "engine") as bell:
        sleeper = threading.Thread(target=lambda: answers.append(bell.wait(LONG_S)))
        sleeper.start()
        ring(tmp_path, "engine")
        sleeper.join()

    assert [True] == answers


async def test_a_ring_wakes_a_sleeping_coroutine(tmp_path):
    with Bell(tmp_path, "web") as bell:
        sleeper = asyncio.create_task(bell.wait_async(LONG_S))
        await asyncio.sleep(0)
        ring(tmp_path, "web")

        assert await sleeper


async def test_without_a_ring_the_time_runs_out(tmp_path):
    with Bell(tmp_path, "web") as bell:
        assert not bell.wait(0)
        assert not await bell.wait_async(0.01)


async def test_a_cancelled_wait_leaves_the_ring_to_the_next(tmp_path):
    with Bell(tmp_path, "web") as bell:
        sleeper = asyncio.create_task(bell.wait_async(LONG_S))
        await asyncio.sleep(0)
        sleeper.cancel()
        await asyncio.gather(sleeper, return_exceptions=True)
        ring(tmp_path, "web")

        assert await bell.wait_async(LONG_S)


def test_rings_before_the_wait_are_one_ring(tmp_path):
    with Bell(tmp_path, "engine") as bell:
        for _ in range(3):
            ring(tmp_path, "engine")

        assert bell.wait(0)
        assert not bell.wait(0)


def test_every_listener_of_a_name_is_woken_and_no_other(tmp_path):
    with Bell(tmp_path, "web") as first, Bell(tmp_path, "web") as second, Bell(tmp_path, "engine") as other:
        ring(tmp_path, "web")

        assert (True, True, False) == (first.wait(0), second.wait(0), other.wait(0))


def test_ringing_where_nobody_listens_is_no_error(tmp_path):
    ring(tmp_path, "engine")
    ring(tmp_path / "absent", "engine")
    Bell(tmp_path, "engine").close()
    ring(tmp_path, "engine")

    assert [] == list((tmp_path / "bells").iterdir())


def test_ringing_for_ever_never_waits_for_a_listener_that_sleeps(tmp_path):
    with Bell(tmp_path, "engine") as bell:
        for _ in range(2_000):
            ring(tmp_path, "engine")

        assert bell.wait(0)


def test_what_a_dead_process_left_behind_is_removed_at_the_next_ring(tmp_path):
    program = f"import os, pathlib; from payments.nodes.doorbell import Bell; b = Bell(pathlib.Path({str(tmp_path)!r}), 'web'); os._exit(0)"
    subprocess.run([sys.executable, "-c", program], check=True)
    assert 1 == len(list((tmp_path / "bells").iterdir()))

    ring(tmp_path, "web")

    assert [] == list((tmp_path / "bells").iterdir())


def test_another_process_can_ring(tmp_path):
    program = f"import pathlib; from payments.nodes.doorbell import ring; ring(pathlib.Path({str(tmp_path)!r}), 'engine')"
    with Bell(tmp_path, "engine") as bell:
        subprocess.run([sys.executable, "-c", program], check=True)

        assert bell.wait(0)


@pytest.mark.parametrize("letters", [1, 60, 100, 200])
def test_a_state_folder_may_have_any_length(tmp_path, letters):
    state_dir: Path = tmp_path / ("x" * letters) / ("y" * letters)
    with Bell(state_dir, "engine") as bell:
        ring(state_dir, "engine")

        assert bell.wait(0)


def test_only_the_owner_may_ring(tmp_path):
    with Bell(tmp_path, "engine"):
        assert 0o700 == stat.S_IMODE((tmp_path / "bells").stat().st_mode)


def test_a_name_that_could_match_other_names_is_refused(tmp_path):
    with pytest.raises(ValueError, match="web-1"):
        Bell(tmp_path, "web-1")
