"""
What is believed about balances: between which bounds the money is that each direction of a channel can send.

Arrays, because a mainnet's worth of directions fades every minute and because a compiled search reads them as they are. The amounts stand
as they were when something was last learnt; what is left of them now is derived. So the state depends only on the lessons, in their order
and with their times, and not on how often anybody looked at the clock in between: whoever reads the same lessons believes the very same.

One thread at a time may write; others may read meanwhile, and may then see one attempt half learnt.
"""

from __future__ import annotations

from struct import Struct as Layout

import msgspec
import numpy as np
from numpy.typing import NDArray

from payments.lightning.ids import ShortChannelId
from payments.lightning.scoring.bounds import NOTHING_KNOWN, Known, learn
from payments.lightning.scoring.chance import fading_factors
from payments.lightning.scoring.lessons import Direction, Evidence, Lesson
from payments.lightning.units import MAX_MSAT

STEP_S = 60
"""Time passes in whole minutes, so that all processes of one installation believe the same for nearly all of the time."""
_AMOUNTS = Layout("=4q")
"""What is known of one channel: floor of direction 0, floor of direction 1, lack of 0, lack of 1."""
_CHANNEL = Layout("=7q")
"""The same as it was learnt, then: at which step, of which capacity, in which epoch."""
_STEP, _CAPACITY, _EPOCH = 4, 5, 6
_FIRST_SIZE = 64
_LOW_BITS = np.uint64(0xFFFF_FFFF)
_HALF_WORD = np.uint64(32)


class KnowledgeSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known, as arrays in bytes (little-endian), one entry a channel: as it was learnt, nothing faded yet."""

    short_channel_ids: bytes
    learnt: bytes
    """Six a channel: floor of direction 0, floor of 1, lack of 0, lack of 1, the step at which it was learnt, the capacity."""


class Knowledge:
    """
    The bounds of every direction of which anything is known.

    `_learnt` and `_now` have a row a channel, laid out as _CHANNEL and _AMOUNTS say.
    """

    def __init__(self, *, half_life_s: int, reserve_ppm: int) -> None:
        self.epoch = 0
        """Counts every change of any bound, by a lesson or by time."""
        self._factors = fading_factors(half_life_s=half_life_s, step_s=STEP_S)
        self._factor_array = np.array(self._factors, np.uint64)
        self._reserve_ppm = reserve_ppm
        self._step = 0
        self._faded_epoch = 0
        self._rows: dict[int, int] = {}
        self._make_room(_FIRST_SIZE)

    def __len__(self) -> int:
        """Channels of which anything was ever learnt."""
        return len(self._rows)

    def known(self, short_channel_id: ShortChannelId, direction_bit: int) -> Known:
        """What is left now of what was learnt of a direction."""
        row = self._rows.get(short_channel_id)
        if row is None:
            return NOTHING_KNOWN
        known = _AMOUNTS.unpack_from(self._now_memory, row * _AMOUNTS.size)
        return known[direction_bit], known[2 + direction_bit]

    def capacity_msat(self, short_channel_id: ShortChannelId) -> int:
        """The capacity with which a channel was last learnt of; KeyError when it never was."""
        return self._learnt.item(self._rows[short_channel_id], _CAPACITY)

    def learnt_at_s(self, short_channel_id: ShortChannelId) -> int:
        """When something was last learnt of a channel, to the minute; KeyError when nothing ever was."""
        return self._learnt.item(self._rows[short_channel_id], _STEP) * STEP_S

    def learn(self, evidence: Evidence) -> None:
        """Take in what an attempt taught. The same twice does no harm, but for a payment, which moves money each time."""
        step = evidence.learnt_at_s // STEP_S
        self.epoch += 1
        if evidence.forgets:
            self._forget()
        for lesson in evidence.lessons:
            if lesson.capacity_msat > 0:
                self._learn(lesson, step)

    def _learn(self, lesson: Lesson, step: int) -> None:
        row = self._row(lesson.short_channel_id)
        *learnt, learnt_at, _capacity_msat, _epoch = _CHANNEL.unpack_from(self._learnt_memory, row * _CHANNEL.size)
        # A clock that was set back does not make knowledge fresher than it is.
        step = max(step, learnt_at)
        if step > learnt_at:
            learnt = self._faded(learnt, step - learnt_at)
        bit, capacity_msat = lesson.direction_bit, min(lesson.capacity_msat, MAX_MSAT)
        here, there = learn(
            (learnt[bit], learnt[2 + bit]),
            (learnt[1 - bit], learnt[3 - bit]),
            outcome=lesson.outcome,
            amount_msat=lesson.amount_msat,
            capacity_msat=capacity_msat,
            reserve_msat=capacity_msat * self._reserve_ppm // 1_000_000,
        )
        first, second = (there, here) if bit else (here, there)
        known_msat = [first[0], second[0], first[1], second[1]]
        _CHANNEL.pack_into(self._learnt_memory, row * _CHANNEL.size, *known_msat, step, capacity_msat, self.epoch)
        if self._step > step:
            known_msat = self._faded(known_msat, self._step - step)
        _AMOUNTS.pack_into(self._now_memory, row * _AMOUNTS.size, *known_msat)

    def _forget(self) -> None:
        """The channels stay, with nothing known of them: whoever follows the changes must hear that it is nothing."""
        count = len(self._rows)
        self._learnt[:count, :_STEP] = 0
        self._now[:count] = 0
        self._faded_epoch = self.epoch

    def pass_time(self, now_s: int) -> None:
        """Let everything fade to what is left of it at this time. Time that goes back is not believed."""
        step = now_s // STEP_S
        if step <= self._step:
            return
        self._step = step
        if self._rows:
            self.epoch += 1
            self._faded_epoch = self.epoch
            self._fade()

    @property
    def faded_to_s(self) -> int:
        """The time to which everything has faded, to the whole step."""
        return self._step * STEP_S

    def changed_since(self, epoch: int) -> list[Direction]:
        """The directions whose bounds may be others than when `epoch` was this. After time has passed these are all that were learnt."""
        if epoch < self._faded_epoch:
            channels = self.channels()
        else:
            rows = np.nonzero(self._learnt[: len(self._rows), _EPOCH] > epoch)[0]
            channels = [ShortChannelId(scid) for scid in self._scids[rows].tolist()]
        return [(scid, bit) for scid in channels for bit in (0, 1)]

    def channels(self) -> list[ShortChannelId]:
        """Every channel of which anything was ever learnt."""
        return [ShortChannelId(scid) for scid in self._rows]

    def arrays(self, *, since: int = -1) -> KnownArrays:
        """
        What is known now, for whoever computes with arrays: of the channels that may have changed since `epoch` was `since`, or of all.

        All of it are views that the next lesson changes: read, don't keep.
        """
        count = len(self._rows)
        which: slice | NDArray[np.intp] = slice(count)
        if since >= self._faded_epoch:
            which = np.nonzero(self._learnt[:count, _EPOCH] > since)[0]
        return KnownArrays(
            short_channel_ids=self._scids[which],
            capacities_msat=self._learnt[which, _CAPACITY],
            floors_msat=self._now[which, :2],
            lacks_msat=self._now[which, 2:],
        )

    def snapshot(self) -> KnowledgeSnapshot:
        """Everything of which something is left."""
        count = len(self._rows)
        left = np.nonzero(self._now[:count].any(axis=1) | (self._learnt[:count, _STEP] >= self._step))[0]
        return KnowledgeSnapshot(
            short_channel_ids=self._scids[left].astype("<u8").tobytes(),
            learnt=self._learnt[left, :_EPOCH].astype("<i8").tobytes(),
        )

    def restore(self, snapshot: KnowledgeSnapshot) -> None:
        """Know exactly what a snapshot holds, and nothing else."""
        scids = np.frombuffer(snapshot.short_channel_ids, "<u8")
        count = len(scids)
        self._rows = {scid: row for row, scid in enumerate(scids.tolist())}
        self._make_room(max(count, _FIRST_SIZE))
        self._scids[:count] = scids
        self._learnt[:count, :_EPOCH] = np.frombuffer(snapshot.learnt, "<i8").reshape(count, _EPOCH)
        self.epoch += 1
        self._faded_epoch = self.epoch
        self._fade()

    def _row(self, scid: int) -> int:
        row = self._rows.get(scid)
        if row is None:
            row = len(self._rows)
            if row == len(self._scids):
                self._grow()
            self._scids[row] = scid
            self._rows[scid] = row  # last: a thread that only reads must find room behind every row that it knows of
        return row

    def _make_room(self, size: int) -> None:
        self._scids = np.zeros(size, np.uint64)
        self._learnt = np.zeros((size, 7), np.int64)
        self._now = np.zeros((size, 4), np.int64)
        self._learnt_memory, self._now_memory = self._learnt.data, self._now.data

    def _grow(self) -> None:
        scids, learnt, now = self._scids, self._learnt, self._now
        self._make_room(2 * len(scids))
        self._scids[: len(scids)], self._learnt[: len(scids)], self._now[: len(scids)] = scids, learnt, now

    def _faded(self, amounts_msat: list[int], steps: int) -> list[int]:
        factor = self._factors[min(steps, len(self._factors) - 1)]
        return [amount_msat * factor >> 32 for amount_msat in amounts_msat]

    def _fade(self) -> None:
        """As `amount * factor >> 32` in whole numbers of any size, which does not fit into 64 bits: in two halves, in place."""
        count = len(self._rows)
        ages = np.clip(self._step - self._learnt[:count, _STEP], 0, len(self._factors) - 1)
        factors = np.repeat(self._factor_array[ages], 4)
        low = self._learnt[:count, :4].astype(np.uint64).reshape(-1)
        left = self._now[:count].reshape(-1).view(np.uint64)
        np.right_shift(low, _HALF_WORD, out=left)
        left *= factors
        low &= _LOW_BITS
        low *= factors
        low >>= _HALF_WORD
        left += low


class KnownArrays(msgspec.Struct, frozen=True, kw_only=True):
    """What is known now, a channel a row; the columns of floors and lacks are the directions 0 and 1. max = capacity - lack."""

    short_channel_ids: NDArray[np.uint64]
    capacities_msat: NDArray[np.int64]
    floors_msat: NDArray[np.int64]
    lacks_msat: NDArray[np.int64]
