"""Unit tests may commit for real; the database is emptied after them."""

from __future__ import annotations

from tests.flush import allow_flush

allow_flush()
