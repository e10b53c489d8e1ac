"""`manage.py sandbox_fault NAME NODE`: let something go wrong in the sandbox on purpose."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import msgspec

from payments.management.answer_command import AnswerCommand, Refused
from payments.management.engine_wait import prepare_sandbox, wait_until
from payments.nodes.fault_wish import fault_names, settings_of
from payments.queries.faults import faults_on
from payments.queries.network import height
from payments.services.advance_blocks import advance_blocks
from payments.services.clear_faults import clear_faults
from payments.services.set_fault import set_fault

_TIMEOUT_S = 60
_SETTINGS = ("peer", "hold_ms", "fee_base_msat", "fee_proportional_millionths", "expiry_s", "kept_msat", "kind", "is_told")
_NEVER = "never"


class Command(AnswerCommand[dict[str, Any]]):
    """Set one fault, list or clear them, or let blocks come; the answer is what is on afterwards."""

    help = "Let a node of the sandbox misbehave (NAME NODE), --list or --clear the faults, or let --blocks come."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """NAME, NODE and the fault's settings."""
        super().add_arguments(parser)
        parser.add_argument("name", nargs="?", help="a fault, as --list names them")
        parser.add_argument("node", nargs="?", help="a node's short name, as `sandbox_nodes` lists it")
        parser.add_argument("--list", action="store_true", help="what is on, and every fault that there is")
        parser.add_argument("--clear", action="store_true", help="end every fault, first of all")
        parser.add_argument("--blocks", type=int, help="let so many blocks come")
        parser.add_argument("--peer", help="depleted, disabled: the node at the other end of the channel")
        parser.add_argument("--hold-ms", help=f"hold: for so long, or “{_NEVER}” to keep until the deadline")
        parser.add_argument("--fee-base-msat", type=int, help="stale-fee, dear-fee: for each payment")
        parser.add_argument("--fee-ppm", dest="fee_proportional_millionths", type=int, help="stale-fee, dear-fee: of the amount")
        parser.add_argument("--expiry-s", type=int, help="expire: how long its invoices can be paid")
        parser.add_argument("--kept-msat", type=int, help="less: what it keeps of each payment")
        parser.add_argument("--kind", help="personality: lnd, cln, eclair, ldk or tor")
        parser.add_argument("--untold", dest="is_told", action="store_const", const=False, help="disabled: nobody is told")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """Do what was asked for, wait for the engine, and say what is on."""
        name, node = options["name"], options["node"]
        if name and not node:
            raise Refused("node_missing", "Say which node shall misbehave: `manage.py sandbox_nodes` lists them.")
        if not (name or options["clear"] or options["list"]) and options["blocks"] is None:
            raise Refused("nothing_asked", "Say what shall go wrong and where, or use --list, --clear or --blocks.")
        prepare_sandbox()
        if options["clear"]:
            clear_faults()
            _wait(lambda: not faults_on())
        if name:
            set_fault(name, node=node, settings=_settings(options))
            _wait(lambda: any((fault.name, fault.node) == (name, node) for fault in faults_on()))
        if options["blocks"] is not None:
            _advance(options["blocks"])
        return {
            "height": height(),
            "on": [msgspec.to_builtins(fault) for fault in faults_on()],
            "faults": {each: list(settings_of(each)) for each in fault_names()} if options["list"] else {},
        }

    def in_words(self, answer: dict[str, Any]) -> str:
        """What is on, one a line; with --list also what there is."""
        lines = [fault["sentence"] for fault in answer["on"]] or ["Nothing goes wrong on purpose."]
        if answer["faults"]:
            lines += ["", "Faults:", *(f"  {name:<16} {_option_line(settings)}".rstrip() for name, settings in answer["faults"].items())]
        return "\n".join(lines)


def _option_line(settings: list[str]) -> str:
    options = {"fee_proportional_millionths": "--fee-ppm", "is_told": "--untold"}
    return " ".join(options.get(setting, "--" + setting.replace("_", "-")) for setting in settings)


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    given = {name: options[name] for name in _SETTINGS if options[name] is not None}
    if "hold_ms" in given:
        text = given["hold_ms"]
        given["hold_ms"] = None if text == _NEVER else int(text) if text.isascii() and text.isdigit() else text
    return given


def _advance(blocks: int) -> None:
    start = height() or 0
    advance_blocks(blocks)
    _wait(lambda: (height() or 0) >= start + blocks)


def _wait(condition: Any) -> None:
    if not wait_until(condition, timeout_s=_TIMEOUT_S):
        raise Refused("engine_silent", "The engine has not answered in time. What was asked for waits for it.")
