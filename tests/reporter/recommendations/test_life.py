"""The state machine of a recommendation against a table written from the design, and its fold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import StepRefused
from services.events import RecommendationChanged
from services.reporter.recommendations.keeping import fold_all
from services.reporter.recommendations.life import STATES, STEPS, advance, taken

HASH = "a" * 64
DAYS = [f"2025-02-{day:02}" for day in range(1, 29)]
HOUSING = {"organisation": "housing"}
#: One valid form of each step; what each may follow is in FOLLOWS.
FORMS = {
    "made": {"made_by": "group", "group": "group-1", "sectors": ("housing",)},
    "assigned": {**HOUSING, "public_from": "2025-02-01", "answer_by": "2025-02-20"},
    "queried": {**HOUSING, "reason": "fact"},
    "published": {},
    "accepted": {**HOUSING, "answer": "accepted", "lead": "Head of housing"},
    "partly": {**HOUSING, "answer": "partly", "lead": "Head of housing", "reason": "no_money"},
    "declined": {**HOUSING, "answer": "declined", "reason": "no_money"},
    "passed": {**HOUSING, "answer": "declined", "reason": "another_bodys", "passed_to": "police"},
    "taken_back": HOUSING,
    "explained": {"said": "We have no budget for it."},
    "begun": HOUSING,
    "reached": {"milestone": "Two officers were trained."},
    "done": HOUSING,
    "yes": {"changed": "yes"},
    "some": {"changed": "partly"},
    "no": {"changed": "no", "answer_by": "2025-02-25"},
    "retracted": {},
    "worded": {"public_from": "2025-02-01", "answer_by": "2025-02-20"},
}
KINDS = {
    "accepted": "answered", "partly": "answered", "declined": "answered", "passed": "answered",
    "yes": "judged", "some": "judged", "no": "judged",
}  # fmt: skip
#: The same moves as a reader of the design would list them: state, to what may follow. Publishing, retracting and the
#: texts of services hang on other things and are looked at apart.
ANSWERS = {"accepted", "partly", "declined", "passed"}
FOLLOWS = {
    "made": {"assigned"},
    "in_sight": ANSWERS | {"assigned"},
    "public": ANSWERS | {"assigned"},
    "reopened": ANSWERS | {"assigned"},
    "accepted": ANSWERS | {"begun", "done"},
    "partly": ANSWERS | {"begun", "done"},
    "declined": ANSWERS,
    "in_progress": ANSWERS | {"done"},
    "done": {"yes", "some", "no"},
    "closed": set(),
}
ALWAYS_LOOKED_AT = ANSWERS | {"assigned", "begun", "done", "yes", "some", "no"}


def step(name, *, day="2025-02-10", **more):
    given_fields = {
        "recommendation": "r1",
        "revision": 1,
        "statement": "s1",
        "statement_hash": HASH,
        "state": "made",
        "area": "services",
        "day": day,
        "step": KINDS.get(name, name),
    }
    return RecommendationChanged(**{**given_fields, **FORMS[name], **more})


def live(*names):
    """Return the life after some steps, and the steps."""
    life, steps = None, []
    for name in names:
        life, made = taken(life, step(name))
        steps.append(made)
    return life, steps


def attempt(life, name, **more):
    try:
        return taken(life, step(name, **more))
    except StepRefused:
        return None


@given(st.lists(st.sampled_from(sorted(FORMS)), max_size=30))
def test_no_path_leaves_the_table(names):
    """Every step that is taken is one that the table allows, and every one that it allows is taken."""
    life, _ = live("made")
    for name in names:
        after = attempt(life, name)
        if name in ALWAYS_LOOKED_AT:
            may = not life.retracted and name in FOLLOWS[life.state]
            if name == "assigned" and life.state == "declined":
                may = not life.retracted and life.given.passed_to is not None
            elif name == "assigned":
                may = not life.retracted and life.standing == "waiting"
            elif name in ANSWERS | {"begun", "done"}:
                may = may and life.organisation is not None
            assert (after is not None) == may, (life.state, name)
        if after is not None:
            life = after[0]
            assert life.state in STATES


@given(st.lists(st.sampled_from(sorted(FORMS)), max_size=30), st.randoms(use_true_random=False))
def test_folding_the_steps_gives_what_was_kept_step_by_step(names, random):
    life, steps = live("made")
    for name in names:
        after = attempt(life, name)
        if after is not None:
            life = after[0]
            steps.append(after[1])
    sent = [*steps, *random.choices(steps, k=3)]  # some were sent twice
    random.shuffle(sent)
    lives, kept = fold_all(sent)
    assert lives == [life]
    assert kept == steps
    assert [each.revision for each in kept] == list(range(1, len(steps) + 1))
    assert [each.state for each in kept][-1] == life.state


@given(st.lists(st.tuples(st.sampled_from(sorted(FORMS)), st.sampled_from(DAYS)), max_size=30))
def test_a_refused_step_changes_nothing_and_days_never_go_back(moves):
    life, _ = live("made")
    for name, day in moves:
        before = life
        after = attempt(life, name, day=day)
        if after is None:
            assert life == before
        else:
            assert day >= life.day
            life = after[0]
            assert (life.revision, life.day) == (before.revision + 1, day)


@given(st.lists(st.sampled_from(sorted(FORMS)), max_size=20))
def test_public_stays_public_and_never_before_its_day(names):
    life, _ = live("made")
    for name in names:
        after = attempt(life, name)
        if after is None:
            continue
        if life.is_public:
            assert after[0].published_on == life.published_on
        elif after[0].is_public:
            assert life.public_from <= after[1].day
        life = after[0]


def test_every_step_and_state_can_be_reached():
    seen_steps, seen_states = set(), set()
    paths = [
        ("made", "assigned", "queried", "published", "partly", "explained", "begun", "reached", "done", "no"),
        ("made", "assigned", "published", "accepted", "taken_back", "declined", "retracted", "worded"),
        ("made", "assigned", "accepted", "done", "yes"),
    ]  # fmt: skip
    for path in paths:
        for end in range(1, len(path) + 1):
            life, steps = live(*path[:end])
            seen_states.add(life.state)
            seen_steps |= {each.step for each in steps}
    assert seen_steps == set(STEPS)
    assert seen_states == set(STATES)


def test_an_answer_in_the_days_of_sight_does_not_stop_the_public():
    life, _ = live("made", "assigned", "declined")
    assert not life.is_public
    life, _ = live("made", "assigned", "declined", "published")
    assert (life.state, life.is_public) == ("declined", True)


def test_taking_back_returns_to_the_answer_before():
    life, _ = live("made", "assigned", "published", "partly", "accepted", "taken_back")
    assert (life.state, life.answer.because, life.undoable) == ("partly", "no_money", False)
    life, _ = live("made", "assigned", "published", "accepted", "taken_back")
    assert (life.state, life.answer, life.answered_on) == ("public", None, None)


@pytest.mark.parametrize("built", ["explained", "begun", "reached", "done"])
def test_nothing_is_taken_back_once_something_was_built_on_it(built):
    life, _ = live("made", "assigned", "accepted", built)
    with pytest.raises(StepRefused):
        taken(life, step("taken_back"))


def test_an_answer_may_change_while_work_goes_on_and_work_goes_on_with_it():
    life, _ = live("made", "assigned", "accepted", "begun", "partly")
    assert (life.state, life.answer.answer) == ("in_progress", "partly")
    life, _ = live("made", "assigned", "accepted", "begun", "declined")
    assert life.state == "declined"


@pytest.mark.parametrize("name", ["queried", "accepted", "taken_back", "begun", "done"])
def test_only_the_organisation_that_is_asked_may_act(name):
    life, _ = live("made", "assigned", "accepted")
    with pytest.raises(StepRefused, match="not the one that is asked"):
        taken(life, step(name, organisation="police"))


@pytest.mark.parametrize("name", ["accepted", "begun", "queried"])
def test_nobody_acts_before_somebody_is_asked(name):
    life, _ = live("made")
    with pytest.raises(StepRefused):
        taken(life, step(name, organisation=None))


@pytest.mark.parametrize(
    ("name", "more", "place"),
    [
        ("accepted", {"due": "2025-02-09"}, "due"),
        ("accepted", {"reason": "no_money"}, "because"),
        ("accepted", {"lead": None}, "lead"),
        ("partly", {"reason": None}, "because"),
        ("partly", {"reason": "not_agreed"}, "because"),
        ("declined", {"reason": "made up"}, "because"),
        ("declined", {"due": "2025-03-01"}, "due"),
        ("declined", {"lead": "Head of housing"}, "due"),
        ("passed", {"passed_to": None}, "passed_to"),
        ("declined", {"passed_to": "police"}, "passed_to"),
        ("accepted", {"answer": None}, "answer"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_at_its_place(name, more, place):
    life, _ = live("made", "assigned")
    with pytest.raises(StepRefused) as refused:
        taken(life, step(name, **more))
    assert refused.value.findings[0].place == place


def test_an_answer_of_an_older_list_of_reasons_still_folds():
    _, steps = live("made", "assigned")
    old = step("declined", reason="a_reason_of_long_ago", revision=3)
    lives, _ = fold_all([*steps, old])
    assert lives[0].answer.because == "a_reason_of_long_ago"


def test_a_clock_that_went_back_is_named():
    life, _ = live("made", "assigned")
    with pytest.raises(StepRefused, match="clock"):
        taken(life, step("accepted", day="2025-02-09"))


@pytest.mark.parametrize(
    ("steps", "day", "late"),
    [
        (("made",), "2025-03-31", None),
        (("made", "assigned", "published"), "2025-02-20", None),
        (("made", "assigned", "published"), "2025-02-21", "answer"),
        (("made", "assigned", "published", "declined"), "2025-03-31", None),
        (("made", "assigned", "published", "retracted"), "2025-03-31", None),
        (("made", "assigned", "accepted", "done", "no"), "2025-02-26", "answer"),
        (("made", "assigned", "accepted", "done", "yes"), "2025-03-31", None),
    ],
)
def test_what_is_late_on_a_day(steps, day, late):
    assert live(*steps)[0].overdue(day) == late


@pytest.mark.parametrize(("day", "late"), [("2025-02-15", None), ("2025-02-16", "date")])
def test_a_date_that_was_promised_is_late_the_day_after(day, late):
    life, _ = live("made", "assigned")
    life, _ = taken(life, step("accepted", due="2025-02-15"))
    assert life.overdue(day) == late


def test_a_first_step_is_made_and_only_once():
    with pytest.raises(StepRefused, match="not there yet"):
        advance(None, step("assigned"))
    life, _ = live("made")
    with pytest.raises(StepRefused, match="already"):
        advance(life, step("made"))
    with pytest.raises(StepRefused, match="not known"):
        advance(life, step("made", step="sung"))


@pytest.mark.parametrize(
    ("name", "field"),
    [("assigned", "organisation"), ("queried", "reason"), ("explained", "said"), ("reached", "milestone")],
)
def test_a_step_without_what_it_says_is_refused(name, field):
    life, _ = live("made", "assigned", *(() if name in ("assigned", "queried") else ("accepted",)))
    with pytest.raises(StepRefused) as refused:
        taken(life, step(name, **{field: None}))
    assert refused.value.findings[0].place in (field, "organisation")


def test_a_life_whose_steps_have_a_gap_ends_before_it():
    _, steps = live("made", "assigned", "published", "accepted")
    lives, kept = fold_all([steps[0], steps[1], steps[3]])
    assert (lives[0].state, len(kept)) == ("in_sight", 2)
    assert fold_all(steps[1:]) == ([], [])
