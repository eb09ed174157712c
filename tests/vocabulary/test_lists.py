"""The plain lists: what each holds, how it is asked, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import DataFileError, NotFound, SettingsError
from services.vocabulary import lists
from services.vocabulary.age_bands import age_bands, band_of
from services.vocabulary.areas import NOT_SAID, Area, areas
from services.vocabulary.closed_questions import closed_questions
from services.vocabulary.convened_for import convened_for
from services.vocabulary.forms import forms
from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.roles import counts_as_person, roles
from services.vocabulary.safeguarding_categories import safeguarding_categories
from services.vocabulary.sectors import sectors
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses

ALL = (
    age_bands,
    areas,
    closed_questions,
    convened_for,
    forms,
    recommendation_areas,
    roles,
    safeguarding_categories,
    sectors,
    session_kinds,
    uses,
)
every_list = pytest.mark.parametrize("vocabulary", ALL, ids=lambda one: one.__name__)


@every_list
def test_ids_keep_the_order_of_the_file_and_none_is_there_twice(vocabulary):
    listed = vocabulary()
    assert listed.ids == tuple(entry.id for entry in listed.entries)
    assert len(listed.id_set) == len(listed.ids)


@every_list
def test_a_list_is_read_once(vocabulary):
    assert vocabulary() is vocabulary()


@every_list
def test_every_id_is_allowed_and_has_a_title(vocabulary):
    listed = vocabulary()
    for entry in listed.entries:
        assert listed.require(entry.id) == entry.id
        assert listed.title_of(entry.id) == entry.title
        assert listed.get(entry.id) is entry


@every_list
def test_titles_are_distinct(vocabulary):
    titles = [entry.title for entry in vocabulary().entries]
    assert len(set(titles)) == len(titles)


@every_list
def test_an_unknown_id_is_refused_with_the_allowed_ones_and_never_repeated(vocabulary):
    listed = vocabulary()
    with pytest.raises(NotFound) as refused:
        listed.require("what she said")
    assert "what she said" not in str(refused.value)
    assert all(one in str(refused.value) for one in listed.ids)


@every_list
def test_a_list_cannot_be_changed(vocabulary):
    with pytest.raises(AttributeError):
        vocabulary().entries = ()


@given(st.lists(st.sampled_from(sectors().ids)))
def test_ids_are_put_in_the_order_of_the_list_once_each(given_ids):
    ordered = sectors().in_order(given_ids)
    assert set(ordered) == set(given_ids)
    assert [sectors().ids.index(one) for one in ordered] == sorted({sectors().ids.index(one) for one in given_ids})


def test_putting_an_unknown_id_in_order_is_refused():
    with pytest.raises(NotFound):
        sectors().in_order(["police", "wizards"])


def test_the_11_forms_are_those_of_the_decision_of_2018():
    assert forms().ids == (
        "child_sexual_exploitation",
        "coercive_control",
        "domestic_abuse",
        "harmful_practices",
        "image_based_sexual_offending",
        "misogyny",
        "prostitution",
        "sexual_harassment",
        "sexual_violence_and_rape",
        "stalking",
        "trafficking",
    )
    assert forms().title_of("trafficking") == "Trafficking"


def test_there_are_13_sectors_each_described():
    assert sectors().ids == (
        "police",
        "prosecution_courts",
        "probation",
        "housing",
        "health",
        "adult_social_care",
        "children_social_care",
        "education",
        "transport",
        "specialist_vawg",
        "employer",
        "online_platform",
        "community_faith",
    )
    assert all(sector.description for sector in sectors().entries)


def test_there_are_33_authorities_of_london_and_not_said():
    assert [area.id for area in areas().entries if area.region is None] == [NOT_SAID]
    assert sum(area.region == "London" for area in areas().entries) == 33
    assert {"wandsworth", "city_of_london", "richmond_upon_thames", "westminster"} <= areas().id_set


def test_settings_may_add_areas_behind_ours():
    wider = areas().extended([Area(id="elsewhere", title="Elsewhere", region=None)])
    assert wider.ids == (*areas().ids, "elsewhere")
    assert wider.title_of("elsewhere") == "Elsewhere"
    assert "elsewhere" not in areas().id_set


def test_an_added_area_may_not_take_an_id_of_ours():
    with pytest.raises(SettingsError) as refused:
        areas().extended([Area(id="wandsworth", title="Mine", region=None)])
    assert "Mine" not in str(refused.value)


def test_only_an_organisation_does_not_count_as_a_person():
    assert roles().ids == ("survivor", "practitioner", "family_friend", "community", "organisation")
    assert [role for role in roles().ids if not counts_as_person(role)] == ["organisation"]


def test_five_kinds_of_session_hold_single_people():
    single = [kind.id for kind in session_kinds().entries if kind.people == "single"]
    assert single == ["interview", "survey", "public_interview", "public_consultation", "written_submission"]
    assert len(session_kinds().ids) == 14


def test_only_the_childrens_session_is_for_people_under_18():
    assert [kind.id for kind in session_kinds().entries if kind.under_18] == ["children_session"]


def test_the_uses_go_from_least_to_most_and_each_shows_its_words():
    assert uses().ids == ("count", "paraphrase", "quote")
    assert all(use.shown != use.title and use.explained.endswith(".") for use in uses().entries)


def test_the_areas_of_recommendations_are_the_5_printed_ones():
    assert [area.title for area in recommendation_areas().entries] == [
        "SERVICES",
        "INFORMATION",
        "CRIMINAL JUSTICE, CIVIL COURT AND STATUTORY PARTNERS PROCESSES",
        "PERPETRATORS",
        "CULTURAL CHANGE",
    ]


def test_the_most_urgent_safeguarding_category_comes_first():
    assert safeguarding_categories().ids[0] == "immediate_danger"
    assert "999" in safeguarding_categories().entries[0].description
    assert len(safeguarding_categories().ids) == 7


def test_migrant_women_are_a_kind_of_group_and_never_a_cut():
    assert [kind.id for kind in convened_for().entries if not kind.may_be_a_cut] == ["migrant_women"]
    assert convened_for().ids[0] == "general"


def test_closed_questions_always_leave_a_way_not_to_answer():
    assert closed_questions().ids == ("felt_heard", "felt_safe", "know_what_next")
    assert all(question.answers[-1] == "No answer" for question in closed_questions().entries)


@given(st.integers(0, 120))
def test_every_age_lies_in_exactly_one_band(age):
    holding = [
        band.id
        for band in age_bands().entries
        if band.youngest is not None and band.youngest <= age <= (120 if band.oldest is None else band.oldest)
    ]
    assert holding == [band_of(age)]


@pytest.mark.parametrize(
    ("age", "band"), [(0, "under_18"), (17, "under_18"), (18, "18_24"), (64, "55_64"), (65, "65_plus")]
)
def test_bands_turn_over_at_their_printed_ages(age, band):
    assert band_of(age) == band


def test_an_age_below_nought_has_no_band():
    with pytest.raises(NotFound):
        band_of(-1)


def broken_folder(tmp_path, monkeypatch, text):
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "vocabularies" / "odd.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("services.vocabulary.datafiles.schemas_root", lambda: tmp_path)


HEADER = "title: Odd\nsource: ours\nlicence: MIT\nversion: 1\n"


def test_a_list_with_an_id_twice_is_refused(tmp_path, monkeypatch):
    broken_folder(tmp_path, monkeypatch, HEADER + "entries: [{id: a, title: A}, {id: a, title: B}]\n")
    with pytest.raises(DataFileError, match="twice"):
        load_vocabulary("odd", Entry)


def test_a_list_with_an_unknown_field_is_refused_by_its_place(tmp_path, monkeypatch):
    broken_folder(tmp_path, monkeypatch, HEADER + "entries: [{id: a, title: A, colour: red}]\n")
    with pytest.raises(DataFileError, match=r"odd\.yaml .*entries\[0\]"):
        load_vocabulary("odd", Entry)


def test_a_list_that_is_not_there_is_refused():
    with pytest.raises(DataFileError, match=r"no_such_list\.yaml is missing"):
        load_vocabulary("no_such_list", Entry)


def test_a_list_reads_as_the_struct_asked_for(tmp_path, monkeypatch):
    broken_folder(tmp_path, monkeypatch, HEADER + "entries: [{id: a, title: A, region: null}]\n")
    loaded = load_vocabulary("odd", Area)
    assert isinstance(loaded, Vocabulary)
    assert isinstance(loaded.get("a"), Area)
    assert lists.FOLDER == "vocabularies"
