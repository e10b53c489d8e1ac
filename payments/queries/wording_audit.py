"""What damage to the audit log is called: which row, what happened to it, and what that proves."""

from __future__ import annotations

from payments.queries.audit_chain import Damage, DamageKind

_SENTENCES = {
    DamageKind.ALTERED: "Row {sequence} was altered: it is not what was written, or it was put in another's place.",
    DamageKind.MOVED: "The rows were put into another order: the one that was written as row {sequence} stands as row {other}.",
    DamageKind.ADDED: "Row {sequence} was added by something that is not this app.",
    DamageKind.HEAD_LOST: "The note of where the log ends is gone, so nobody can say whether row {sequence} was the last.",
    DamageKind.REWRITTEN: (
        "The log was written anew: row {sequence} is not the one whose hash was exported, although each row fits the one before it."
    ),
}
_REMOVED = {
    DamageKind.REMOVED: ("Row {sequence} was removed.", "Rows {sequence} to {other} were removed."),
    DamageKind.CUT_OFF: (
        "The end of the log was cut off: row {sequence} was there and is not there any more.",
        "The end of the log was cut off: rows {sequence} to {other} were there and are not there any more.",
    ),
}


def damage_sentence(damage: Damage) -> str:
    """
    One sentence for people.

    >>> damage_sentence(Damage(kind=DamageKind.REMOVED, sequence=5, other=5))
    'Row 5 was removed.'
    """
    if damage.kind in _REMOVED:
        template = _REMOVED[damage.kind][damage.other > damage.sequence]
    else:
        template = _SENTENCES[damage.kind]
    return template.format(sequence=damage.sequence, other=damage.other)
