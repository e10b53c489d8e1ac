"""
The map that somebody imported, as every process of this installation sees it: one file, mapped into memory and shared.

It is opened when it is first asked for, and again when the file has been replaced; who still holds the old one keeps it, because a
replaced file lives on until nobody has it open. Whoever asks pays one look at the file.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from django.conf import settings
from msgspec import Struct

from payments.lightning.graph.errors import MapError
from payments.lightning.graph.snapshot_file import StoredMap, decode_snapshot

FILE_NAME = "imported.map"


class _Opened(Struct, frozen=True):
    """A file as it was found, and what is in it."""

    state: tuple[int, int, int]
    content: StoredMap | MapError


_kept: dict[Path, _Opened] = {}
"""The newest, replaced as a whole so that threads never see half of one."""


def map_path() -> Path:
    """Where the imported map lies: in the state folder."""
    return Path(settings.LNWEB_STATE_DIR) / FILE_NAME


def imported_map() -> StoredMap | None:
    """
    The imported map; None when nobody has imported one.

    raises    the leaves of MapError, when the file is damaged or of another version
    """
    path = map_path()
    try:
        found = path.stat()
    except OSError:
        _kept.pop(path, None)
        return None
    state = (found.st_ino, found.st_size, found.st_mtime_ns)
    opened = _kept.get(path)
    if opened is None or opened.state != state:
        _kept[path] = opened = _Opened(state, _open(path))
    if isinstance(opened.content, MapError):
        raise opened.content.with_traceback(None)
    return opened.content


def readable_map() -> StoredMap | None:
    """The same for whoever can do without: None also when the file is damaged."""
    try:
        return imported_map()
    except MapError:
        return None


def _open(path: Path) -> StoredMap | MapError:
    with path.open("rb") as file:
        try:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except ValueError:  # nothing can be mapped of an empty file
            data = memoryview(b"")
    try:
        return decode_snapshot(data)
    except MapError as error:
        return error
