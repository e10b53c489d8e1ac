"""How large a new sandbox shall be, and after which map: the same two arguments wherever it can be built."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from payments.lightning.errors import LightningError
from payments.services.plan_sandbox import plan_sandbox
from payments.services.refusals import sentence_for


def add_network_arguments(parser: ArgumentParser) -> None:
    """Both may be left out: the sandbox is then the built-in one, or the one that stands."""
    parser.add_argument(
        "--nodes",
        type=int,
        metavar="N",
        help="at the first start: a sandbox of N nodes with the shape of the real network, from a map of it",
    )
    parser.add_argument(
        "--graph", type=Path, metavar="FILE", help="the map to take with --nodes, as import_graph reads it (default: the imported one)"
    )


def lay_out_network(options: dict[str, Any], *, say: Callable[[str], None]) -> None:
    """
    Plan what was asked for.

    raises    CommandError with a sentence, when it cannot be; then nothing has changed
    """
    nodes, map_file = options["nodes"], options["graph"]
    if nodes is None:
        if map_file is not None:
            raise CommandError("--graph only says whose shape a new sandbox takes: add --nodes, how many nodes it shall have.")
        return
    try:
        planned = plan_sandbox(nodes, map_file=map_file)
    except LightningError as error:
        raise CommandError(sentence_for(error)) from None
    if planned is not None:
        say(f"The sandbox will have {planned.nodes} nodes and {planned.channels} channels, laid out after the map.")
