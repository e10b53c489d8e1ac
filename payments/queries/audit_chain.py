"""
The audit log read from its first row to its last: is it what was written?

The first damage is named with its row, and the reading ends there: behind a break nothing can be told apart. Whoever can write everything
in the database can also write a whole new chain; that is what heads kept elsewhere are for, see `payments.services.audit_head`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from django.db import DatabaseError
from msgspec import Struct
from msgspec.structs import replace

from payments.models import AuditHead, AuditRecord
from payments.models.audit import FIRST_LINK, ROW_FIELDS, AuditRow, hash_row

_AT_ONCE = 2_000
"""Rows in memory."""
_MOST_RENUMBERED = 1_000
"""How many missing rows are looked for before rows that were given new numbers."""


class DamageKind(StrEnum):
    """What can have been done to a log."""

    ALTERED = "altered"
    REMOVED = "removed"
    MOVED = "moved"
    ADDED = "added"
    CUT_OFF = "cut_off"
    HEAD_LOST = "head_lost"
    REWRITTEN = "rewritten"


class Damage(Struct, frozen=True, kw_only=True):
    """
    The first thing that is wrong.

    sequence    the row: of REMOVED and CUT_OFF the first that is missing; of REWRITTEN the one up to which it happened
    other       MOVED: the number under which the row stands; REMOVED: the last that is missing; CUT_OFF: the last that there was
    """

    kind: DamageKind
    sequence: int
    other: int = 0


class KnownHead(Struct, frozen=True, kw_only=True):
    """The end of the log at some time, as somebody has kept it."""

    sequence: int
    hash: str


class ChainReport(Struct, frozen=True, kw_only=True):
    """What was read, and what is wrong first, if anything."""

    rows: int
    damage: Damage | None = None


class _Stored(Struct, frozen=True):
    """A row and the hash that stands in it. None: the database itself cannot read the row."""

    sequence: int
    row: AuditRow | None
    hash: str

    @property
    def is_whole(self) -> bool:
        """Whether its content is what was hashed."""
        return self.row is not None and hash_row(self.row) == self.hash


class _Broken(Exception):
    """Reading ends: this is wrong."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.kind)
        self.damage = damage


def verify_chain(known: KnownHead | None = None) -> ChainReport:
    """Read the whole log; it may grow meanwhile."""
    reader = _Reader(known)
    try:
        reader.read()
    except _Broken as broken:
        return ChainReport(rows=reader.sequence, damage=broken.damage)
    return ChainReport(rows=reader.sequence)


class _Reader:
    """Where the reading stands: the number and hash of the last row that is as it was written."""

    def __init__(self, known: KnownHead | None) -> None:
        self._known = known
        self.sequence, self.link = 0, FIRST_LINK

    def read(self) -> None:
        """All rows, then the head. _Broken."""
        while True:
            before = self.sequence
            for stored in _rows_after(None if before == 0 else before):
                self._follow(stored)
            head = AuditHead.objects.values_list("sequence", "hash").first() or (0, FIRST_LINK)
            if head[0] <= self.sequence or self.sequence == before:  # else rows were added since we looked
                break
        self._end(*head)

    def _follow(self, stored: _Stored) -> None:
        due = self.sequence + 1
        fits = stored.sequence == due and stored.row is not None and stored.row.previous_hash == self.link
        if not (fits and stored.is_whole):
            raise _Broken(self._explain(stored, due))
        self.sequence, self.link = due, stored.hash
        if self._known is not None and self._known.sequence == due and self._known.hash != self.link:
            raise _Broken(Damage(kind=DamageKind.REWRITTEN, sequence=due))

    def _explain(self, stored: _Stored, due: int) -> Damage:
        if stored.sequence < due:
            return Damage(kind=DamageKind.ADDED, sequence=stored.sequence)
        if moved := _moved_row(due, self.link):
            return Damage(kind=DamageKind.MOVED, sequence=due, other=moved)
        if stored.sequence > due:
            return Damage(kind=DamageKind.REMOVED, sequence=due, other=stored.sequence - 1)
        if missing := _rows_missing_before(stored):
            return Damage(kind=DamageKind.REMOVED, sequence=due, other=due + missing - 1)
        if stored.is_whole and self.sequence and _is_followed(stored):
            # It and what comes after it agree with each other, and not with the row before: that one has a new hash.
            return Damage(kind=DamageKind.ALTERED, sequence=due - 1)
        return Damage(kind=DamageKind.ALTERED, sequence=due)

    def _end(self, head_sequence: int, head_hash: str) -> None:
        last = max(head_sequence, self._known.sequence if self._known else 0)
        if last > self.sequence:
            raise _Broken(Damage(kind=DamageKind.CUT_OFF, sequence=self.sequence + 1, other=last))
        if self.sequence and not head_sequence:
            raise _Broken(Damage(kind=DamageKind.HEAD_LOST, sequence=self.sequence))
        if head_sequence < self.sequence:
            raise _Broken(Damage(kind=DamageKind.ADDED, sequence=head_sequence + 1))
        if head_hash != self.link:
            raise _Broken(Damage(kind=DamageKind.ALTERED, sequence=self.sequence))


def _rows_after(sequence: int | None) -> Iterator[_Stored]:
    """The rows in their order, some at a time; from the very first, whatever its number, after None."""
    at_once = _AT_ONCE
    while True:
        wanted = AuditRecord.objects.order_by("sequence")
        wanted = wanted if sequence is None else wanted.filter(sequence__gt=sequence)
        try:
            page = [_stored(values) for values in wanted.values_list(*ROW_FIELDS, "hash")[:at_once]]
        except (DatabaseError, ValueError, TypeError):  # somebody has put in what is no text or no time
            if at_once == 1:
                yield _Stored(wanted.values_list("sequence", flat=True)[0], None, "")
                return
            at_once = 1
            continue
        if not page:
            return
        yield from page
        sequence = page[-1].sequence


def _stored(values: tuple[object, ...]) -> _Stored:
    row = AuditRow(**dict(zip(ROW_FIELDS, values, strict=False)))  # type: ignore[arg-type]  # the columns have these types
    return _Stored(row.sequence, row, str(values[-1]))


def _moved_row(due: int, link: str) -> int:
    """The number under which the row stands that was written with the number `due`, or 0."""
    found = AuditRecord.objects.filter(previous_hash=link).exclude(sequence=due).values_list(*ROW_FIELDS, "hash")
    for stored in map(_stored, found):
        if stored.row is not None and hash_row(replace(stored.row, sequence=due)) == stored.hash:
            return stored.sequence
    return 0


def _rows_missing_before(stored: _Stored) -> int:
    """How many rows were taken out before this one, which then got another number; 0 when it was written with the one it has."""
    if stored.row is None or stored.is_whole:
        return 0
    later = (replace(stored.row, sequence=stored.sequence + step) for step in range(1, _MOST_RENUMBERED + 1))
    return next((row.sequence - stored.sequence for row in later if hash_row(row) == stored.hash), 0)


def _is_followed(stored: _Stored) -> bool:
    """Whether the next row, or the head after the last one, knows this row's hash."""
    following = AuditRecord.objects.filter(sequence=stored.sequence + 1).values_list("previous_hash", flat=True).first()
    if following is None:
        following = AuditHead.objects.values_list("hash", flat=True).first()
    return following == stored.hash
