"""Ids: opaque and random, or the same row of them each time for a demonstration."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.events import Id
from services.ids import random_id, seeded_ids

ROOT = Path(__file__).resolve().parents[2]
seeds = st.text(max_size=20)


def row(seed, length=20):
    next_id = seeded_ids(seed)
    return [next_id() for _ in range(length)]


def test_a_random_id_is_32_hexadecimal_digits():
    assert re.fullmatch(r"[0-9a-f]{32}", random_id())


def test_random_ids_do_not_repeat():
    assert len({random_id() for _ in range(5000)}) == 5000


@given(seed=seeds)
def test_the_same_seed_gives_the_same_row(seed):
    assert row(seed) == row(seed)


@given(one=seeds, other=seeds)
def test_another_seed_gives_another_row(one, other):
    assert (row(one) == row(other)) is (one == other)


@given(seed=seeds)
def test_no_id_of_a_row_comes_twice(seed):
    assert len(set(row(seed, 200))) == 200


def test_two_rows_are_counted_apart():
    first, second = seeded_ids("demo"), seeded_ids("demo")
    taken = [first(), first(), second()]
    assert taken[2] == taken[0] != taken[1]


@given(seed=seeds)
def test_both_kinds_are_ids_as_events_carry_them(seed):
    for made in (random_id(), *row(seed, 3)):
        assert msgspec.convert(made, type=Id) == made


def test_a_forked_process_gives_ids_of_its_own():
    program = (
        "import os; from services.ids import random_id; random_id();"
        "child = os.fork(); child and os.wait(); print(*(random_id() for _ in range(300)), flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    made = done.stdout.split()
    assert len(made) == len(set(made)) == 600
