"""A sandbox after a map is planned before it is built, and never afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from payments.lightning.graph.errors import MapFormatUnknown
from payments.models import EngineState, NodeRecord
from payments.nodes.errors import StoredStateUnreadable
from payments.nodes.network_plan import planned_network
from payments.sandbox.errors import MapTooSmall, NetworkSizeOutOfRange
from payments.sandbox.topology import SANDBOX
from payments.services.errors import MapFileUnreachable, NoMapForSandbox, SandboxStands
from payments.services.import_map import import_map
from payments.services.plan_sandbox import PlannedSandbox, plan_sandbox
from tests.map_files import map_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, settings: Any) -> None:
    settings.LNWEB_STATE_DIR = tmp_path


@pytest.fixture
def built() -> None:
    """A sandbox stands: that of 25 nodes."""
    NodeRecord.objects.create(node_id="02" * 33, name="Your node", slug="own", role=NodeRecord.Role.OWN)


def test_without_a_wish_it_is_the_built_in_one() -> None:
    assert SANDBOX == planned_network()


def test_it_is_laid_out_after_a_file(tmp_path: Path) -> None:
    planned = plan_sandbox(40, map_file=map_file(tmp_path))

    network = planned_network()
    assert PlannedSandbox(nodes=40, channels=len(network.channels)) == planned
    assert 40 == len(network.nodes)


def test_it_is_laid_out_after_the_imported_map_and_comes_out_the_same(tmp_path: Path) -> None:
    import_map(map_file(tmp_path), now_s=1_800_000_000)
    plan_sandbox(40)
    imported = planned_network()
    plan_sandbox(40, map_file=map_file(tmp_path))

    assert imported == planned_network()


def test_before_it_is_built_another_wish_takes_its_place(tmp_path: Path) -> None:
    for nodes in (40, 30):
        plan_sandbox(nodes, map_file=map_file(tmp_path))

    assert 30 == len(planned_network().nodes)


@pytest.mark.usefixtures("built")
def test_what_stands_stays(tmp_path: Path) -> None:
    with pytest.raises(SandboxStands) as refusal:
        plan_sandbox(40, map_file=map_file(tmp_path))

    assert (25, 40) == (refusal.value.standing, refusal.value.nodes)
    assert SANDBOX == planned_network()


@pytest.mark.usefixtures("built")
def test_who_asks_for_what_stands_needs_no_map() -> None:
    assert plan_sandbox(25) is None


def test_it_can_be_built_while_the_map_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    monkeypatch.setattr("payments.services.plan_sandbox.is_built", lambda: next(answers))
    with pytest.raises(SandboxStands):
        plan_sandbox(40, map_file=map_file(tmp_path))

    assert not EngineState.objects.exists()


@pytest.mark.parametrize(
    ("nodes", "content", "reason"),
    [
        (24, b"", NetworkSizeOutOfRange),
        (501, b"", NetworkSizeOutOfRange),
        (40, b"no map", MapFormatUnknown),
        (40, None, MapFileUnreachable),
    ],
)
def test_what_cannot_be_laid_out_changes_nothing(tmp_path: Path, nodes: int, content: bytes | None, reason: type[Exception]) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(reason):
        plan_sandbox(nodes, map_file=path)

    assert not EngineState.objects.exists()


def test_a_map_that_is_too_small_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(MapTooSmall):
        plan_sandbox(400, map_file=map_file(tmp_path))

    assert not EngineState.objects.exists()


def test_without_any_map_there_is_nothing_to_lay_out_after() -> None:
    with pytest.raises(NoMapForSandbox):
        plan_sandbox(40)


def test_a_plan_that_cannot_be_read_is_not_guessed(tmp_path: Path) -> None:
    plan_sandbox(40, map_file=map_file(tmp_path))
    EngineState.objects.update(value=b"\x93")

    with pytest.raises(StoredStateUnreadable):
        planned_network()
