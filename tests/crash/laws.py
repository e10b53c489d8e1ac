"""
Which laws every trial is judged by, and where: E1 to E9 are the engine's, I-01 to I-16 those of money.

"each commit" is looked at right after every commit of a story, "at rest" when nothing is under way any more, before and after one more
restart; "old copy" where our node was set back.
"""

from __future__ import annotations

from importlib import import_module

from msgspec import Struct

_COMMIT = "each commit"
_REST = "at rest"


class Law(Struct, frozen=True, kw_only=True):
    """`where`: the functions that look, as module.name in this folder or elsewhere in the tests."""

    number: str
    says: str
    when: str
    where: tuple[str, ...]


def _law(number: str, says: str, when: str, *where: str) -> Law:
    return Law(number=number, says=says, when=when, where=where)


LAWS = (
    _law("E1", "outputs, fee and what is trimmed are the capacity", _COMMIT, "watch.Watch._see_transaction"),
    _law("E2", "both peers build the same transaction", f"{_COMMIT}, {_REST}", "watch.Watch._see_transaction", "network.laws.check_rest"),
    _law("E3", "at most two unrevoked commitments a side", _COMMIT, "watch.Watch._see_channel"),
    _law("E4", "HTLC ids rise by one", f"{_COMMIT}, {_REST}", "watch.Watch._see_htlcs", "checks.check_channels"),
    _law("E5", "no update is in a commitment before the peer was told", _COMMIT, "watch.Watch._see_channel"),
    _law("E6", "money is conserved, on channels and on the chain", _REST, "network.laws.check_rest", "checks.check_chain"),
    _law("E7", "every HTLC ends once, the same for both", f"{_COMMIT}, {_REST}", "watch.Watch._see_htlcs", "checks.check_outcomes"),
    _law(
        "E8",
        "parts within the payment, one terminal event",
        f"{_COMMIT}, {_REST}",
        "watch._overpaid",
        "network.laws.check_payments",
        "checks.check_told",
    ),
    _law("E9", "pairs resume without an error; who lost data publishes nothing", _REST, "checks.complaints", "aging.check_published"),
    _law("I-01", "an entry sums to zero, two postings or more", f"{_COMMIT}, {_REST}", "watch._ledger_faults", "checks.check_queues"),
    _law("I-02", "the ledger sums to zero and is what the channels hold", _REST, "checks.check_queues"),
    _law("I-03", "nothing available or held below zero", f"{_COMMIT}, {_REST}", "watch._ledger_faults", "checks.check_prefixes"),
    _law("I-04", "cached balances are the sums of their postings", f"{_COMMIT}, {_REST}", "watch._ledger_faults", "checks.check_queues"),
    _law("I-05", "ledger rows are only added", _COMMIT, "watch.Watch.saw_commit"),
    _law("I-06", "one success a hash, one payment under way a hash", f"{_COMMIT}, {_REST}", "watch._overpaid", "checks.check_payments"),
    _law("I-07", "paid only with a preimage of the hash", f"{_REST}, old copy", "checks.check_queues", "aging.check_said"),
    _law("I-08", "one hold and one end a payment", _REST, "checks.check_payments", "checks.check_queues"),
    _law("I-09", "what is taken is amount and fee, within the limit", _REST, "checks.check_payments", "checks.check_queues"),
    _law("I-10", "the parts are the whole, by whatever path it was told", _REST, "checks.check_payments", "checks.check_again"),
    _law("I-11", "in flight never more than the amount", f"{_COMMIT}, {_REST}", "watch._overpaid", "checks.check_told"),
    _law(
        "I-12",
        "a status is what its facts say; paid is for ever",
        f"{_COMMIT}, {_REST}",
        "watch.Watch._see_statuses",
        "checks.check_queues",
    ),
    _law("I-13", "every attempt has an end", _REST, "checks.check_told", "checks.check_queues"),
    _law("I-14", "what leaves was committed: memory is what is on the disk", _COMMIT, "watch._differing"),
    _law(
        "I-15",
        "one living set of HTLCs a hash, within its limits",
        f"{_COMMIT}, {_REST}",
        "watch._overpaid",
        "checks.check_claims",
    ),
    _law("I-16", "each end booked once; events told again change nothing", _REST, "checks.check_payments", "checks.check_again"),
)


def table() -> list[str]:
    """The laws as lines of text."""
    return [f"{law.number:<6}{law.says:<66}{law.when:<22}{', '.join(law.where)}" for law in LAWS]


def find(where: str) -> object:
    """The function that looks. AttributeError or ModuleNotFoundError when there is none."""
    parts = where.split(".")
    package, rest = ("tests.network", parts[1:]) if parts[0] == "network" else ("tests.crash", parts)
    found: object = import_module(f"{package}.{rest[0]}")
    for name in rest[1:]:
        found = getattr(found, name)
    return found
