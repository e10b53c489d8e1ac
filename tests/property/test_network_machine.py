"""Three nodes and anything that can happen to them (`network_machine`): the same few stories in every run, many new ones in a heavy one."""

from __future__ import annotations

from time import monotonic

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.network_machine.machine import NetworkMachine
from tests.property.network_machine.tally import TALLY

FINDING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A long run that finds something says so at once: the story as it was found is what a person has to read anyway."""


def run_stories(stories: int, *, steps: int, phases: tuple[Phase, ...]) -> None:
    machine = settings(
        max_examples=stories,
        stateful_step_count=steps,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(NetworkMachine, settings=machine)


def test_whatever_happens_to_three_nodes_nobody_loses_but_to_the_chain():
    run_stories(12, steps=25, phases=(*FINDING, Phase.shrink))


@pytest.mark.heavy
@pytest.mark.timeout(3_600)
def test_whatever_happens_in_many_stories_nobody_loses_but_to_the_chain(capsys):
    began_s = monotonic()
    try:
        run_stories(1_000, steps=40, phases=FINDING)
    finally:
        with capsys.disabled():
            print(f"\n{TALLY}\n{monotonic() - began_s:.0f} s")  # noqa: T201  the figures of a long run

    assert TALLY.stories >= 1_000
