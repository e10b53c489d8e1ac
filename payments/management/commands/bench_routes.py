"""`manage.py bench_routes`: how fast and how well routes are found on a map of the whole network, beside others who can."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from payments.management.answer_command import AnswerCommand, Refused
from payments.management.route_bench.bench import Tell, measure
from payments.management.route_bench.figures import Report, Section
from payments.management.route_bench.maps import open_map
from payments.management.route_bench.plan import Plan

_PLAN = Plan()


class Command(AnswerCommand[Report]):
    """Measure, and tell each part as soon as it is there."""

    help = "Measure the search for routes on a map, beside networkx, LDK and what else is there. Takes some minutes."
    needs_tables = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The map, and how much is asked."""
        super().add_arguments(parser)
        parser.add_argument("--graph", type=Path, metavar="FILE", help="any map that import_graph reads (the imported one)")
        parser.add_argument("--queries", type=int, default=_PLAN.queries, help=f"questions of one path ({_PLAN.queries})")
        parser.add_argument("--slow", type=int, default=_PLAN.slow, help=f"of these, how many networkx is asked ({_PLAN.slow})")
        parser.add_argument("--large", type=int, default=_PLAN.large, help=f"questions in parts ({_PLAN.large})")
        parser.add_argument("--channels", type=int, default=_PLAN.channels, help="search a map grown to so many channels too (none)")
        parser.add_argument("--seed", type=int, default=_PLAN.seed, help=f"what is asked depends on it ({_PLAN.seed})")

    def answer(self, options: dict[str, Any]) -> Report:
        """All figures."""
        measured = open_map(options["graph"])
        if measured is None:
            raise Refused(
                "no_map", "There is no map to measure: name a file with --graph, or import one with `manage.py import_graph` first."
            )
        plan = Plan(**{name: max(options[name], 0 if name in {"channels", "seed"} else 1) for name in Plan.__struct_fields__})
        return measure(measured, plan, checkout=Path(settings.BASE_DIR), tell=self._tell(as_json=options["json"]))

    def in_words(self, answer: Report) -> str:
        """Nothing more: every part was told when it was there."""
        return f"measured: {answer.map_name}"

    def _tell(self, *, as_json: bool) -> Tell:
        def tell(section: Section) -> None:
            if not as_json:
                self.stdout.write(section.in_words() + "\n")
                self.stdout.flush()

        return tell
