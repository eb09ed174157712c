"""A reporter that is given anything in any order: no life leaves the states of the design, and no replay changes one.

The table is written from section 9 of the design, apart from the code: what a service, a group, the board, the calendar
and the log may do is tried at random on a real store, and every step that was taken is looked at afterwards.
"""

import asyncio
import contextlib
import datetime
import itertools

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from loop_bench import LEAD, LoopBench, answered, no, partly, recommendation, retracted, yes
from service_bench import bench_in

from services.errors import InputRefused, StepRefused
from services.reporter.recommendations.keeping import fold_all
from services.reporter.recommendations.working_days import working_days_after

ANSWERS = {"accepted", "partly", "declined"}
WAITING = {"in_sight", "public", "reopened"}
#: What may follow a state, beside itself and the words being taken back.
NEXT = {
    "made": {"in_sight"},
    "in_sight": {"public"} | ANSWERS,
    "public": ANSWERS,
    "reopened": ANSWERS,
    # Taking an answer back leads to where it stood before.
    "accepted": ANSWERS | WAITING | {"in_progress", "done"},
    "partly": ANSWERS | WAITING | {"in_progress", "done"},
    # Another body's is passed on, and then waited for.
    "declined": ANSWERS | WAITING,
    "in_progress": {"declined", "done"},
    "done": {"closed", "reopened"},
    "closed": set(),
}
SIGHT = 10
GIVEN = st.sampled_from(["accepted", "partly", "declined", "passed"])
SERVICES = st.sampled_from(["housing", "housing", "housing", "police"])
WORDS = st.sampled_from(["Ring women back.", "Write in plain words.", "=1+1 <b>ring</b>"])


def answer_of(given, due):
    return {
        "accepted": lambda: yes(due=due),
        "partly": lambda: partly(due=due),
        "declined": no,
        "passed": lambda: no(because="another_bodys", passed_to="police"),
    }[given]()


class AnyLife(RuleBasedStateMachine):
    """One statement, everybody who may do something with it, and a log that repeats itself."""

    def __init__(self, folder, runner):
        super().__init__()
        self.runner = runner
        self.stack = contextlib.AsyncExitStack()
        self.loop = LoopBench(runner.run(self.stack.enter_async_context(bench_in(folder))))
        runner.run(self.loop.set_up())
        self.taken_events = []
        self.told = {"statement": 0, "housing": 0, "police": 0}
        self.life = None

    def teardown(self):
        self.runner.run(self.stack.aclose())

    def attempt(self, work):
        """Do something; what is refused has changed nothing. Return whether it was done."""
        before = self.runner.run(self.loop.kept())
        try:
            self.runner.run(work)
        except (StepRefused, InputRefused):
            assert self.runner.run(self.loop.kept()) == before
            return False
        return True

    def hear(self, event):
        if self.attempt(self.loop.hear(event)):
            self.taken_events.append(event)

    def due(self, days):
        return None if days is None else (self.loop.today + datetime.timedelta(days=days)).isoformat()

    @property
    def id(self):
        lives = self.runner.run(self.loop.lives())
        return lives[0].recommendation if lives else "f" * 32

    # --- what the log brings ---

    @rule(words=WORDS, known=st.booleans())
    def word(self, words, known):
        self.told["statement"] += 1
        sectors = ("housing",) if known else ()
        self.hear(recommendation(revision=self.told["statement"], words=words, sectors=sectors))

    @precondition(lambda self: self.told["statement"])
    @rule()
    def take_words_back(self):
        self.told["statement"] += 1
        self.hear(retracted(revision=self.told["statement"]))

    @rule(given=GIVEN, who=SERVICES, days=st.sampled_from([None, -3, 0, 30]), done=st.sampled_from([None, "done"]))
    def answer_by_event(self, given, who, days, done):
        self.told[who] += 1
        answer = answer_of(given, self.due(days))
        event = answered(
            self.id, revision=self.told[who], organisation=who, answer=answer.answer, because=answer.because,
            passed_to=answer.passed_to, lead=answer.lead, due=answer.due, progress=done,
        )  # fmt: skip
        self.hear(event)

    @precondition(lambda self: self.taken_events)
    @rule(data=st.data())
    def bring_it_all_again(self, data):
        """Whatever was taken comes again, in any order: nothing is changed and nothing is sent."""
        again = data.draw(st.permutations(self.taken_events), label="again")
        kept = self.runner.run(self.loop.kept())
        sent = self.runner.run(self.loop.sent())
        self.runner.run(self.loop.hear(*again, *again[:2]))
        assert self.runner.run(self.loop.kept()) == kept
        assert self.runner.run(self.loop.sent()) == sent

    @precondition(lambda self: self.taken_events)
    @rule(data=st.data(), words=WORDS)
    def bring_something_old_late(self, data, words):
        """What is not newer than what was taken is passed over, whatever it says."""
        event = data.draw(st.sampled_from(self.taken_events), label="older")
        if hasattr(event, "organisation"):
            late = answered(
                event.recommendation, revision=event.revision, organisation=event.organisation, lead="Somebody else"
            )
        else:
            late = recommendation(revision=event.revision, words=words)
        kept = self.runner.run(self.loop.kept())
        self.runner.run(self.loop.hear(late))
        assert self.runner.run(self.loop.kept()) == kept

    # --- what people and days do ---

    @rule(given=GIVEN, who=SERVICES, days=st.sampled_from([None, -1, 0, 14]))
    def answer(self, given, who, days):
        self.attempt(self.loop.loop.answering.answer(self.id, who, answer_of(given, self.due(days))))

    @rule(who=SERVICES, progress=st.sampled_from(["in_progress", "done"]))
    def go_on(self, who, progress):
        self.attempt(self.loop.loop.answering.progress(self.id, who, progress=progress))

    @rule(who=SERVICES)
    def take_back(self, who):
        self.attempt(self.loop.loop.answering.take_back(self.id, who))

    @rule(who=SERVICES)
    def query(self, who):
        self.attempt(self.loop.loop.answering.query(self.id, who, "fact"))

    @rule(who=SERVICES, area=st.sampled_from([None, "services"]))
    def assign(self, who, area):
        self.attempt(self.loop.loop.board.assign(self.id, who, area=area))

    @rule(
        changed=st.sampled_from(["yes", "partly", "no"]), group=st.sampled_from(["group-1", "group-1", "group-2", None])
    )
    def judge(self, changed, group):
        self.attempt(self.loop.loop.board.judge(self.id, changed, group=group))

    @rule(changed=st.sampled_from(["yes", "no", "no"]))
    def go_along(self, changed):
        """Do what usually comes next, so that the later states are reached too."""
        lives = self.runner.run(self.loop.lives())
        desk = self.loop.loop
        if not lives or lives[0].retracted:
            self.word("Ring women back.", known=True)
            return
        life, asked = lives[0], lives[0].organisation
        usual = {
            "made": lambda: desk.board.assign(life.recommendation, "housing", area="services"),
            "in_sight": lambda: self.loop.pass_days(20),
            "accepted": lambda: desk.answering.progress(life.recommendation, asked, progress="in_progress"),
            "partly": lambda: desk.answering.take_back(life.recommendation, asked),
            "declined": lambda: desk.answering.answer(life.recommendation, asked, partly()),
            "in_progress": lambda: desk.answering.progress(life.recommendation, asked, progress="done"),
            "done": lambda: desk.board.judge(life.recommendation, changed, group="group-1"),
        }
        self.attempt(usual.get(life.state, lambda: desk.answering.answer(life.recommendation, asked, yes()))())

    go_along_again = rule(changed=st.just("no"))(lambda self, changed: self.go_along(changed))

    @rule(days=st.sampled_from([1, 7, 20]))
    def pass_days(self, days):
        self.runner.run(self.loop.pass_days(days))

    # --- what has to hold ---

    @invariant()
    def every_step_is_one_of_the_design(self):
        by_id = {}
        for step in self.runner.run(self.loop.sent()):
            by_id.setdefault(step.recommendation, []).append(step)
        for steps in by_id.values():
            assert [step.revision for step in steps] == list(range(1, len(steps) + 1))
            assert (steps[0].step, steps[0].state) == ("made", "made")
            look_at(steps)

    @invariant()
    def what_is_kept_is_what_was_sent(self):
        lives, _ = fold_all(self.runner.run(self.loop.sent()))
        assert lives == self.runner.run(self.loop.lives())


def look_at(steps):
    """Pass when each step of one life may follow the one before it."""
    stood, opens = "made", None
    for before, step in itertools.pairwise(steps):
        assert step.day >= before.day
        if step.state == "retracted":
            stood = before.state
        elif before.state == "retracted":
            assert (step.step, step.state) == ("worded", stood), "words that come back find it where it stood"
        else:
            assert step.state == before.state or step.state in NEXT[before.state], (before.state, step.state)
        if step.step in {"assigned", "worded"}:
            opens = working_days_after(datetime.date.fromisoformat(step.day), SIGHT).isoformat()
        if step.step == "published":
            assert step.day >= opens, "ten working days of sight"
        if step.step == "judged":
            assert (before.state, step.state) == ("done", "reopened" if step.changed == "no" else "closed")
        if step.step == "answered":
            assert step.answer == "accepted" or step.reason
            assert step.answer == "declined" or step.lead == LEAD
            assert step.due is None or step.due >= step.day
    assert [step.step for step in steps].count("published") <= 1


def test_no_sequence_of_events_leads_out_of_the_design_and_none_counts_twice(tmp_path):
    folders = (tmp_path / f"example-{number}" for number in itertools.count())
    with asyncio.Runner() as runner:
        run_state_machine_as_test(
            lambda: AnyLife(next(folders), runner),
            settings=settings(
                max_examples=16,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                # A failure is told as it was found: to make it smaller would take minutes on a real store.
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
