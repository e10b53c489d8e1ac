"""An auditor's browser: staff in the group of that name, member of no account."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client

from tests.people import make_user


@pytest.fixture(autouse=True, scope="session")
def _static_folder() -> None:
    """WhiteNoise warns of a folder that is not there; nothing has been collected under test."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture
def auditor(db: None, client: Client) -> Client:
    """Whoever reads everything and changes nothing."""
    person = make_user("audra", is_staff=True)
    person.groups.add(Group.objects.get_or_create(name="auditor")[0])
    client.force_login(person)
    return client
