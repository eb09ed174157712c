"""The lookout for danger: whoever looks, and whatever becomes of a second process, the answer is the same."""

import contextlib
import io
import os
import sys

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import lookout
from services.intake.dangers import Danger, added_up, dangers_in
from services.intake.deliveries import BroughtFile
from services.intake.lookout import Lookout, answer

TELLING = (
    "He says he will kill me if I leave.",
    "My mum's boyfriend hits my little brother.",
    "He gets out on Thursday and he wrote that he would come for me.",
    "I want to die.",
    "My uncle abused me when I was a child and he still babysits my nieces.",
)
CALM = ("The form was eleven pages.", "Thank you for the biscuits.", "[PERSON-1] told them, and nothing came of it.")
PLANS = st.lists(st.tuples(st.integers(0, 2), st.lists(st.sampled_from(TELLING + CALM), max_size=4)), max_size=8)
WHOLE_PLAN = [(number % 3, [TELLING[number % 5], CALM[number % 3]]) for number in range(9)]
DANGER = st.builds(
    Danger,
    st.sampled_from(["immediate_danger", "child_at_risk", "self_harm_or_suicide"]),
    st.sampled_from(["now", "soon", "past"]),
    st.integers(1, 5),
)


def looked_through_here(plan):
    """Return what a plan's texts tell of, session by session, without any lookout."""
    found = {}
    for session, texts in plan:
        found[session] = dangers_in(texts, found.get(session, ()))
    return {session: dangers for session, dangers in found.items() if dangers}


def looked_through(plan):
    with Lookout(lookout.LONG) as looking:
        for session, texts in plan:
            looking.look(session, texts)
        return looking.found()


@pytest.fixture
def two_processors(monkeypatch):
    monkeypatch.setattr(lookout, "_processors", lambda: 2)


@pytest.fixture
def program(monkeypatch, two_processors):
    """Let the second process run another program."""
    return lambda said: monkeypatch.setattr(lookout, "_PROGRAM", said)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS)
def test_a_second_process_finds_what_this_one_would(two_processors, plan):
    assert looked_through(plan) == looked_through_here(plan)


def test_it_may_be_far_behind(two_processors):
    plan = WHOLE_PLAN * 40
    assert looked_through(plan) == looked_through_here(plan)


def test_it_is_not_left_far_behind_with_long_texts(two_processors, monkeypatch):
    monkeypatch.setattr(lookout, "_MOST_LETTERS", 100)
    with Lookout(lookout.LONG) as looking:
        for session, texts in WHOLE_PLAN:
            looking.look(session, texts)
            assert looking._letters <= 100
        assert looking.found() == looked_through_here(WHOLE_PLAN)


@pytest.mark.parametrize("after", range(0, 9, 2))
def test_a_process_that_dies_leaves_nothing_unlooked_at(two_processors, after):
    with Lookout(lookout.LONG) as looking:
        for number, (session, texts) in enumerate(WHOLE_PLAN):
            if number == after:
                looking._process.kill()
                looking._process.wait()
            looking.look(session, texts)
        assert looking.found() == looked_through_here(WHOLE_PLAN)


def test_a_process_that_dies_at_the_end_leaves_nothing_unlooked_at(two_processors):
    with Lookout(lookout.LONG) as looking:
        for session, texts in WHOLE_PLAN:
            looking.look(session, texts)
        looking._process.kill()
        assert looking.found() == looked_through_here(WHOLE_PLAN)


@pytest.mark.parametrize(
    "said",
    [
        "raise SystemExit(1)",
        "print('this is no answer', flush=True)",
        "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\1\\xc1')",
        "import sys; sys.stdout.buffer.write(b'\\0\\0\\0\\4\\x91\\x93\\1\\2')",
    ],
)
def test_a_process_that_answers_nonsense_is_not_believed(program, said):
    program(said)
    assert looked_through(WHOLE_PLAN) == looked_through_here(WHOLE_PLAN)


def test_where_no_process_can_be_had_this_one_looks(two_processors, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert looked_through(WHOLE_PLAN) == looked_through_here(WHOLE_PLAN)


def test_what_cannot_be_sent_is_looked_at_here(two_processors):
    plan = [(0, [TELLING[0]]), (0, [TELLING[1] + "\ud800"]), (1, [TELLING[2]])]
    assert looked_through(plan) == looked_through_here(plan)


def test_a_few_contributions_and_a_single_processor_start_no_process(two_processors, monkeypatch):
    with Lookout(lookout.LONG - 1) as looking:
        assert looking._process is None
    monkeypatch.setattr(lookout, "_processors", lambda: 1)
    assert looked_through(WHOLE_PLAN) == looked_through_here(WHOLE_PLAN)
    with Lookout(lookout.LONG) as looking:
        assert looking._process is None


def test_the_process_ends_with_the_lookout_whatever_happened(two_processors):
    with contextlib.suppress(ZeroDivisionError), Lookout(lookout.LONG) as looking:
        looking.look(0, TELLING)
        process = looking._process
        raise ZeroDivisionError
    assert process.returncode is not None
    looking.close()


def test_the_process_is_told_none_of_our_settings(program, monkeypatch):
    monkeypatch.setenv("SV_DATABASE", "a secret")
    program("import os, sys; sys.stdout.buffer.write('\\n'.join(os.environ).encode())")
    with Lookout(lookout.LONG) as looking:
        told, _ = looking._process.communicate()
    assert b"PYTHONPATH" in told
    assert b"SV_" not in told


def test_there_is_a_processor_at_least():
    assert 1 <= lookout._processors() <= (os.cpu_count() or 1)


def test_the_program_answers_until_nothing_more_comes(monkeypatch):
    class Ends(io.BytesIO):
        @property
        def buffer(self):
            return self

    said, heard = Ends(), Ends()
    for texts in (list(TELLING), list(CALM)):
        lookout._write(said, msgspec.msgpack.encode(texts))
    said.seek(0)
    monkeypatch.setattr(sys, "stdin", said)
    monkeypatch.setattr(sys, "stdout", heard)
    answer()
    heard.seek(0)
    answers = [msgspec.msgpack.decode(lookout._read(heard), type=tuple[Danger, ...]) for _ in range(2)]
    assert answers == [dangers_in(TELLING), ()]


@given(st.lists(DANGER, unique_by=lambda each: each.category), st.lists(DANGER, unique_by=lambda each: each.category))
def test_dangers_add_up_either_way_round(some, others):
    both = added_up(some, others)
    assert both == added_up(others, some)
    assert sum(each.contributions for each in both) == sum(each.contributions for each in some + others)
    assert {each.category for each in both} == {each.category for each in some + others}


@given(st.lists(st.sampled_from(TELLING + CALM)), st.lists(st.sampled_from(TELLING + CALM)))
def test_dangers_of_two_halves_are_those_of_the_whole(some, others):
    assert added_up(dangers_in(some), dangers_in(others)) == dangers_in(some + others)
    assert dangers_in(others, dangers_in(some)) == dangers_in(some + others)


@pytest.fixture
def table_of():
    """Make a table of a survey's answers, some of which tell of a danger."""

    def make(rows):
        said = (TELLING[number // 70 % 5] if number % 70 == 3 else CALM[number % 3] for number in range(rows))
        lines = ["kind,month,areas,role,uses,text", *(f'survey,2025-01,lambeth,survivor,count,"{one}"' for one in said)]
        return "\n".join(lines).encode()

    return make


async def test_a_long_file_raises_the_same_concerns_beside_as_here(bench, table_of, monkeypatch, two_processors):
    content = table_of(450)

    async def deliver(digest, long):
        monkeypatch.setattr(lookout, "LONG", long)
        brought = BroughtFile(source=io.BytesIO(content), digest=digest, format="csv")
        delivered = await bench.intake.deliveries.take(brought)
        return [(raised.category, raised.urgency, raised.contributions) for raised in delivered.concerns]

    here, beside = await deliver("a" * 64, 1_000), await deliver("b" * 64, 100)
    assert here == beside
    assert len(here) > 1
