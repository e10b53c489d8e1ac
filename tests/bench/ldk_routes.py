"""
LDK's answers to questions about routes: `python -m tests.bench.ldk_routes MAP.rgs < questions.json > answers.json`.

What questions and answers look like stands in `ldk_routes.mjs`. Ends with status 1 and a sentence where LDK cannot be had.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.interop.ldk_packages import installed

SCRIPT = Path(__file__).with_suffix(".mjs")


def main() -> None:
    """Run the script with what this process was given."""
    try:
        folder = installed()
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"LDK could not be fetched from npm: {error}")
    if folder is None:
        sys.exit("Node is not there.")
    settings = json.dumps({"packages": str(folder), "graph": sys.argv[1]})
    sys.exit(subprocess.run(["node", str(SCRIPT), settings], check=False).returncode)


if __name__ == "__main__":
    main()
