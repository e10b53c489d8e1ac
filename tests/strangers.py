"""Callers whom nobody knows, byte by byte: they speak BOLT 8, and what they say over it is their own affair."""

from __future__ import annotations

import asyncio
import os

from payments.lightning.transport.noise import ACT_TWO_BYTES, Initiator

STRANGER = b"\x31" * 32


async def stranger_at(node_id, port):
    """A stranger who knows BOLT 8: reader, writer, transport."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    side = Initiator(STRANGER, responder_id=node_id, ephemeral_private_key=os.urandom(32))
    writer.write(side.act_one())
    act_three, transport = side.act_three(await reader.readexactly(ACT_TWO_BYTES))
    writer.write(act_three)
    return reader, writer, transport


async def dropped(reader, writer):
    """What was still said before the line ended."""
    try:
        return await asyncio.wait_for(reader.read(-1), 5)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def heard(reader, transport, *, messages=1):
    """The next messages, as bytes."""
    found = []
    while len(found) < messages:
        data = await asyncio.wait_for(reader.read(1 << 16), 5)
        assert data, f"the line ended after {found}"
        found += transport.receive(data)
    return found
