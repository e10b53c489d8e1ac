"""`manage.py import_graph FILE`: use a map of the network that somebody else has drawn."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec

from payments.lightning.graph.gossip import decode_alias
from payments.lightning.graph.snapshot_file import MapOrigin
from payments.lightning.ids import NodeId
from payments.lightning.invoice.network import Network
from payments.management.answer_command import AnswerCommand
from payments.services.import_map import ChainBy, ImportedMap, import_map

_BAR_LETTERS = 30
_CHAIN_SAID_BY = {
    ChainBy.FILE: "a map of {chain}, as the file says",
    ChainBy.CHOICE: "a map of {chain}, as you say",
    ChainBy.DEFAULT: "taken for a map of {chain}, because the file does not say: if it is another chain's, import it again with --chain",
}


class Command(AnswerCommand[dict[str, Any]]):
    """Read the file, store its map; what was there stays in use when anything is wrong with it."""

    help = "Import a map of the network: describegraph (LND), listchannels (Core Lightning) or Rapid Gossip Sync (LDK), also gzipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE and the viewpoint."""
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="the map; its content says which form it has")
        parser.add_argument(
            "--as",
            dest="viewpoint",
            default="",
            metavar="NODE",
            help="key or name of the node whose view previews take (the best connected)",
        )

        parser.add_argument(
            "--chain",
            choices=[network.value for network in Network],
            help="whose map it is, where the file does not say: only RGS does (mainnet)",
        )

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """What is on the map now, and how long it took."""
        started_s = time.perf_counter()
        network = None if options["chain"] is None else Network(options["chain"])
        imported = import_map(options["file"], viewpoint=options["viewpoint"], network=network, now_s=int(time.time()), tell=self._tell)
        return _fields(imported, took_ms=int((time.perf_counter() - started_s) * 1_000))

    def in_words(self, answer: dict[str, Any]) -> str:
        """Sizes, viewpoint, and what was left out."""
        name = answer["viewpoint_name"]
        # repr: names are anybody's text, and a terminal obeys what it is sent.
        seen_from = repr(name) if name else answer["viewpoint"]
        lines = [
            f"{answer['nodes']:,} nodes and {answer['channels']:,} channels from {answer['name']!r} ({answer['source_format']})",
            _CHAIN_SAID_BY[ChainBy(answer["chain_by"])].format(chain=answer["chain"]),
            f"{answer['directions']:,} directions with a known policy, {answer['disabled']:,} of them disabled",
            f"seen from {seen_from}; {answer['stored_bytes'] / 1e6:,.1f} MB stored, {answer['took_ms']:,} ms",
        ]
        left_out = {name.replace("_", " "): count for name, count in answer["left_out"].items() if count}
        if left_out:
            lines.append("left out: " + ", ".join(f"{count:,} {name}" for name, count in left_out.items()))
        return "\n".join(lines)

    def _tell(self, step: str, percent: int) -> None:
        """A bar that fills, for people who look on; files and pipes get none."""
        if not self.stderr.isatty():
            return
        filled = _BAR_LETTERS * percent // 100
        self.stderr.write(
            f"\r{'█' * filled}{'░' * (_BAR_LETTERS - filled)} {percent:3d} % {step:<13}",
            style_func=str,
            ending="\n" if percent == 100 else "",
        )
        self.stderr.flush()


def _fields(imported: ImportedMap, *, took_ms: int) -> dict[str, Any]:
    snapshot, origin = imported.read.snapshot, imported.origin
    place = snapshot.node_place(NodeId(origin.viewpoint))
    known = snapshot.flags[snapshot.into_halves]
    return {
        "name": origin.name,
        "source_format": origin.source_format,
        "chain": _chain_name(origin),
        "chain_hash": None if origin.chain_hash is None else origin.chain_hash.hex(),
        "chain_by": imported.chain_by.value,
        "nodes": snapshot.node_count,
        "channels": snapshot.channel_count,
        "directions": len(known),
        "disabled": int((known & 2 > 0).sum()),
        "newest_update_s": origin.newest_update_s,
        "viewpoint": origin.viewpoint.hex(),
        "viewpoint_name": "" if place is None else decode_alias(snapshot.aliases[place]),
        "left_out": msgspec.to_builtins(imported.read.left_out) | {"stray_policy": imported.read.stray_policies},
        "stored_bytes": imported.stored_bytes,
        "took_ms": took_ms,
    }


def _chain_name(origin: MapOrigin) -> str:
    known = (network.value for network in Network if network.chain_hash == origin.chain_hash)
    return next(known, f"chain {(origin.chain_hash or b'').hex()}")
