"""Clients that lost the broker come back later each time, and not all at once."""

import asyncio
import time

from services.eventlog.kafka_retrying import Gate, client_name


def test_pauses_grow_to_five_seconds_and_no_further():
    gate = Gate("one")
    pauses = [gate.pause_after(failures) for failures in range(20)]
    for failures, pause in enumerate(pauses):
        whole = min(5.0, 0.1 * 2**failures)
        assert whole / 2 <= pause <= whole


def test_clients_do_not_come_back_together():
    pauses = {round(Gate(f"client-{number}").pause_after(6), 3) for number in range(50)}
    assert len(pauses) > 30


def test_the_same_client_waits_the_same():
    assert Gate("one").pause_after(3) == Gate("one").pause_after(3)


async def test_a_gate_is_open_until_something_fails_and_after_something_worked():
    gate = Gate("one")
    await asyncio.wait_for(gate.wait(), 0.05)
    gate.failed()
    gate.failed()
    began = time.monotonic()
    await gate.wait()
    assert time.monotonic() - began >= 0.05
    gate.failed()
    gate.worked()
    await asyncio.wait_for(gate.wait(), 0.05)


def test_a_process_has_a_name_of_its_own():
    assert client_name().startswith("survivor-voice-")
