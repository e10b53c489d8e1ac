"""Every bug of the list can still be made, and the tests that should notice it do."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sabotage.bugs import BUGS
from tests.sabotage.tree import ROOT, Verdict, control, sabotaged, try_bugs


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_can_be_made(bug):
    sources = {change.path: (ROOT / change.path).read_text() for change in bug.changes}
    for change in bug.changes:
        sources[change.path] = sabotaged(sources[change.path], change)

    for path, source in sources.items():
        compile(source, path, "exec")
    assert all((ROOT / target).exists() for target in bug.caught_by if target.endswith(".py"))


def test_no_bug_is_counted_twice():
    assert len(BUGS) == len({bug.name for bug in BUGS}) == len({bug.changes for bug in BUGS})


@pytest.mark.heavy
@pytest.mark.timeout(3_600)
def test_every_bug_is_caught():
    passed, output = control()
    assert passed, output

    verdicts = Counter({bug.name: verdict for bug, verdict, _ in try_bugs(BUGS)}.values())
    assert {Verdict.CAUGHT: len(BUGS)} == verdicts
