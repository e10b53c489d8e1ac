"""
The two sources of rates that are shipped: somebody who types one, and a file of them. A rate is added, never changed; a newer one counts.

The file is text in UTF-8 with a first line `currency,valid_from,price`: `EUR,2026-01-31T12:00:00Z,58000.12`. All of it is taken or nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import transaction

from payments.models import RateRecord
from payments.models.audit import AuditAction, SubjectKind
from payments.queries.currencies import is_currency, read_price
from payments.services.note_audit import note_audit, storable
from payments.services.rate_errors import RateFileMalformed, RateMalformed

MANUAL = "manual"
MOST_ROWS = 100_000
_HEADER = ["currency", "valid_from", "price"]
_MOST_SOURCE_LETTERS = 40


def add_rate(currency: str, price: str, *, valid_from: datetime) -> None:
    """
    Say what a bitcoin is worth from a moment on.

    raises   RateMalformed
    """
    with transaction.atomic():
        _store([_read(currency, price, valid_from, source=MANUAL)])
        said = {"currency": currency, "price": price, "valid_from": valid_from.isoformat()}
        note_audit(AuditAction.RATE_ADDED, SubjectKind.RATE, currency, after=said)


def import_rates(text: str, *, name: str) -> int:
    """
    Take the rates of a file; how many were new. What was said before by a file of the same name stays as it was.

    raises   RateFileMalformed
    """
    source = storable(name.replace("\n", " "), _MOST_SOURCE_LETTERS)
    rates = list(_rows(text, source))
    with transaction.atomic():
        before = RateRecord.objects.count()
        _store(rates)
        added = RateRecord.objects.count() - before
        note_audit(AuditAction.RATES_IMPORTED, SubjectKind.RATE, "", after={"file": source, "rates": len(rates), "new": added})
    return added


def _store(rates: list[RateRecord]) -> None:
    RateRecord.objects.bulk_create(rates, ignore_conflicts=True, batch_size=1_000)


def _rows(text: str, source: str) -> Iterator[RateRecord]:
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    if [word.strip() for word in next(lines, [])] != _HEADER:
        raise RateFileMalformed(line=1)
    for number, words in enumerate(lines, start=2):
        if not words:
            continue
        if len(words) != len(_HEADER) or number > MOST_ROWS:
            raise RateFileMalformed(line=number)
        currency, valid_from, price = (word.strip() for word in words)
        try:
            yield _read(currency, price, _moment(valid_from), source=source)
        except (RateMalformed, ValueError) as error:
            raise RateFileMalformed(line=number) from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _read(currency: str, price: str, valid_from: datetime, *, source: str) -> RateRecord:
    minor_units_per_btc = read_price(price, currency) if is_currency(currency) else None
    if not minor_units_per_btc:
        raise RateMalformed(currency=currency[:3], price=price[:20])
    return RateRecord(currency=currency, minor_units_per_btc=minor_units_per_btc, valid_from=valid_from, source=source)
