"""
Secrets of this installation: given in the environment, or made once and kept in the state folder.

One signs sessions and forms, another is what the keys of the Lightning nodes are made of. Each is written to a file that only its owner
may read, complete before it gets its name: two processes that start together end up with one key. None is ever printed.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_KEY_BYTES = 50


def make_state_folder(path: Path) -> None:
    """
    The folder of everything that this installation keeps; only its owner may look into it.

    raises     ImproperlyConfigured
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The state folder {path} cannot be made ({error.strerror}): choose another in LNWEB_STATE_DIR."
        ) from None


def read_or_create_secret(path: Path, *, if_empty: str) -> str:
    """
    The secret in this file, which is made at the first start.

    if_empty   what to do when the file is there but empty or not to be read: the end of the sentence
    raises     ImproperlyConfigured
    """
    try:
        if not path.exists():
            _create(path)
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"The secret in {path} cannot be read. {if_empty}") from None
    if not secret:
        raise ImproperlyConfigured(f"The secret in {path} is empty. {if_empty}")
    return secret


def _create(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, a link never replaces the key that another process has just made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
