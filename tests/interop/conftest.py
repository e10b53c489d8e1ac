"""One world a test, and at the end what was proved with LDK."""

from __future__ import annotations

from collections import Counter

import pytest

from payments.lightning.channel.types import ChannelType
from tests.interop.ldk import packages
from tests.interop.world import World

TALLY = Counter()


@pytest.fixture(scope="session", autouse=True)
def node_packages():
    return packages()


@pytest.fixture
async def world():
    made = World()
    yield made
    await made.stop()


@pytest.fixture(params=list(ChannelType), ids=lambda kind: kind.value)
def kind(request):
    """Both kinds of channel."""
    return request.param


@pytest.fixture
async def opened(world, kind):
    """(our node, LDK, channel that we opened)."""
    node, ldk = world.node(), await world.ldk(anchors=kind.has_anchors)
    await world.connect(node, ldk)
    return node, ldk, await world.we_open(node, ldk, channel_type=kind)


@pytest.fixture
def tally():
    """What has been proved, by words, for the summary."""
    return TALLY


def pytest_terminal_summary(terminalreporter):
    if TALLY:
        terminalreporter.section("with LDK")
        for what, count in sorted(TALLY.items()):
            terminalreporter.write_line(f"{count:6}  {what}")
