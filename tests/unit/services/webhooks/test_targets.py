"""Whom a webhook may call: the addresses by which people have tried to get into other people's networks."""

from __future__ import annotations

import time
from ipaddress import ip_address

import pytest

from payments.services.webhooks.errors import (
    WebhookHostPrivate,
    WebhookHostUnknown,
    WebhookPortRefused,
    WebhookTimedOut,
    WebhookUrlMalformed,
)
from payments.services.webhooks.targets import Deadline, Target, ask_system, find_addresses, is_public, read_target

PUBLIC = "93.184.216.34"
NOT_TO_BE_CALLED = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1"),
    *("169.254.169.254", "169.254.170.2", "168.63.129.16", "192.0.0.192", "100.64.0.1", "100.100.100.200", "100.127.255.255"),
    *("192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "192.88.99.1"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:93.184.216.34", "::127.0.0.1", "64:ff9b::7f00:1", "fe80::1"),
    *("64:ff9b:1::1", "fe80::1%1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1"),
    *("100::1", "5f00::1", "4000::1"),
]
PUBLIC_ONES = [
    "1.1.1.1",
    PUBLIC,
    "100.63.255.255",
    "100.128.0.0",
    "172.15.0.1",
    "172.32.0.1",
    "198.20.0.1",
    "2606:2800::1",
    "2a00::1",
]
MALFORMED = [
    *("", "shop.example", "//shop.example/", "ftp://shop.example/", "gopher://127.0.0.1:6379/_x", "file:///etc/passwd", "http:///x"),
    *("javascript:alert(1)", "http://user@shop.example/", "http://user:pass@shop.example/", "http://shop.example@127.0.0.1/"),
    *("http://127.0.0.1\\@shop.example/", "http://shop.example\\.evil/", "http://shop.example#@127.0.0.1/", "http://shop.example/#x"),
    *(
        "http://shop.example /",
        " http://shop.example/",
        "http://shop.example/\n",
        "http://shop.example/a b",
        "http://shop.example/\r\nX: y",
    ),
    *("http://sho\tp.example/", "http://\uff11\uff12\uff17.0.0.1/", "http://127\u30020.0.1/", "http://b\u00fccher.example/"),
    *("http://\u24db\u24de\u24d2al/", "http://shop.example:/", "http://shop.example:0/", "http://shop.example:65536/", "http://[::1/"),
    *("http://[v1.x]/", "http://[fe80::1%25eth0]/", "http://-shop.example/", "http://shop%2eexample/", "http://*/", "http://a,b/"),
    "http://shop.example/" + "a" * 500,
]


def looked_up(url: str, *answers: str, private_hosts=frozenset()):
    target = read_target(url, private_hosts=private_hosts)
    return find_addresses(target, resolve=lambda _: answers, private_hosts=private_hosts, deadline=Deadline(5))


@pytest.mark.parametrize("address", NOT_TO_BE_CALLED)
def test_a_machine_that_is_not_of_the_internet_is_not_called(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(WebhookHostPrivate):
        looked_up("https://shop.example/", address)


@pytest.mark.parametrize("address", PUBLIC_ONES)
def test_a_machine_of_the_internet_is_called(address: str) -> None:
    assert (ip_address(address),) == looked_up("https://shop.example/", address)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1"])
def test_one_private_machine_among_public_ones_spoils_the_name(address: str) -> None:
    with pytest.raises(WebhookHostPrivate):
        looked_up("https://shop.example/", PUBLIC, address)


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_plain_address_of_the_web_is_not_taken(url: str) -> None:
    with pytest.raises(WebhookUrlMalformed):
        read_target(url, private_hosts=())


@pytest.mark.parametrize("port", [1, 21, 22, 25, 53, 81, 110, 3306, 5432, 6379, 8081, 9735, 11211, 65_535])
def test_other_languages_than_the_webs_are_not_spoken_to(port: int) -> None:
    with pytest.raises(WebhookPortRefused):
        read_target(f"https://shop.example:{port}/", private_hosts={"shop.example"})


@pytest.mark.parametrize(
    "host", ["0", "0x7f.1", "127.1", "2130706433", "017700000001", "0x7f000001", "127.0.0.1", "localhost", "localhost."]
)
def test_this_machine_is_found_out_however_it_is_written(host: str) -> None:
    target = read_target(f"http://{host}/", private_hosts=())

    with pytest.raises((WebhookHostPrivate, WebhookHostUnknown)):
        find_addresses(target, resolve=ask_system, private_hosts=(), deadline=Deadline(5))


@pytest.mark.parametrize("host", ["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::]"])
def test_this_machine_is_found_out_in_the_newer_addresses(host: str) -> None:
    with pytest.raises(WebhookHostPrivate):
        find_addresses(read_target(f"http://{host}/", private_hosts=()), resolve=ask_system, private_hosts=(), deadline=Deadline(5))


def test_a_host_that_the_operator_has_named_is_called() -> None:
    assert (ip_address("10.1.2.3"),) == looked_up("http://till.lan/", "10.1.2.3", private_hosts={"till.lan"})
    assert (ip_address("10.1.2.3"),) == looked_up("http://till.lan:9000/", "10.1.2.3", private_hosts={"till.lan:9000"})
    with pytest.raises(WebhookHostPrivate):
        looked_up("http://till.lan/", "10.1.2.3", private_hosts={"till.lan:9000"})
    with pytest.raises(WebhookHostPrivate):
        looked_up("http://other.lan/", "10.1.2.3", private_hosts={"till.lan"})


def test_a_name_without_a_machine_is_unknown() -> None:
    def nobody(_: str) -> list[str]:
        raise OSError

    target = read_target("https://shop.example/", private_hosts=())
    with pytest.raises(WebhookHostUnknown):
        find_addresses(target, resolve=nobody, private_hosts=(), deadline=Deadline(5))
    with pytest.raises(WebhookHostUnknown):
        looked_up("https://shop.example/")


def test_a_name_server_that_does_not_answer_is_not_waited_for() -> None:
    began_s, target = time.monotonic(), read_target("https://shop.example/", private_hosts=())

    with pytest.raises((WebhookTimedOut, WebhookHostUnknown)):
        find_addresses(target, resolve=lambda _: time.sleep(5) or (), private_hosts=(), deadline=Deadline(1))
    assert time.monotonic() - began_s < 3


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://shop.example", Target(scheme="https", host="shop.example", port=443, path="/"), "shop.example"),
        ("HTTP://Shop.Example:8080/A?b=c&d", Target(scheme="http", host="shop.example", port=8080, path="/A?b=c&d"), "shop.example:8080"),
        ("https://shop.example?x", Target(scheme="https", host="shop.example", port=443, path="/?x"), "shop.example"),
        ("http://[2606:2800::1]/", Target(scheme="http", host="2606:2800::1", port=80, path="/"), "[2606:2800::1]"),
        (
            "https://xn--a.example:443/~a/%20",
            Target(scheme="https", host="xn--a.example", port=443, path="/~a/%20"),
            "xn--a.example",
        ),
    ],
)
def test_an_address_is_read_into_its_parts(url: str, target: Target, authority: str) -> None:
    assert (target, authority) == (read_target(url, private_hosts=()), target.authority)
