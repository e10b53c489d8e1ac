from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import transaction
from django.utils import timezone

from payments.models import EngineLease
from payments.nodes.errors import EngineAlreadyRunning, EngineDeposed
from payments.nodes.lease import VALID_FOR, Lease, only_engine

pytestmark = pytest.mark.django_db


def elsewhere_until(moment) -> None:
    EngineLease.objects.update_or_create(pk=1, defaults={"epoch": 7, "holder": "other-machine, process 1", "valid_until": moment})


def test_it_works(tmp_path):
    with only_engine(tmp_path) as lease, transaction.atomic():
        lease.check()

    assert "" == EngineLease.objects.get().holder


def test_each_engine_counts_the_epoch_up(tmp_path):
    for _ in range(3):
        with only_engine(tmp_path):
            pass

    assert 3 == EngineLease.objects.get().epoch


def test_another_process_of_this_machine_is_refused(tmp_path):
    script = (
        "import fcntl, sys\n"
        f"lock = open({str(tmp_path / 'engine.lock')!r}, 'w')\n"
        "fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert b"locked\n" == other.stdout.readline()

        with pytest.raises(EngineAlreadyRunning), only_engine(tmp_path):
            pass
        other.communicate(b"")


def test_another_machine_with_a_valid_lease_is_refused_by_name(tmp_path):
    elsewhere_until(timezone.now() + VALID_FOR)

    with pytest.raises(EngineAlreadyRunning) as refusal, only_engine(tmp_path):
        pass

    assert "other-machine, process 1" == refusal.value.holder
    assert 7 == EngineLease.objects.get().epoch


def test_a_lease_that_has_run_out_is_taken_over(tmp_path):
    elsewhere_until(timezone.now())

    with only_engine(tmp_path):
        assert 8 == EngineLease.objects.get().epoch


def test_a_valid_lease_is_taken_over_when_somebody_says_so(tmp_path):
    elsewhere_until(timezone.now() + VALID_FOR)

    with only_engine(tmp_path, take_over=True):
        assert 8 == EngineLease.objects.get().epoch


def test_the_deposed_one_can_write_nothing(tmp_path):
    with only_engine(tmp_path) as deposed:
        Lease(take_over=True)

        with pytest.raises(EngineDeposed), transaction.atomic():
            deposed.check()
        deposed.give_back()

    assert EngineLease.objects.get().holder
