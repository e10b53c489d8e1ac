"""`manage.py sandbox_nodes`: who there is in the sandbox."""

from __future__ import annotations

from typing import Any

import msgspec

from payments.management.answer_command import AnswerCommand
from payments.management.engine_wait import prepare_sandbox
from payments.queries.nodes import sandbox_nodes


class Command(AnswerCommand[list[dict[str, str]]]):
    """List the nodes."""

    help = "List the nodes of the sandbox: ours, shops to pay, and nodes that route between them."

    def answer(self, options: dict[str, Any]) -> list[dict[str, str]]:
        """Every node."""
        del options
        prepare_sandbox()
        return [msgspec.to_builtins(node) for node in sandbox_nodes()]

    def in_words(self, answer: list[dict[str, str]]) -> str:
        """One a line: role, the name to use with `sandbox_invoice`, key, and what it sells."""
        return "\n".join(f"{node['role']:<8} {node['slug']:<20} {node['node_id']} {node['sells']}".rstrip() for node in answer)
