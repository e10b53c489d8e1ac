"""
The settings under test: the project's own, with a state folder that nobody else uses and no variable of the developer's shell.

DATABASE_URL and REDIS_URL are kept: they choose what the suite runs against.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

for _name in [name for name in os.environ if name.startswith("LNWEB_")]:
    del os.environ[_name]
os.environ["LNWEB_STATE_DIR"] = tempfile.mkdtemp(prefix="lnweb-tests-")
os.environ.setdefault("NUMBA_CACHE_DIR", "")  # beside the modules, as numba does by itself: kept from run to run
_OWNER = os.getpid()


@atexit.register
def _forget_state() -> None:
    """Server processes that tests fork leave the folder to its owner."""
    if os.getpid() == _OWNER:
        shutil.rmtree(os.environ["LNWEB_STATE_DIR"], ignore_errors=True)


from lnweb.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hundreds of sign-ins; the real one takes 0.1 s each on purpose
