"""
Compiling, where there is a compiler: what `kernel` marks runs as machine code with numba installed and as plain Python without.

Plain, it is far too slow to search with and only good for being read and tested, so whoever searches asks `IS_COMPILED` first. What is
compiled is kept on disk, below NUMBA_CACHE_DIR where that is set, so that only the first start after an update pays for it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])

IS_COMPILED = find_spec("numba") is not None
"""Whether marked functions are fast."""

_LIBERTIES = {"contract", "reassoc", "nsz", "arcp"}
"""What the compiler may do with floating point. Never `nnan` or `ninf`: infinity means "no way" here and is compared with."""


def kernel(function: Function) -> Function:
    """Mark a function of numbers and arrays as one to compile. It runs without the interpreter's lock, so other threads go on."""
    return _compiled(function, inline="never")


def inlined(function: Function) -> Function:
    """A part of a kernel that is put in place where it is called: for what runs once for every channel."""
    return _compiled(function, inline="always")


def _compiled(function: Function, *, inline: str) -> Function:
    if not IS_COMPILED:
        return function
    # Without numba's own memory: it would count references to every array at every step, which takes ten times what the search does.
    options = {"cache": True, "nogil": True, "_nrt": False, "fastmath": _LIBERTIES, "error_model": "numpy", "inline": inline}
    return cast("Function", import_module("numba").njit(**options)(function))


def _separate_caches() -> None:
    """
    Give every version of this package a cache of its own.

    The compiler looks only at the file of a function to see whether what it kept is still right, and not at what was put into it from
    other files: after a change of a price it would go on with the old one.
    """
    config = import_module("numba.core.config")
    here = Path(__file__).parent
    sources = b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))
    kept: str = vars(config)["CACHE_DIR"]
    vars(config)["CACHE_DIR"] = str(Path(kept or here.joinpath("__pycache__")).joinpath(sha256(sources).hexdigest()[:16]))


if IS_COMPILED:
    _separate_caches()
