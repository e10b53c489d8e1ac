#!/usr/bin/env python
"""The one door to every command: `manage.py demo` starts everything, `manage.py help` lists the rest."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lnweb.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as nonsense:  # it says what to do; a traceback would hide it
        sys.exit(str(nonsense))
