from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from lnweb.environment import Environment


def test_it_works():
    environment = Environment({"NAME": " alice ", "COUNT": "3", "ON": "Yes", "LIST": "a, b,,c", "KIND": "FULL"})

    assert "alice" == environment.text("NAME", "bob")
    assert 3 == environment.number("COUNT", 1)
    assert environment.flag("ON", default=False)
    assert ["a", "b", "c"] == environment.words("LIST")
    assert "FULL" == environment.choice("KIND", "NORMAL", choices=("NORMAL", "FULL"))


def test_what_is_not_set_has_its_default():
    environment = Environment({})

    assert "bob" == environment.text("NAME", "bob")
    assert 20 == environment.number("COUNT", 20)
    assert environment.flag("ON", default=True)
    assert ["a", "b"] == environment.words("LIST", ("a", "b"))
    assert "NORMAL" == environment.choice("KIND", "NORMAL", choices=("NORMAL", "FULL"))
    assert environment.database("DATABASE_URL") is None


@pytest.mark.parametrize("value", ["ture", "2", "enabled", "-"])
def test_a_flag_that_is_neither_on_nor_off_is_refused_with_its_name(value):
    with pytest.raises(ImproperlyConfigured, match=r"LNWEB_DEBUG is .*; write on or off\."):
        Environment({"LNWEB_DEBUG": value}).flag("LNWEB_DEBUG", default=False)


@pytest.mark.parametrize("value", ["", "20 ms", "-1", "1.5", "0x10", "²", "9"])
def test_a_number_that_is_none_or_too_small_is_refused_with_its_name(value):
    with pytest.raises(ImproperlyConfigured, match=r"DELAY is .*; write a whole number, at least 10\."):
        Environment({"DELAY": value}).number("DELAY", 20, least=10)


def test_a_word_that_is_no_choice_is_refused_with_the_choices():
    with pytest.raises(ImproperlyConfigured, match=r"NETWORK is 'mainnet'; choose one of: regtest\."):
        Environment({"NETWORK": "mainnet"}).choice("NETWORK", "regtest", choices=("regtest",))


def test_a_database_url_becomes_djangos_settings():
    database = Environment({"DATABASE_URL": "postgres://name:pass@host:5433/base"}).database("DATABASE_URL")

    assert database is not None
    assert ("django.db.backends.postgresql", "base", "name", "pass", "host", 5433) == tuple(
        database[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    )


@pytest.mark.parametrize("url", ["nonsense", "oracle://x/y", "mysql://a/b"])
def test_a_database_that_is_none_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match=r"DATABASE_URL is not understood; write sqlite"):
        Environment({"DATABASE_URL": url}).database("DATABASE_URL")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9735", ("127.0.0.1", 9735)),
        ("[::1]:9735", ("::1", 9735)),
        ("localhost:0", ("localhost", 0)),
        (" 0.0.0.0:65535 ", ("0.0.0.0", 65_535)),
        ("", None),
    ],
)
def test_an_address_is_a_host_and_a_port(text, address):
    assert address == Environment({"LISTEN": text}).address("LISTEN")


@pytest.mark.parametrize(
    "text", ["9735", "host", "host:", ":9735", "host:ninety", "host:-1", "::1:9735", "[::1]", "a b:9735", "x://h:1", "h:²"]
)
def test_an_address_that_is_none_is_refused_with_its_name(text):
    with pytest.raises(ImproperlyConfigured, match=r"LISTEN is .*; write host:port, such as 127\.0\.0\.1:9735 or \[::1\]:9735\."):
        Environment({"LISTEN": text}).address("LISTEN")


def test_a_port_that_cannot_be_is_refused_with_its_name():
    with pytest.raises(ImproperlyConfigured, match=r"LISTEN is 'localhost:65536'; a port is at most 65535\."):
        Environment({"LISTEN": "localhost:65536"}).address("LISTEN")


def test_a_misspelled_setting_is_found():
    environment = Environment({"LNWEB_DEBUG": "on", "LNWEB_DEBG": "on", "HOME": "/root"})
    environment.flag("LNWEB_DEBUG", default=False)

    assert ["LNWEB_DEBG"] == environment.misspelled("LNWEB_")


def test_a_refused_address_is_not_repeated_for_a_password_may_be_in_it():
    with pytest.raises(ImproperlyConfigured) as refusal:
        Environment({"DATABASE_URL": "mysql://name:hunter2@host/base"}).database("DATABASE_URL")

    assert "hunter2" not in str(refusal.value)


def test_a_mail_server_is_read_whole():
    server = Environment({"EMAIL_URL": "smtp+tls://ada:p%40ss@mail.example:587"}).mail("EMAIL_URL")

    assert ("mail.example", 587, "ada", "p@ss", True) == tuple(
        server[name] for name in ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS")
    )
    assert None is Environment({}).mail("EMAIL_URL")


@pytest.mark.parametrize("url", ["mail.example:587", "http://mail.example", "smtp:ada:secret@mail.example"])
def test_a_mail_server_that_makes_no_sense_is_refused_and_its_password_not_repeated(url):
    with pytest.raises(ImproperlyConfigured, match=r"EMAIL_URL is not understood") as refusal:
        Environment({"EMAIL_URL": url}).mail("EMAIL_URL")

    assert "secret" not in str(refusal.value)
