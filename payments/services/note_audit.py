"""
The one writer of the audit log: rows in the transaction of what they tell of, so that both stand or neither.

Call it late, but before `note_change`: it takes the lock of the log's head, which is held until the commit and makes one chain of what
parallel writers do. All who take both locks take them in this order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from django.db import connection
from django.utils import timezone
from msgspec import Struct
from msgspec.structs import asdict

from payments.models import AuditHead, AuditRecord
from payments.models.audit import AuditAction, AuditRow, SubjectKind, hash_row
from payments.models.read_rows import read_values, row_lock
from payments.models.write_rows import insert_rows
from payments.services.audit_origin import Actor, current_origin

MOST_LETTERS = 250
"""Of a name, an address or what a browser calls itself."""
_MOST_LETTERS_OF_ID = 100
_NUL_PICTURE = "␀"
"""PostgreSQL stores no NUL."""
_READ_HEAD = "SELECT sequence, hash FROM payments_audithead WHERE id = 1"
_MOVE_HEAD = "UPDATE payments_audithead SET sequence = %s, hash = %s WHERE id = 1 AND sequence = %s AND hash = %s"
_JSON = msgspec.json.Encoder(order="sorted")


class Subject(Struct, frozen=True, kw_only=True):
    """What something was done to; `id` as its own table or page has it."""

    kind: SubjectKind
    id: str = ""


class Note(Struct, frozen=True, kw_only=True):
    """
    What a row shall say.

    before, after   what is different now, plain data: never a password, a preimage that has not paid, or a key
    actor           None: whoever is acting now
    """

    action: AuditAction
    subject: Subject
    before: Mapping[str, object] = {}
    after: Mapping[str, object] = {}
    actor: Actor | None = None


def note_audit(action: AuditAction, kind: SubjectKind, subject_id: str = "", *, after: Mapping[str, object] | None = None) -> None:
    """Somebody has done this. Only inside a transaction."""
    note_audits([Note(action=action, subject=Subject(kind=kind, id=subject_id), after=after or {})])


def note_audits(notes: Sequence[Note]) -> None:
    """Several rows, in their order. Only inside a transaction."""
    if not notes:
        return
    assert connection.in_atomic_block, "an audit row stands or falls with what it tells of"
    head = _locked_head()
    rows: list[AuditRecord] = []
    sequence, link = head
    for note in notes:
        sequence += 1
        row = _row(note, sequence=sequence, previous_hash=link)
        link = hash_row(row)
        rows.append(AuditRecord(**asdict(row), hash=link))
    insert_rows(rows)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE_HEAD, [sequence, link, *head])
        assert cursor.rowcount == 1, "two writers held the head of the audit log at once"


def storable(text: str, most_letters: int = MOST_LETTERS) -> str:
    r"""
    A text as it is, but for what no database could hold, and not longer than this.

    >>> storable("a\0b\ud800c"), storable("abcdef", 4)
    ('a␀b?c', 'abc…')
    """
    kept = text.replace("\0", _NUL_PICTURE).encode(errors="replace").decode()
    return kept if len(kept) <= most_letters else kept[: most_letters - 1] + "…"


def _locked_head() -> tuple[int, str]:
    """Number and hash of the newest row. The lock is PostgreSQL's; SQLite locks all tables for every transaction at its start."""
    statement = _READ_HEAD + row_lock()
    found = read_values(statement)
    if not found:
        AuditHead.objects.bulk_create([AuditHead()], ignore_conflicts=True)
        found = read_values(statement)
    ((sequence, link),) = found
    return sequence, link


def _row(note: Note, *, sequence: int, previous_hash: str) -> AuditRow:
    origin = current_origin()
    actor = note.actor or origin.who()
    is_here = note.actor is None or note.actor.user_id is not None  # the engine comes from nowhere, whoever lets it work
    return AuditRow(
        sequence=sequence,
        at=timezone.now(),
        actor=actor.kind.value,
        actor_id=actor.user_id,
        actor_name=storable(actor.name),
        action=note.action.value,
        subject=note.subject.kind.value,
        subject_id=storable(note.subject.id, _MOST_LETTERS_OF_ID),
        came_from=storable(origin.came_from) if is_here else "",
        user_agent=storable(origin.user_agent) if is_here else "",
        request_id=origin.request_id if is_here else "",
        before=_JSON.encode(note.before).decode(),
        after=_JSON.encode(note.after).decode(),
        previous_hash=previous_hash,
    )
