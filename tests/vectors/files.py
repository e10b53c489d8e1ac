"""
Where the BOLTs' own test vectors are read from: a folder `shared/vectors` beside the checkout, when there is one.

They are never copied into the project; where the folder is absent the tests skip and say what was not checked. The essential figures
stand as literals in the unit tests, so that the suite proves something anywhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors"


def load_vectors(name: str) -> Any:
    """The vectors of one file (whatever JSON shape the specification gave them); skips the test loudly when the file is absent."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"{name} is not there: these vectors were NOT checked")
    document = json.loads(path.read_text())
    return document["vectors"] if isinstance(document, dict) and "vectors" in document else document
