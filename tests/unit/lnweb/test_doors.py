"""What stands between a stranger and the wallet: headers, the sign-in, and who may open a websocket."""

from __future__ import annotations

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.urls import reverse

from lnweb.asgi import application

pytestmark = pytest.mark.django_db


@pytest.fixture
def login(client):
    return client.get(reverse("account_login"))


def test_it_works(login):
    assert 200 == login.status_code


def test_nothing_runs_or_loads_from_elsewhere(login):
    policy = dict(part.strip().split(" ", 1) for part in login.headers["Content-Security-Policy"].split(";"))

    assert {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    } == policy


def test_no_page_may_stand_in_a_frame_or_leak_its_address(login):
    headers = [
        login.headers[name] for name in ("X-Frame-Options", "Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Opener-Policy")
    ]

    assert ["DENY", "same-origin", "nosniff", "same-origin"] == headers


def test_scripts_cannot_read_the_cookies(client, django_user_model):
    django_user_model.objects.create_user("alice", password="correct horse")
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": "alice", "password": "correct horse"})

    assert {"csrftoken", "sessionid"} == set(client.cookies)
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in client.cookies.values())


@pytest.mark.parametrize("name", ["alice", "alice@example.org"])
def test_a_person_signs_in_by_name_or_by_address(client, name):
    user = User.objects.create_user("alice", email="alice@example.org", password="correct horse")
    client.post(reverse("account_login"), {"login": name, "password": "correct horse"})

    assert str(user.pk) == client.session["_auth_user_id"]


def test_nobody_signs_up(client):
    form = {"username": "mallory", "email": "m@example.org", "password1": "correct horse battery"}
    answer = client.post(reverse("account_signup"), form)

    assert (404, 404) == (answer.status_code, client.get(reverse("account_signup")).status_code)
    assert not User.objects.filter(username="mallory").exists()


def test_guessing_a_password_is_slowed_down(client):
    User.objects.create_user("bob", password="correct horse")
    for _ in range(6):
        client.post(reverse("account_login"), {"login": "bob", "password": "wrong"})
    client.post(reverse("account_login"), {"login": "bob", "password": "correct horse"})

    assert "_auth_user_id" not in client.session


def test_the_admins_door_is_the_same_door(client):
    answer = client.get("/admin/login/")

    assert 302 == answer.status_code
    assert answer.headers["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("origin", "is_open"), [(b"http://localhost", True), (b"https://evil.example", False), (b"null", False)])
async def test_only_our_own_pages_open_a_websocket_in_a_persons_name(async_client, origin, is_open):
    await async_client.aforce_login(await User.objects.acreate(username="carol"))
    cookie = f"sessionid={async_client.cookies['sessionid'].value}".encode()
    page = WebsocketCommunicator(application, "/ws/balance/", headers=[(b"host", b"localhost"), (b"origin", origin), (b"cookie", cookie)])

    assert is_open == (await page.connect(timeout=10))[0]
    await page.disconnect()


def test_static_files_are_there_without_collecting_them(client):
    answer = client.get("/static/django_htmx/htmx-2.min.js")

    answer.close()

    assert 200 == answer.status_code
    assert answer.headers["Content-Type"].startswith("text/javascript")
