"""Real maps of the network, where they are there: the tests with them prove sizes and oddities that nobody would invent."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import pytest

from payments.lightning.graph.formats.recognise import ReadMap, draw_said, read_said

GRAPHS = Path(__file__).resolve().parents[2] / "shared" / "graphs"


def graph_file(name: str) -> Path:
    """The file of that name; skips the test, loudly, where it is not there."""
    path = GRAPHS / name
    if not path.exists():
        pytest.skip(f"{path} is not there: nothing was checked against a real map")
    return path


def unpacked(name: str) -> bytes:
    """What is in it, unpacked."""
    data = graph_file(name).read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


@cache
def real_map(name: str) -> ReadMap:
    """The map in it. Maps never change, so tests share one."""
    return draw_said(read_said(unpacked(name)))
