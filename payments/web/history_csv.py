"""The history as a file for spreadsheets and bookkeepers: a line for each payment and each invoice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from payments.queries.currencies import worth
from payments.queries.history import HistoryRowShape
from payments.web.csv_cells import Cell, Words, csv_lines, price_cell, sat_cell, time_cell

COLUMNS = (
    *("time UTC", "type", "id", "status", "counterparty", "by", "description", "amount msat", "amount sat", "fee msat"),
    *("currency", "rate", "worth", "payment hash", "preimage"),
)
_TYPES = {"out": "payment", "in": "invoice"}


def history_csv(pieces: Iterable[Sequence[HistoryRowShape]]) -> Iterator[bytes]:
    """The names of the columns, and the rows piece by piece."""
    yield from csv_lines([[COLUMNS]])
    yield from csv_lines([_line(row) for row in piece] for piece in pieces)


def _line(row: HistoryRowShape) -> list[Cell]:
    return [
        time_cell(row.created_at),
        _TYPES[row.direction],
        row.id,
        row.status,
        Words(row.payee_name or row.payee),
        Words(row.who),
        Words(row.description),
        row.amount_msat,
        None if row.amount_msat is None else sat_cell(row.amount_msat),
        row.fee_msat,
        *_worth(row),
        row.payment_hash,
        row.payment_preimage,
    ]


def _worth(row: HistoryRowShape) -> list[Cell]:
    rate = row.rate
    if rate is None:
        return [None, None, None]
    price = price_cell(rate.minor_units_per_btc, rate.currency)
    if row.amount_msat is None:
        return [rate.currency, price, None]
    return [rate.currency, price, price_cell(worth(row.amount_msat, rate.minor_units_per_btc), rate.currency)]
