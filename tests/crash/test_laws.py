"""Every law has a place where somebody looks, and whoever looks there says so when it is broken."""

from __future__ import annotations

import pytest

from payments.lightning.units import MSAT_PER_SAT
from payments.models import AccountBalance, EngineState, PaymentRecord
from tests.crash.laws import LAWS, find, table
from tests.crash.points import CrashPoints
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import World, in_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_law_is_looked_at_somewhere():
    assert [*(f"E{number}" for number in range(1, 10)), *(f"I-{number:02}" for number in range(1, 17))] == [law.number for law in LAWS]
    assert all(callable(find(where)) for law in LAWS for where in law.where)
    assert len(LAWS) == len(table())


def paid(world: World) -> None:
    with world.points.watching():
        SCENARIOS[0].tell(world)
    assert [] == world.watch.broken


def test_a_row_of_the_ledger_that_changes_is_noticed():
    with in_world(SCENARIOS[0].topology, CrashPoints(), SCENARIOS[0].begin) as world:
        paid(world)
        rows = world.watch._rows["payments_ledgerposting"]
        rows[0] = (*rows[0][:-1], 1)
        world.watch.saw_commit()
        assert ["payments_ledgerposting was not only added to"] == world.watch.broken


def test_a_balance_that_is_not_its_sum_is_noticed():
    with in_world(SCENARIOS[0].topology, CrashPoints(), SCENARIOS[0].begin) as world:
        paid(world)
        AccountBalance.objects.filter(account="available").update(balance_msat=MSAT_PER_SAT)
        world.watch.saw_commit()
        assert 1 == len(world.watch.broken)


def test_a_paid_payment_that_is_not_paid_any_more_is_noticed():
    with in_world(SCENARIOS[0].topology, CrashPoints(), SCENARIOS[0].begin) as world:
        paid(world)
        PaymentRecord.objects.update(status="failed")
        world.watch.saw_commit()
        assert ["a paid payment became failed"] == world.watch.broken


def test_a_state_that_is_not_on_the_disk_is_noticed():
    with in_world(SCENARIOS[0].topology, CrashPoints(), SCENARIOS[0].begin) as world:
        paid(world)
        EngineState.objects.filter(namespace="payment").delete()
        world.watch.saw_turn(world.host._network, set(), world.host._own_id)
        assert world.watch.broken[0].startswith("memory and disk differ")


def test_a_second_commitment_of_the_same_number_is_noticed():
    with in_world(SCENARIOS[0].topology, CrashPoints(), SCENARIOS[0].begin) as world:
        paid(world)
        place, _ = world.watch._transactions.popitem()
        world.watch._transactions[place] = bytes(32)
        changed = {
            (node_id, one.channel_id) for node_id, manager in world.host._network.managers.items() for one in manager.list_channels()
        }
        world.watch.saw_turn(world.host._network, changed, world.host._own_id)
        assert {f"two different commitments {place[2]}"} == set(world.watch.broken)
