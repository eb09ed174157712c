"""Options beside a file: they fill, they never overrule."""

import pytest

CSV = "text\nA light.\n"


def test_options_may_be_titles_and_a_whole_date(read):
    options = {
        "kind": "Focus group",
        "month": "2025-03-14",
        "role": "Family or friend",
        "areas": ("Tower Hamlets", "camden"),
    }
    session = read("csv", CSV, **options, uses=("Quote", "count")).submissions[0]
    assert (session.kind, session.month, session.role) == ("focus_group", "2025-03", "family_friend")
    assert (session.areas, session.uses) == (("camden", "tower_hamlets"), ("count", "quote"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("kind", "tea party"),
        ("month", "03/04/2025"),
        ("role", "witness"),
        ("areas", ("atlantis",)),
        ("areas", ("camden", "not_said")),
        ("uses", ("everything",)),
        ("group", "Our group"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_by_its_name_and_without_its_value(refused, option, value):
    (finding,) = refused("csv", CSV, **{option: value})
    assert finding.place == f"option {option}"
    assert "atlantis" not in str(finding)


def test_all_wrong_options_are_said_at_once(refused):
    assert len(refused("csv", CSV, kind="x", month="x", role="x", uses=("x",))) == 4


@pytest.mark.parametrize(
    ("column", "value", "option"),
    [
        ("kind", "survey", {"kind": "workshop"}),
        ("month", "2025-04", {"month": "2025-03"}),
        ("group", "g-2", {"group": "g-1"}),
        ("number present", "7", {"number_present": 8}),
    ],
)
def test_a_fact_of_the_session_has_to_be_the_same_in_the_table(refused, read, column, value, option):
    room = {"kind": "workshop", "month": "2025-03", "role": "survivor", "uses": ("count",)}
    (finding,) = refused("csv", f"text,{column}\nA light.,{value}\n", **{**room, **option})
    (field,) = option
    assert (finding.place, finding.rule) == ("the file, row 2, column B", f"not the same as the option {field}")
    same = f"text,{column}\nA light.,{option[field]}\n"
    assert getattr(read("csv", same, **{**room, **option}).submissions[0], field) == option[field]


def test_one_person_may_differ_from_the_room_in_role_and_area(read):
    body = "text,role,areas\nA light.,,\nA bench.,practitioner,islington\n"
    room = {"kind": "workshop", "month": "2025-03", "role": "survivor", "uses": ("count",), "areas": ("camden",)}
    session = read("csv", body, **room).submissions[0]
    assert (session.role, session.areas) == ("survivor", ("camden",))
    assert [(said.role, said.areas) for said in session.contributions] == [
        (None, None),
        ("practitioner", ("islington",)),
    ]


def test_one_person_may_allow_less_than_the_option_and_never_more(read, refused):
    room = {"kind": "workshop", "month": "2025-03", "role": "survivor", "uses": ("count", "paraphrase")}
    session = read("csv", "text,uses\nA light.,count\nA bench.,\n", **room).submissions[0]
    assert [said.uses for said in session.contributions] == [("count",), None]
    (finding,) = refused("csv", "text,uses\nA light.,count;quote\n", **room)
    assert finding.rule == "more uses than the option uses allows"


def test_an_option_of_no_uses_is_an_answer_and_not_a_gap(read):
    session = read("csv", CSV, kind="workshop", month="2025-03", role="survivor", uses=()).submissions[0]
    assert session.uses == ()


@pytest.mark.parametrize("option", [{"number_present": 8}, {"tallies": {"felt_safe": {"Yes": 3}}}])
def test_what_is_of_one_session_is_refused_for_several(refused, option):
    room = {"kind": "workshop", "month": "2025-03", "role": "survivor", "uses": ("count",)}
    (finding,) = refused("csv", "session,text\na,One.\nb,Two.\n", **room, **option)
    assert finding.place == f"option {next(iter(option))}"


def test_how_the_session_was_held_comes_from_the_options(read):
    room = {"kind": "workshop", "month": "2025-03", "role": "survivor", "uses": ("count",)}
    held = {"limits_explained": True, "support_person": True, "debrief": True, "tallies": {"felt_safe": {"Yes": 3}}}
    session = read("csv", CSV, **room, **held).submissions[0]
    assert (session.limits_explained, session.support_person, session.debrief) == (True, True, True)
    assert session.tallies == {"felt_safe": {"Yes": 3}}


@pytest.mark.parametrize("kind_of_file", ["csv", "json", "txt", "docx", "xlsx", "ods"])
def test_a_facilitator_can_only_be_named_for_a_transcript(refused, kind_of_file):
    assert refused(kind_of_file, CSV, facilitator=("Fay",))[0].place == "option facilitator"
