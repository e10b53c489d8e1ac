"""What has changed since somebody last looked, for those who keep pages up to date."""

from __future__ import annotations

from payments.models import ChangeCounter, ChangeRecord


def changes_since(cursor: int | None) -> tuple[int, tuple[str, ...]]:
    """
    The names of what has changed, each once and the oldest change first, and the cursor to ask with next time.

    cursor    None: begin now, with nothing changed

    Changes get their numbers under one lock that is held until the commit, so none with a lower number appears after this was read. A
    cursor from another database, such as one that was made anew, is behind or ahead of all numbers and begins now as well.
    """
    newest = ChangeCounter.objects.values_list("value", flat=True).first() or 0
    if cursor is None or cursor > newest:
        return newest, ()
    changed = ChangeRecord.objects.filter(sequence__gt=cursor).order_by("sequence", "group").values_list("group", "sequence")
    return max([cursor, *(sequence for _, sequence in changed)]), tuple(group for group, _ in changed)
