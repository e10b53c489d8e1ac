"""How a test runs a command."""

from __future__ import annotations

import io

from django.core.management import call_command


def run(*arguments: str) -> tuple[int, str, str]:
    """Status, standard output and standard error of a command."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, out.getvalue(), err.getvalue()
