from __future__ import annotations

from pathlib import Path

from lnweb.environment import Environment
from payments.apps import check_debug, check_hosts, check_names, check_state_folder


def identifiers(messages):
    return [message.id for message in messages]


def test_the_settings_as_they_come_are_quiet():
    assert [] == check_names() + check_state_folder() + check_hosts() + check_debug()


def test_a_misspelled_setting_is_an_error(settings):
    settings.ENVIRONMENT = Environment({"LNWEB_DEBG": "on"})

    assert ["payments.E001"] == identifiers(check_names())
    assert "LNWEB_DEBG is not a setting of lnweb." == check_names()[0].msg


def test_a_state_folder_that_others_can_read_is_a_warning(settings, tmp_path):
    settings.LNWEB_STATE_DIR = Path(tmp_path)
    tmp_path.chmod(0o755)

    assert ["payments.W001"] == identifiers(check_state_folder())


def test_any_host_is_an_error_outside_of_debugging(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert ["payments.E002"] == identifiers(check_hosts())

    settings.DEBUG = True
    assert [] == check_hosts()


def test_debugging_on_a_site_is_an_error(settings):
    settings.DEBUG = settings.HTTPS = True

    assert ["payments.E003"] == identifiers(check_debug())
