"""
A real LDK as a peer: starts `ldk_peer.mjs`, gives it commands and waits for what it tells.

The packages are installed once into a folder of the user's cache, never into the checkout. Without Node there is nothing to test with and
everything here is skipped; with Node, what does not work is a failure.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from tests.interop.ldk_packages import installed

SCRIPT = Path(__file__).parent / "ldk_peer.mjs"


def packages():
    """The folder with node_modules in it; installs what is missing."""
    folder = installed()
    if folder is None:
        pytest.skip("Node is not there: nothing was checked against LDK")
    return folder


class LdkError(Exception):
    """LDK refused a command."""


class Ldk:
    """One LDK node in a process of its own."""

    def __init__(self, bell, folder, settings):
        self.bell = bell
        self.events = []
        self.peers = []
        self._folder = folder
        self._settings = settings
        self._answers = {}
        self._asked = 0

    @classmethod
    async def start(cls, bell, folder, **settings):
        """Start one. The settings are those that `ldk_peer.mjs` reads; `log_level=1` lets it tell everything in its log."""
        ldk = cls(bell, folder, settings)
        await ldk._start(log_mode="w")
        return ldk

    async def restart(self, *, saving=True):
        """
        A new process that goes on from what is stored; the events that were told stay.

        saving    store first; otherwise it goes on from what was stored before, as if the newer states had never been
        """
        if saving:
            await self.do("save")
        await self.stop()
        self.peers = []
        await self._start(log_mode="a")

    async def _start(self, *, log_mode):
        self._log = (self._folder / f"ldk-{self._settings['seed']}.log").open(log_mode)
        arguments = json.dumps({"packages": str(self._folder), **self._settings})
        self._process = await asyncio.create_subprocess_exec(
            "node", SCRIPT, arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, limit=1 << 24
        )
        self._reading = asyncio.create_task(self._read())
        try:
            ready = await self.event("Ready")
        except AssertionError:
            await self.stop()
            raise
        self.node_id, self.port, self.height = bytes.fromhex(ready["node_id"]), ready["port"], ready["height"]

    async def stop(self):
        """End the process, whatever it does."""
        if self._process.returncode is None:
            self._process.stdin.close()
        await self._process.wait()
        await self._reading
        self._log.close()

    async def do(self, command, **order):
        """Give a command and wait for its answer; LdkError when it was refused."""
        self._asked += 1
        number = self._asked
        self._process.stdin.write(json.dumps({"id": number, "do": command, **order}).encode() + b"\n")
        await self.bell.until(lambda: number in self._answers, what=f"LDK's answer to {command}", timeout_s=60)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise LdkError(answer["error"])
        return answer["ok"]

    async def event(self, name, **facts):
        """The next event of a name with these facts; it is taken from the list, so that asking again waits for another."""

        def look():
            for index, event in enumerate(self.events):
                if event["event"] == name and all(event[fact] == value for fact, value in facts.items()):
                    return self.events.pop(index)
            return None

        return await self.bell.until(look, what=lambda: f"{name} {facts} of LDK among {self.events}")

    def told(self, name):
        """All events of a name that are not taken yet."""
        return [event for event in self.events if event["event"] == name]

    async def knows(self, node_id, *, connected):
        """Wait until LDK has noticed that a peer is there, or is gone."""
        await self.bell.until(lambda: (node_id.hex() in self.peers) is connected, what=f"LDK to notice: {connected=}")

    async def channels(self):
        return (await self.do("channels"))["channels"]

    async def invoice(self, amount_msat, **wishes):
        return (await self.do("invoice", msat=amount_msat, **wishes))["invoice"]

    async def begin(self, text, **wishes):
        """Begin to pay; answers with the payment hash in hex."""
        answer = await self.do("pay", invoice=text, **wishes)
        assert answer["refusal"] is None, answer
        return answer["payment_hash"]

    async def outcome(self, payment_hash):
        """The event PaymentSent or PaymentFailed of a payment."""

        def look():
            for event in self.events:
                if event["event"] in {"PaymentSent", "PaymentFailed"} and event["payment_hash"] == payment_hash:
                    return event
            return None

        return await self.bell.until(look, what=lambda: f"the end of LDK's payment among {self.events}")

    async def pay(self, text, **wishes):
        return await self.outcome(await self.begin(text, **wishes))

    async def usable(self, count=1):
        """Wait for so many usable channels. LDK tells no event when a channel is back, so it is asked until it is."""
        for _ in range(500):
            if sum(channel["usable"] for channel in await self.channels()) >= count:
                return
        raise AssertionError(f"LDK's channels do not come back: {await self.channels()}")

    async def quiet(self):
        """Wait until LDK has no HTLC under way."""
        for _ in range(500):
            if not any(channel["pending_in"] or channel["pending_out"] for channel in await self.channels()):
                return
        raise AssertionError(f"LDK's channels do not become quiet: {await self.channels()}")

    async def _read(self):
        while line := await self._process.stdout.readline():
            if not line.startswith(b"{"):  # the package greets on stdout
                continue
            told = json.loads(line)
            if "id" in told:
                self._answers[told["id"]] = told
            elif told["event"] == "Peers":
                self.peers = told["peers"]
            else:
                assert "broken" not in told, told
                self.events.append(told)
            self.bell.ring()
