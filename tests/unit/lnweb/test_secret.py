from __future__ import annotations

import multiprocessing
import stat
from functools import partial

import pytest
from django.core.exceptions import ImproperlyConfigured

from lnweb.secret import read_or_create_secret

WAY_OUT = "Delete the file."


def test_it_works(tmp_path):
    secret = read_or_create_secret(tmp_path / "secret_key", if_empty=WAY_OUT)

    assert len(secret) >= 50
    assert secret == read_or_create_secret(tmp_path / "secret_key", if_empty=WAY_OUT)


def test_only_the_owner_can_read_it(tmp_path):
    read_or_create_secret(tmp_path / "secret_key", if_empty=WAY_OUT)

    assert 0o600 == stat.S_IMODE((tmp_path / "secret_key").stat().st_mode)
    assert ["secret_key"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("content", ["", "\n", "  "])
def test_an_empty_file_is_refused_with_a_way_out(tmp_path, content):
    (tmp_path / "secret_key").write_text(content)

    with pytest.raises(ImproperlyConfigured, match=r"is empty\. Delete the file"):
        read_or_create_secret(tmp_path / "secret_key", if_empty=WAY_OUT)


def test_processes_that_start_together_have_one_key(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        secrets = pool.map(partial(read_or_create_secret, if_empty=WAY_OUT), [tmp_path / "secret_key"] * 16, chunksize=1)

    assert 1 == len(set(secrets))
