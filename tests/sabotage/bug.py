"""What a bug is that is made on purpose, in a copy of the tree."""

from __future__ import annotations

from msgspec import Struct


class Change(Struct, frozen=True):
    """In this file, this instead of that."""

    path: str
    search: str
    replacement: str


class Bug(Struct, frozen=True, kw_only=True):
    """`caught_by`: arguments for pytest."""

    name: str
    changes: tuple[Change, ...]
    caught_by: tuple[str, ...]


def lines(*texts: str) -> str:
    """These lines of a source, as they stand in it."""
    return "".join(f"{text}\n" for text in texts)


def bug(name: str, *changes: tuple[str, str, str], caught_by: str) -> Bug:
    """A bug of these (file, text, replacement); `caught_by`: arguments for pytest with a bar between them."""
    return Bug(name=name, changes=tuple(Change(*change) for change in changes), caught_by=tuple(caught_by.split("|")))
