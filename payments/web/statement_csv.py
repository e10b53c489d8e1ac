"""A statement as a file: where the money stood, every movement, and where it stood then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

from payments.queries.statement import Standing, StatementLine
from payments.web.csv_cells import Cell, Words, csv_lines, time_cell

COLUMNS = (
    *("time UTC", "kind", "counterparty", "description", "reference", "amount msat", "fee msat"),
    *("available change msat", "held change msat", "available msat", "held msat"),
)


def statement_csv(pieces: Iterable[Sequence[StatementLine]], *, opening: Standing, first_day: date, last_day: date) -> Iterator[bytes]:
    """The names of the columns, the opening balance, the lines piece by piece, and the balance behind the last."""
    yield from csv_lines([[COLUMNS, _balance("opening balance", first_day, opening)]])
    closing = opening
    for piece in pieces:
        closing = piece[-1].after
        yield from csv_lines([[_line(line) for line in piece]])
    yield from csv_lines([[_balance("closing balance", last_day, closing)]])


def _balance(name: str, day: date, standing: Standing) -> list[Cell]:
    moment = datetime.combine(day, time(), tzinfo=UTC)
    return [time_cell(moment), name, *[None] * 7, standing.available_msat, standing.held_msat]


def _line(line: StatementLine) -> list[Cell]:
    return [
        time_cell(line.at),
        line.kind,
        Words(line.counterparty),
        Words(line.description),
        line.reference,
        line.amount_msat,
        line.fee_msat,
        line.available_change_msat,
        line.held_change_msat,
        line.after.available_msat,
        line.after.held_msat,
    ]
