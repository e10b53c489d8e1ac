"""
The doorbell between processes: "look into the database, something has changed". It carries no news of its own.

A bell is a datagram socket in the state folder. Ringing never waits, never fails and may be lost (no listener yet, full queue, another
machine), so every listener also looks by itself once in a while: the bell makes things quick, the database makes them true. Only the owner
of the state folder can ring.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_FOLDER = "bells"
_LONGEST_ADDRESS_BYTES = 100
"""A socket's path has room for 108 bytes on Linux and 104 on macOS."""
_numbers = itertools.count()


def ring(state_dir: Path, name: str) -> None:
    """Wake every process that listens for this name. Returns at once, whether or not anybody does."""
    for path in (state_dir / _FOLDER).glob(f"{name}-*.sock"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError), _address(path) as address:
            sender.setblocking(False)
            try:
                sender.sendto(b"!", address)
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)  # its process has died without closing it


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name for this socket that is short enough for the kernel, whatever the state folder is called."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Bell:
    """
    One listener. Rings that came while nobody waited are one ring at the next wait.

    name   lower-case letters; several processes may listen for the same name, and each is woken
    """

    def __init__(self, state_dir: Path, name: str) -> None:
        if not name.isalpha():
            raise ValueError(name)
        folder = state_dir / _FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{name}-{os.getpid()}-{next(_numbers)}.sock"
        self._path.unlink(missing_ok=True)  # of a dead process that had our number
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        with _address(self._path) as address:
            self._socket.bind(address)

    def wait(self, timeout_s: float) -> bool:
        """Sleep until the bell rings or the time is over; whether it rang. Blocks the thread."""
        select.select([self._socket], [], [], timeout_s)
        return self._quieten()

    async def wait_async(self, timeout_s: float) -> bool:
        """The same for a coroutine: only the coroutine sleeps."""
        loop = asyncio.get_running_loop()
        rang = asyncio.Event()
        loop.add_reader(self._socket, rang.set)
        try:
            await asyncio.wait_for(rang.wait(), timeout_s)
        except TimeoutError:
            pass
        finally:
            loop.remove_reader(self._socket)
        return self._quieten()

    def close(self) -> None:
        """Listen no more; the name is free at once."""
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _quieten(self) -> bool:
        rang = False
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(1):
                rang = True
        return rang
