from __future__ import annotations

from pathlib import Path

import pytest

from lnweb.static import StaticFiles


@pytest.fixture
def collected(settings, tmp_path):
    """A folder in which one file has been collected."""
    (tmp_path / "a.css").write_text("body {}")
    storage = StaticFiles(location=tmp_path)
    list(storage.post_process({"a.css": (storage, "a.css")}))
    return storage


def test_it_works(collected):
    name = collected.stored_name("a.css")

    assert "a.css" != name
    assert "body {}" == Path(collected.path(name)).read_text()


def test_a_file_that_was_not_collected_keeps_its_name(collected, tmp_path):
    assert "b.css" == collected.stored_name("b.css")
    assert "a.css" == StaticFiles(location=tmp_path / "empty").stored_name("a.css")
