"""LDK as npm has it, in a folder of the user's cache and never in the checkout: installed when it is first asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PACKAGE = "lightningdevkit@0.1.0"
"""LDK 0.1, compiled to WASM by the LDK project: the newest that the registry has as a release."""


def installed() -> Path | None:
    """
    The folder with node_modules in it; None where there is no Node to run it with.

    raises    CalledProcessError, FileNotFoundError: npm could not fetch it, or is not there
    """
    if shutil.which("node") is None:
        return None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "lnweb-interop" / PACKAGE.replace("@", "-")
    if not (folder / "node_modules" / "lightningdevkit" / "liblightningjs.wasm").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}\n')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--save-exact", PACKAGE], cwd=folder, check=True, capture_output=True)
    return folder
