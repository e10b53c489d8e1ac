"""Every address by every method for everybody: what comes of it is what the one table says, and foreign is as good as missing."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from payments.access.addresses import PAGES, SOCKETS, UNNAMED, Door
from payments.access.roles import Permission, is_allowed
from payments.live.urls import websocket_urlpatterns
from payments.models import AuditRecord
from tests.web.matrix import BY_FORM, PRINCIPALS, Address, Outcome, Principal, Whose, World, all_addresses, expected, things

pytestmark = pytest.mark.django_db
ADDRESSES = tuple(all_addresses())
METHODS = ("GET", "POST")
UNNAMED_PLACES = {
    "accounts/login/code/confirm/": "/accounts/login/code/confirm/",
    "accounts/confirm-email/": "/accounts/confirm-email/",
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": "/accounts/2fa/webauthn/keys/1/edit/",
    "accounts/2fa/webauthn/": "/accounts/2fa/webauthn/",
    "admin:<path:object_id>/": "/admin/payments/paymentrecord/1/",
    "admin:(?P<url>.*)$": "/admin/anything",
}
PASSES = {
    **{outcome: {outcome} for outcome in Outcome},
    **{outcome: {outcome, Outcome.NO_METHOD} for outcome in (Outcome.ALLOWED, Outcome.MISSING, Outcome.NO_KEY)},
    Outcome.ANYTHING: set(Outcome),
}
"""Who may come in may be told that this is no way to ask; who may not is never told even that."""
NOTHING_THERE = {Outcome.MISSING, Outcome.NO_METHOD}
"""What the admin says to some of its own who ask for things that are not there."""
_asked: Counter[str] = Counter()
"""How many requests each person has sent."""


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> Iterator[World]:
    """Two accounts with one thing of each kind, and everybody."""
    cache.clear()
    settings.LNWEB_STATE_DIR = tmp_path
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    logging.disable(logging.CRITICAL)  # thousands of refusals
    yield World()
    logging.disable(logging.NOTSET)


def signed_in(world: World, name: str) -> Client:
    client, person = Client(raise_request_exception=True), world.people[name]
    if person is not None:
        client.force_login(person)
    if name == "deactivated":
        person.is_active = False
        person.save()
    client.cookies_of_sign_in = {name: morsel.value for name, morsel in client.cookies.items()}
    return client


def place(address: Address, thing: Any) -> str:
    if not address.name:
        return UNNAMED_PLACES[address.pattern]
    return reverse(address.name, kwargs={name: value for name, value in thing.items() if name in address.arguments})


def ask(client: Client, address: Address, thing: Any, method: str) -> tuple[Outcome, Any]:
    """What comes of it. Whatever it did is undone."""
    client.cookies = SimpleCookie(client.cookies_of_sign_in)  # whatever the request before did to its session
    form = {BY_FORM[address.name]: thing[BY_FORM[address.name]]} if address.name in BY_FORM else {"role": "payer"}
    with transaction.atomic():
        rows = AuditRecord.objects.count()
        answer = client.generic(method, place(address, thing)) if method == "GET" else client.post(place(address, thing), form)
        outcome = _outcome(answer)
        if outcome not in (Outcome.ALLOWED, Outcome.ANYTHING) and address.need is not Door.ALLAUTH:
            assert rows == AuditRecord.objects.count(), "what was refused has left something behind"
        transaction.set_rollback(True)
    return outcome, answer


def _outcome(answer: Any) -> Outcome:
    assert answer.status_code < 500, answer.content.decode()[:2_000]
    if answer.status_code == 302 and "/login/" in answer["Location"]:
        return Outcome.DOOR
    if answer.status_code == 302 and answer["Location"] == "/admin/":
        return Outcome.MISSING
    if answer.status_code == 405:
        return Outcome.NO_METHOD
    return {401: Outcome.NO_KEY, 403: Outcome.REFUSED, 404: Outcome.MISSING}.get(answer.status_code, Outcome.ALLOWED)


def body_of(answer: Any) -> str:
    """Without what may differ: the token against forged forms, and the address that was asked for."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    return text.replace(answer.request["PATH_INFO"], "PLACE")


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    names, patterns = {each.name for each in ADDRESSES if each.name}, {each.pattern for each in ADDRESSES if not each.name}
    assert (set(), set()) == (names - set(PAGES), set(PAGES) - names)
    assert (set(), set()) == (patterns - set(UNNAMED), set(UNNAMED) - patterns)
    assert {route.name for route in websocket_urlpatterns} == set(SOCKETS)


@pytest.mark.parametrize("name", PRINCIPALS)
def test_what_comes_of_asking_is_what_the_table_says(world: World, name: str) -> None:
    principal, client = PRINCIPALS[name], signed_in(world, name)
    wrong, count, answered = [], 0, set()
    for address, whose, thing, method in _questions(principal, world):
        outcome, _ = ask(client, address, thing, method)
        count += 1
        should = expected(address, principal, whose, method)
        if outcome is not Outcome.NO_METHOD:
            answered.add(address.name or address.pattern)
        if outcome not in PASSES[should] and not (address.is_of_admin and outcome in NOTHING_THERE):
            wrong.append(f"{method} {address.name or address.pattern} ({whose}): {outcome}, and should be {should}")
    _asked[name] = count
    print(f"{name}: {count} requests to {len(ADDRESSES)} addresses")  # noqa: T201  (the figure is read from the run)
    assert not wrong, "\n".join(wrong)
    assert count >= len(ADDRESSES)
    assert answered == {address.name or address.pattern for address in ADDRESSES}


def _questions(principal: Principal, world: World) -> Iterator[tuple[Address, Whose, Any, str]]:
    for address in ADDRESSES:
        for whose, thing in things(address, principal, world) if address.name else [(Whose.NOTHING, {})]:
            for method in METHODS:
                yield address, whose, thing, method


def test_that_was_everybody() -> None:
    if set(_asked) != set(PRINCIPALS):
        pytest.skip("only some of them were asked in this run")
    print(f"{sum(_asked.values())} requests: {len(ADDRESSES)} addresses, {len(METHODS)} methods, {len(PRINCIPALS)} people")  # noqa: T201  (the figure is read from the run)
    assert sum(_asked.values()) >= len(ADDRESSES) * len(PRINCIPALS)


@pytest.mark.parametrize("name", [name for name, each in PRINCIPALS.items() if each.is_signed_in and each.role is not None])
def test_foreign_and_missing_are_the_same_answer(world: World, name: str) -> None:
    principal, client = PRINCIPALS[name], signed_in(world, name)
    compared = 0
    for address in ADDRESSES:
        if not address.name.startswith("payments:") or not isinstance(address.need, Permission):
            continue
        found = dict(things(address, principal, world))
        if Whose.FOREIGN not in found:
            continue
        for method in METHODS:
            foreign, missing = (ask(client, address, found[whose], method)[1] for whose in (Whose.FOREIGN, Whose.MISSING))
            assert foreign.status_code == missing.status_code, (method, address.name)
            assert body_of(foreign) == body_of(missing), (method, address.name)
            compared += 1
    assert compared >= 20


def socket_things(name: str, principal: Principal, world: World) -> Iterator[tuple[Whose, str]]:
    """Where a socket's route leads for each thing that it can be about."""
    route = next(route for route in websocket_urlpatterns if route.name == name)
    arguments = frozenset(route.pattern.regex.groupindex)
    for whose, thing in things(Address(name=name, pattern="", arguments=arguments, is_socket=True), principal, world):
        address = str(route.pattern).strip("^$")
        for argument, value in thing.items():
            address = re.sub(rf"\(\?P<{argument}>[^)]*\)", str(value), address)
        yield whose, "/" + address


def expected_of_socket(name: str, principal: Principal, whose: Whose) -> tuple[bool, int | None]:
    need = SOCKETS[name]
    if need is Door.PUBLIC:
        return (False, 4404) if whose is Whose.MISSING else (True, None)
    if principal.name == "anonymous":
        return False, 4401
    is_in = need is Door.SIGNED_IN or (principal.role is not None and isinstance(need, Permission) and is_allowed(principal.role, need))
    is_there = whose is Whose.NOTHING or (whose is Whose.OWN and principal.role is not None)
    return (True, None) if is_in and is_there and principal.is_signed_in else (False, 4404)


@pytest.mark.django_db(transaction=True)
def test_a_socket_opens_for_whom_the_table_says(world: World) -> None:
    users = {name: world.people[name] or AnonymousUser() for name in PRINCIPALS}
    users["deactivated"].is_active = False
    users["deactivated"].save()
    questions = [
        (name, route, whose, address)
        for name in PRINCIPALS
        for route in SOCKETS
        for whose, address in socket_things(route, PRINCIPALS[name], world)
    ]
    wrong = asyncio.run(_wrong_sockets(questions, users))
    print(f"{len(questions)} connections to {len(SOCKETS)} sockets by {len(PRINCIPALS)} people")  # noqa: T201  (the figure is read from the run)
    assert not wrong, "\n".join(wrong)
    assert len(questions) >= len(SOCKETS) * len(PRINCIPALS)


async def _wrong_sockets(questions: list[tuple[str, str, Whose, str]], users: dict[str, Any]) -> list[str]:
    wrong = []
    for name, route, whose, address in questions:
        communicator = WebsocketCommunicator(URLRouter(websocket_urlpatterns), address)
        communicator.scope["user"] = users[name]
        connected, code = await communicator.connect(timeout=10)
        await communicator.disconnect()
        found, should = (connected, None if connected else code), expected_of_socket(route, PRINCIPALS[name], whose)
        if found != should:
            wrong.append(f"{route} ({whose}) for {name}: {found}, and should be {should}")
    return wrong
