"""
The account that the demo is shown with, made once.

Its password is random and kept in the state folder, in a file that only its owner can read: whoever can read it can read the database too.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

USERNAME = "demo"
_PASSWORD_BYTES = 9
"""12 letters: typed from a terminal, and nobody guesses 72 bits."""


def seed_demo() -> tuple[str, str]:
    """
    Make the demo's account, an administrator of this sandbox, or find it again. Its name and the password that it was made with.

    Somebody who has given the account another password keeps it; deleting the file gives it a new one.
    """
    path = settings.LNWEB_STATE_DIR / "demo_password"
    is_new = not path.exists()
    password = _create(path) if is_new else path.read_text().strip()
    users = get_user_model().objects
    with transaction.atomic():
        user = users.filter(username=USERNAME).first()
        if user is None:
            users.create_superuser(USERNAME, password=password)
        elif is_new:
            user.set_password(password)
            user.save()
    return USERNAME, password


def _create(path: Path) -> str:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    return password
