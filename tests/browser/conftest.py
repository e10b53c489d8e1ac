"""A demo that really runs, as a person would start it, and a browser in front of it that notes everything it complains about."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.every_page import Things

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN_S = 90
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SOW = "import json; from tests.browser.hostile_world import sow; print('THINGS' + json.dumps(sow({username!r})))"
_OPEN = re.compile(r"Open\s+(http://\S+)")
_SIGN_IN = re.compile(r"Sign in\s+(\S+)\s+/\s+(\S+)")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """Where it is, who may enter, and how to reach its sandbox from outside of the pages."""

    address: str
    username: str
    password: str
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """What a command says about this very demo."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True).stdout.strip()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _greeting(process: subprocess.Popen[str], environment: dict[str, str]) -> Demo:
    """Read what it prints until it has said how to get in."""
    lines: queue.Queue[str | None] = queue.Queue()
    said: list[str] = []

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    until = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            line = lines.get(timeout=max(until - time.monotonic(), 0.01))
        except queue.Empty:
            pytest.fail(f"The demo did not greet within {READY_WITHIN_S} s. It said:\n" + "".join(said))
        if line is None:
            pytest.fail("The demo ended by itself. It said:\n" + "".join(said))
        said.append(line)
        everything = "".join(said)
        address, account = _OPEN.search(everything), _SIGN_IN.search(everything)
        if address and account:
            return Demo(address=address[1].rstrip("/"), username=account[1], password=account[2], environment=environment)


@contextmanager
def running_demo(state: Path) -> Iterator[Demo]:
    """`manage.py demo` with a state of its own, from nothing to the last SIGTERM."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LNWEB_", "DJANGO_"))}
    environment |= {"LNWEB_STATE_DIR": str(state), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "manage.py", "demo", "--port", str(_free_port())]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield _greeting(process, environment)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The one that most tests share."""
    with running_demo(tmp_path_factory.mktemp("state")) as demo:
        yield demo


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not there: NO page was seen in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A person with a screen of some width, signed in unless told otherwise; `complaints` is what the browser had to say."""

    def __init__(self, context: BrowserContext, demo: Demo) -> None:
        self.demo = demo
        self.complaints: list[str] = []
        context.set_default_timeout(30_000)
        self.page: Page = context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("request", self._stay_here)
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _stay_here(self, request: Request) -> None:
        if not request.url.startswith((self.demo.address, self.demo.address.replace("http", "ws", 1), "data:")):
            self.complaints.append(f"asks elsewhere: {request.url}")

    def go(self, path: str) -> Page:
        """Open one of our pages."""
        self.page.goto(self.demo.address + path)
        return self.page

    def sign_in(self) -> Page:
        """Through the door, by hand."""
        page = self.go("/")
        page.get_by_label("Username").fill(self.demo.username)
        page.get_by_label("Password").fill(self.demo.password)
        page.get_by_role("button", name="Sign in").click()
        page.locator("#text, #read").first.wait_for()
        return page

    def ask_a_shop(self, amount_sat: int | None = 2_500, description: str = "One flat white") -> str:
        """From the shops' page to an invoice; its text."""
        page = self.go("/shops/")
        page.locator(".shop a").first.click()
        if amount_sat is None:
            page.get_by_label("Let the payer choose").check()
        else:
            page.get_by_label("Amount", exact=True).fill(str(amount_sat))
        page.get_by_label("What it is for").fill(description)
        page.get_by_role("button", name="Ask for the invoice").click()
        return page.locator("#invoice-text").inner_text()


@pytest.fixture(params=[1280, 390], ids=["wide", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    """How wide the screen is, in CSS pixels."""
    return int(request.param)


@pytest.fixture
def visit(demo: Demo, chromium: Browser, width: int) -> Iterator[Visit]:
    """A signed-in person, at each width; at the end the browser must have had nothing to complain about."""
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, has_touch=width < 600, permissions=["clipboard-read", "clipboard-write"]
    )
    visitor = Visit(context, demo)
    visitor.sign_in()
    yield visitor
    context.close()
    assert [] == visitor.complaints


@pytest.fixture
def plain_visit(demo: Demo, chromium: Browser) -> Iterator[Visit]:
    """A signed-in person whose browser runs no scripts."""
    context = chromium.new_context(java_script_enabled=False)
    visitor = Visit(context, demo)
    visitor.sign_in()
    yield visitor
    context.close()


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[tuple[Visit, Things]]:
    """A demo full of words that mean harm, its owner, who was signed in before everything got its name, and what each page can show."""
    with running_demo(tmp_path_factory.mktemp("hostile")) as demo:
        visit = Visit(chromium.new_context(viewport={"width": 1280, "height": 844}), demo)
        visit.sign_in()
        said = demo.manage("shell", "-v0", "-c", _SOW.format(username=demo.username))
        token = next(each["value"] for each in visit.page.context.cookies() if each["name"] == "csrftoken")
        wish = {"account": "hostile", "csrfmiddlewaretoken": token}
        assert visit.page.request.post(f"{demo.address}/account/choose/", form=wish, headers={"Referer": demo.address}).ok
        yield visit, json.loads(said.rpartition("THINGS")[2])
        visit.page.context.close()
