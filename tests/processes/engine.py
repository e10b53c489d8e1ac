"""The engine as a process of its own, on the database of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


class EngineProcess:
    """`manage.py run_node`, started and stopped, also the hard way."""

    def __init__(self, **variables: str) -> None:
        self._environment = os.environ | {
            "DATABASE_URL": database_url(),
            "LNWEB_STATE_DIR": str(settings.LNWEB_STATE_DIR),
            "DJANGO_SETTINGS_MODULE": "lnweb.settings",
            "PYTHONUNBUFFERED": "1",
            **variables,
        }
        self._process: subprocess.Popen[str] | None = None
        self.said: list[str] = []
        """The lines before it was ready."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._close()

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self._process = subprocess.Popen(
            [sys.executable, str(MANAGE), "run_node"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        self.said = []
        for line in self._process.stdout:
            self.said.append(line)
            if line.startswith("ready"):
                return
        self._process.wait()
        self._close()
        raise AssertionError(f"the engine did not start:\n{''.join(self.said)}")

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """As a power cut would: no chance to finish anything."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._close()

    def terminate(self) -> int:
        """Ask it to end; the exit status."""
        assert self._process is not None
        self._process.terminate()
        status = self._process.wait(timeout=20)
        self._close()
        return status

    def _close(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()


def database_url() -> str:
    """The database of the test, as another process finds it."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgres://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def eventually(condition: Callable[[], bool], *, within_s: float = 30) -> None:
    """Look until something holds; AssertionError when it does not come about in time."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come about"
        time.sleep(0.01)
