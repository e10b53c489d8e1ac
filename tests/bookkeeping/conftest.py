"""A signed-in owner of the house."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.people import make_owner


@pytest.fixture(autouse=True, scope="session")
def _static_folder() -> None:
    """WhiteNoise warns of a folder that is not there; nothing has been collected under test."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture
def visitor(db: None, client: Client) -> Client:
    """Ada's browser, signed in."""
    client.force_login(make_owner("ada", password="lovelace-1843"))
    return client
