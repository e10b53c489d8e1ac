"""`manage.py sandbox_channel list | open NODE | close CHANNEL`: channels of our sandbox node."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import msgspec

from payments.management.answer_command import AnswerCommand, Refused
from payments.management.engine_wait import prepare_sandbox, wait_until
from payments.queries.channels import channel_wish, channels
from payments.services.close_channel import close_channel
from payments.services.open_channel import open_channel

_TIMEOUT_S = 60


class Command(AnswerCommand[dict[str, Any]]):
    """List our channels, open one, or close one; the answer is what there is afterwards."""

    help = "List, open or close channels of our sandbox node. Blocks that follow make an opened one usable and a closed one final."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What shall be done, to what."""
        super().add_arguments(parser)
        parser.add_argument("verb", choices=["list", "open", "close"])
        parser.add_argument("target", nargs="?", default="", help="open: a node's short name; close: a channel's id or short id")
        parser.add_argument("--capacity-sat", type=int, default=1_000_000, help="open: what the faucet puts in")
        parser.add_argument("--push-sat", type=int, default=0, help="open: what of it the other node gets")
        parser.add_argument("--hidden", action="store_true", help="open: announce it to nobody")
        parser.add_argument("--alone", action="store_true", help="close: without the peer, over the chain")

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """Do it, wait until the engine has taken it, and say what there is."""
        prepare_sandbox()
        if options["verb"] == "open":
            self._wait(
                open_channel(
                    options["target"],
                    capacity_sat=options["capacity_sat"],
                    push_sat=options["push_sat"],
                    is_announced=not options["hidden"],
                )
            )
        elif options["verb"] == "close":
            self._wait(close_channel(options["target"], is_alone=options["alone"]))
        return {"channels": [msgspec.to_builtins(channel) for channel in channels()]}

    def in_words(self, answer: dict[str, Any]) -> str:
        """One channel a line."""
        return "\n".join(
            f"{channel['short_channel_id']:<16} {channel['peer']:<16} {channel['capacity_sat']:>12,} sat  {channel['state']}"
            for channel in answer["channels"]
        )

    def _wait(self, request_id: str) -> None:
        if not wait_until(lambda: channel_wish(request_id).is_taken, timeout_s=_TIMEOUT_S):
            raise Refused("engine_silent", "The engine has not answered in time. What was asked for waits for it.")
        refusal = channel_wish(request_id).refusal
        if refusal:
            raise Refused(refusal, "The channel was not changed: " + refusal.replace("_", " ") + ".")
