"""Sending one body: to the machine that was checked, within the time, and without reading more than there is use for."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from payments.services.webhooks.errors import (
    WebhookAnswerMalformed,
    WebhookCertificateRefused,
    WebhookHostPrivate,
    WebhookTimedOut,
    WebhookUnreachable,
)
from payments.services.webhooks.posting import Road, post
from payments.services.webhooks.targets import read_target
from tests.unit.services.webhooks.listeners import OK, Listener, listening, make_certificate, parts_of, saying

BODY = b'{"id": 7}'
HERE = "127.0.0.1"


def send(listener: Listener, *, scheme: str = "http", host: str = "till.lan", limit_s: int = 10, **road) -> int:
    named = frozenset({f"{host}:{listener.port}"})
    answers = road.pop("resolve", lambda _: [HERE])
    target = read_target(f"{scheme}://{host}:{listener.port}/hook?till=1", private_hosts=named)
    return post(target, BODY, {"X-Ours": "1"}, road=Road(private_hosts=named, resolve=answers, limit_s=limit_s, **road))


def test_a_body_gets_there_as_it_is() -> None:
    with listening(OK) as listener:
        assert 200 == send(listener)

    [request] = listener.requests
    first, headers, body = parts_of(request)
    assert ("POST /hook?till=1 HTTP/1.1", BODY, "1", "close") == (first, body, headers["x-ours"], headers["connection"])
    assert f"till.lan:{listener.port}" == headers["host"]


@pytest.mark.parametrize("status", [201, 204, 301, 400, 404, 500, 503])
def test_the_answer_is_its_number(status: int) -> None:
    with listening(saying(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())) as listener:
        assert status == send(listener)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_no_way(status: int) -> None:
    with listening(OK) as inside:
        answer = f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://127.0.0.1:{inside.port}/\r\nContent-Length: 0\r\n\r\n"
        with listening(saying(answer.encode())) as listener:
            assert status == send(listener)
        assert (1, 0) == (listener.calls, inside.calls)


def test_the_name_is_looked_up_once_and_that_machine_is_called() -> None:
    asked = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return [HERE] if len(asked) == 1 else ["169.254.169.254"]

    with listening(OK) as listener:
        assert 200 == send(listener, resolve=rebinding)
    assert ["till.lan"] == asked


def test_a_name_that_was_public_when_it_was_added_is_looked_at_again() -> None:
    with listening(OK) as listener:
        target = read_target("http://shop.example:8080/", private_hosts=())
        with pytest.raises(WebhookHostPrivate):
            post(target, BODY, {}, road=Road(private_hosts=(), resolve=lambda _: [HERE]))
        assert 0 == listener.calls


def test_a_shop_that_says_nothing_is_left_after_the_limit() -> None:
    def silent(line: socket.socket, _: bytes) -> None:
        line.recv(1)

    began_s = time.monotonic()
    with listening(silent) as listener:
        with pytest.raises(WebhookTimedOut):
            send(listener, limit_s=1)
        assert time.monotonic() - began_s < 3


def test_one_letter_at_a_time_does_not_stretch_the_limit() -> None:
    def dripping(line: socket.socket, _: bytes) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Pad: 1\r\n" * 1_000:
            line.sendall(bytes([byte]))
            time.sleep(0.05)

    began_s = time.monotonic()
    with listening(dripping) as listener:
        with pytest.raises(WebhookTimedOut):
            send(listener, limit_s=1)
        assert time.monotonic() - began_s < 3


def test_a_body_that_never_ends_changes_no_answer() -> None:
    def slow(line: socket.socket, _: bytes) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok")
        line.recv(1)

    began_s = time.monotonic()
    with listening(slow) as listener:
        assert 200 == send(listener, limit_s=1)
        assert time.monotonic() - began_s < 3


@pytest.mark.parametrize(
    "head", [b"Content-Length: 1000000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", b"\r\n", b"X: " + b"a" * 70_000]
)
def test_no_more_is_read_than_there_is_use_for(head: bytes) -> None:
    sent = []

    def huge(line: socket.socket, _: bytes) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n" + head)
        for _ in range(2_000):
            line.sendall(b"a" * 65_536)
            sent.append(65_536)

    with listening(huge) as listener:
        try:
            assert 200 == send(listener)
        except WebhookAnswerMalformed:
            assert len(head) > 65_536
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 100, b"HTTP/1.1 99 x\r\n\r\n"])
def test_what_is_no_answer_is_said_to_be_none(answer: bytes) -> None:
    with listening(saying(answer)) as listener, pytest.raises((WebhookAnswerMalformed, WebhookUnreachable)):
        send(listener)


def test_where_nobody_is_nobody_answers() -> None:
    with listening(OK) as listener:
        pass
    with pytest.raises(WebhookUnreachable):
        send(listener)


def test_the_second_machine_of_a_name_is_asked_when_the_first_is_away() -> None:
    with listening(OK) as listener:
        assert 200 == send(listener, resolve=lambda _: ["127.0.0.2", HERE])


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(OK) as proxy, listening(OK) as listener:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setitem(os.environ, name, f"http://127.0.0.1:{proxy.port}")
        assert 200 == send(listener)
        assert (0, 1) == (proxy.calls, listener.calls)


def test_whoever_answers_must_be_whom_the_address_names(tmp_path: Path) -> None:
    server, trusting = make_certificate(tmp_path, "till.lan")
    with listening(OK, server) as listener:
        assert 200 == send(listener, scheme="https", tls=trusting)
        with pytest.raises(WebhookCertificateRefused):
            send(listener, scheme="https", host="other.lan", tls=trusting)
        with pytest.raises(WebhookCertificateRefused):
            send(listener, scheme="https")
    assert 1 == len(listener.requests)


def test_what_speaks_no_tls_is_not_believed(tmp_path: Path) -> None:
    _, trusting = make_certificate(tmp_path, "till.lan")
    with socket.create_server((HERE, 0)) as silent:
        listener = type("Silent", (), {"port": silent.getsockname()[1]})()
        with pytest.raises(WebhookTimedOut):
            send(listener, scheme="https", tls=trusting, limit_s=1)
