"""
Static files: names with a hash in them where `collectstatic` has run, plain names where it has not.

So a plain install serves its pages at once, and a demo or a real site lets browsers keep every file for ever.
"""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, which does not insist on a manifest."""

    def stored_name(self, name: str) -> str:
        """The hashed name of a collected file, and its own name otherwise (WhiteNoise then serves it from where it lies)."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
