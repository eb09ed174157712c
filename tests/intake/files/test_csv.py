"""CSV files as people and programs write them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.files.reading import Header, read_file

WHOLE = "kind,month,areas,role,uses,text\nworkshop,2025-03,camden,survivor,count,A light at the bus stop.\n"
NOTHING = {"number_present": None}


def test_a_whole_row_gives_a_session_of_one_contribution(read):
    session = read("csv", WHOLE, **NOTHING).submissions[0]
    assert (session.kind, session.month, session.areas) == ("workshop", "2025-03", ("camden",))
    assert (session.role, session.uses, session.number_present) == ("survivor", ("count",), None)
    assert session.contributions[0].text == "A light at the bus stop."


def test_the_place_names_the_row_and_never_the_file(read):
    assert read("csv", WHOLE, **NOTHING).places == (("the file, row 2",),)


def test_columns_may_stand_in_any_order(read):
    turned = "text,uses,role,areas,month,kind\nA light at the bus stop.,count,survivor,camden,2025-03,workshop\n"
    assert read("csv", turned, **NOTHING) == read("csv", WHOLE, **NOTHING)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found_by_the_headings(read, separator):
    rows = io.StringIO()
    csv.writer(rows, delimiter=separator).writerows(
        [
            ["kind", "month", "role", "uses", "text"],
            ["workshop", "2025-03", "survivor", "count", "One; two, three\tfour"],
        ]
    )
    assert read("csv", rows.getvalue(), **NOTHING).submissions[0].contributions[0].text == "One; two, three\tfour"


@pytest.mark.parametrize(
    "heading",
    ["Number present", "NUMBER_PRESENT", "number-present", " number  present ", "people present", "\u200bpresent"],
)
def test_headings_are_understood_whatever_their_case_and_spacing(read, heading):
    assert read("csv", f"text,{heading}\nA light.,8\n").submissions[0].number_present == 8


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", False),
        ("utf-8-sig", False),
        ("utf-16", True),
        ("utf-16-le", True),
        ("utf-16-be", True),
        ("cp1252", True),
    ],
)
def test_each_encoding_gives_the_same_words_and_is_said_where_it_is_not_plain(read, texts, encoding, said):
    text = "text\nZoë said – “früh” and again: the café by the station where the light has been out for many weeks\n"
    found = read("csv", text.encode(encoding))
    assert texts(found) == [[text.split("\n")[1]]]
    assert bool(found.notes) is said


def test_text_that_is_cut_off_within_a_character_is_refused(refused):
    assert "damaged text" in refused("csv", "text\ncafé".encode()[:-1])[0].rule


def test_a_stray_byte_among_utf8_characters_is_refused_and_not_read_as_windows_1252(refused):
    assert "damaged text" in refused("csv", "text\ncafé ".encode() + b"\x93 more\n")[0].rule


def test_bytes_that_stand_for_nothing_in_any_encoding_are_refused(refused):
    assert "neither UTF-8 nor Windows-1252" in refused("csv", b"text\nplain \x81 words\n")[0].rule


def test_utf_32_is_refused_with_what_to_do(refused):
    (finding,) = refused("csv", "text\nA light.\n".encode("utf-32"))
    assert "UTF-32" in finding.rule
    assert "UTF-8" in finding.mend


@pytest.mark.parametrize("body", [b"", b"\n\n\n", b"\xef\xbb\xbf", b" , , \n"])
def test_an_empty_file_is_refused(refused, body):
    assert refused("csv", body)[0].rule == "empty"


def test_headings_without_rows_are_refused(refused):
    assert refused("csv", "text\n")[0].rule == "nothing was said"


def test_an_unknown_column_is_named_by_its_position_alone(refused):
    (finding,) = refused("csv", "text,Amina's age\nA light.,30\n")
    assert finding.place == "the file, row 1, column B"
    assert "Amina" not in str(finding)
    assert "Known columns: session, kind" in finding.mend


def test_a_column_that_stands_twice_is_refused(refused):
    assert refused("csv", "text,what was said\nA light.,B\n")[0].rule == "the column text stands twice"


@pytest.mark.parametrize("column", ["kind", "month", "role", "uses", "text"])
def test_a_missing_column_is_named_with_the_number_of_those_that_there_are(refused, column):
    headings = [name for name in ("kind", "month", "role", "uses", "text") if name != column]
    (finding,) = refused("csv", ",".join(headings) + "\na,b,c,d\n", **NOTHING)
    assert finding.rule == f"the column {column} is missing"
    assert "Right now the file has 4 columns" in finding.mend


def test_a_column_that_an_option_fills_may_be_missing(read):
    assert read("csv", "text\nA light.\n").submissions[0].kind == "workshop"


def test_a_column_without_a_heading_is_ignored_while_it_is_empty(read, refused):
    assert read("csv", "text,,person\nA light.,,2\n").submissions[0].contributions[0].person == 2
    (finding,) = refused("csv", "text,,person\nA light.,lost,2\n")
    assert (finding.place, finding.rule) == ("the file, row 2, column B", "a cell below no heading")


def test_empty_columns_at_the_right_are_ignored(read):
    assert len(read("csv", "text,,,\nA light.,,,\n").submissions[0].contributions) == 1


@pytest.mark.parametrize("row", ["A light", "A light,2,3"])
def test_a_row_of_another_width_is_refused(refused, row):
    findings = refused("csv", f"text,person\nA bench.,1\n{row}\n")
    assert findings[0].place == "the file, row 3"
    assert "where the headings are 2" in findings[0].rule


def test_a_quote_that_is_never_closed_is_refused_with_its_row(refused):
    findings = refused("csv", 'text\nA light.\n"and it goes on\nand on\n')
    assert findings[0].place == "the file, row 3"
    assert "quotes" in findings[0].rule


def test_a_cell_of_five_megabytes_is_refused_without_its_words(refused):
    findings = refused("csv", "text\n" + "word " * 1_000_000 + "\n")
    assert len(findings) == 1
    assert "word" not in findings[0].place + findings[0].rule


def test_a_quoted_cell_that_spans_many_lines_and_never_ends_is_refused(refused):
    assert "a text without end" in refused("csv", 'text\n"' + "more\n" * 100_000)[0].rule


def test_line_ends_within_a_text_become_one_kind(read, texts):
    assert texts(read("csv", 'text\r\n"one\r\ntwo\rthree\nfour"\r\n')) == [["one\ntwo\nthree\nfour"]]


def test_old_line_ends_are_read(read, texts):
    assert texts(read("csv", "text\rA light.\rA bench.\r")) == [["A light.", "A bench."]]


@pytest.mark.parametrize("bad", ["\x00", "\x01", "\x0b", "\x1b", "\x7f", "\x85", "\x9f", "\uffff"])
def test_nul_and_control_characters_are_refused(refused, bad):
    findings = refused("csv", f"text\nA light is needed{bad} here and a bench beside it would help a lot.\n")
    assert [finding.rule for finding in findings] == ["control characters"]


@pytest.mark.parametrize(
    "kept", ["\u200f\u05d0\u05d1", "\u202eabc\u202c", "🌱👩‍👧", "a\u200bb", "e\u0301", "\u00adsoft", "a\tb"]
)
def test_right_to_left_marks_emoji_and_zero_width_characters_stay_in_the_words(read, texts, kept):
    assert texts(read("csv", f"text\nsaid {kept} there\n")) == [[f"said {kept} there"]]


def test_zero_width_characters_are_taken_out_of_ids(read):
    found = read(
        "csv",
        "text,role,areas\nA light.,\u200bsurv\u200divor\ufeff,cam\u200bden\n",
        kind="workshop",
        month="2025-03",
        uses=(),
    )
    assert (found.submissions[0].role, found.submissions[0].areas) == ("survivor", ("camden",))


def test_a_text_that_looks_like_a_formula_is_a_text(read, texts):
    assert texts(read("csv", "text\n=SUM(A1)\n")) == [["=SUM(A1)"]]


def test_titles_of_the_lists_are_understood(read):
    row = "Survivor forum,2025-03,Tower Hamlets|Kingston upon Thames,Family or friend,Quote; COUNT,A light.\n"
    session = read("csv", "kind,month,areas,role,uses,text\n" + row, **NOTHING).submissions[0]
    assert session.kind == "survivor_forum"
    assert session.areas == ("kingston_upon_thames", "tower_hamlets")
    assert (session.role, session.uses) == ("family_friend", ("count", "quote"))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "tea party"),
        ("role", "witness"),
        ("areas", "camden; atlantis"),
        ("areas", "camden; not said"),
        ("areas", "camden; Camden"),
        ("uses", "yes"),
        ("uses", ";"),
        ("month", "March 2025"),
        ("month", "2025-13"),
        ("month", "2025-02-30"),
        ("month", "2025-3"),
        ("seat", "0"),
        ("seat", "1000"),
        ("seat", "three"),
        ("person", "1.5"),
        ("number_present", "-1"),
        ("number_present", "10001"),
        ("group", "Our Group"),
        ("receipt", "word " * 40),
        ("seat", "４"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_cell_and_without_the_value(refused, column, value):
    headings = ["kind", "month", "role", "uses", "text"]
    row = {"kind": "workshop", "month": "2025-03", "role": "survivor", "uses": "count", "text": "A light."}
    headings += [] if column in headings else [column]
    row[column] = value
    letter = chr(ord("A") + headings.index(column))
    body = ",".join(headings) + "\n" + ",".join(row[name] for name in headings) + "\n"
    (finding,) = refused("csv", body, **NOTHING)
    assert finding.place == f"the file, row 2, column {letter}"
    assert value not in finding.rule


@pytest.mark.parametrize("written", ["03/04/2025", "3/4/25", "2025/03/04", "04.03.2025", "04-03-2025"])
def test_a_date_that_could_be_read_two_ways_is_refused_with_how_to_write_it(refused, written):
    (finding,) = refused("csv", f"text,month\nA light.,{written}\n", kind="workshop", role="survivor", uses=())
    assert "two ways" in finding.rule
    assert "like 2025-03" in finding.mend


def test_of_a_whole_date_the_day_is_dropped(read):
    found = read("csv", "text,date\nA light.,2025-03-14\n", kind="workshop", role="survivor", uses=())
    assert found.submissions[0].month == "2025-03"


def test_role_and_uses_are_never_guessed(refused):
    found = refused("csv", "text,role,uses\nA light.,survivor,count\nA bench.,,\n", kind="workshop", month="2025-03")
    assert [(each.place, each.rule) for each in found] == [
        ("the file, row 3, column B", "no role"),
        ("the file, row 3, column C", "no uses"),
    ]


def test_a_person_may_allow_no_use_at_all(read):
    session = read("csv", "text,uses\nA light.,none\n").submissions[0]
    assert session.contributions[0].uses == ()


def test_rows_with_one_label_are_one_session_even_when_others_stand_between(read, texts):
    found = read("csv", "session,text\na,One.\nb,Two.\nA ,Three.\n")
    assert texts(found) == [["One.", "Three."], ["Two."]]
    assert found.places == (("the file, row 2", "the file, row 4"), ("the file, row 3",))


def test_a_label_is_never_kept(read):
    assert "secret" not in repr(read("csv", "session,text\nsecret,One.\n"))


def test_a_row_without_a_label_is_refused_where_there_are_labels(refused):
    (finding,) = refused("csv", "session,text\na,One.\n,Two.\n")
    assert (finding.place, finding.rule) == ("the file, row 3", "no session label, where other rows have one")


def test_a_column_of_labels_that_nobody_filled_in_is_one_session(read, texts):
    assert texts(read("csv", "session,text\n,One.\n,Two.\n")) == [["One.", "Two."]]


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("kind", "workshop", "survey"),
        ("month", "2025-03", "2025-04"),
        ("group", "g-1", "g-2"),
        ("number_present", "8", "9"),
    ],
)
def test_facts_that_differ_within_one_session_are_refused(refused, column, first, second):
    options = {key: value for key, value in {"kind": "workshop", "month": "2025-03"}.items() if key != column}
    body = f"text,role,uses,{column}\nOne.,survivor,count,{first}\nTwo.,survivor,count,{second}\n"
    (finding,) = refused("csv", body, **(options or NOTHING))
    assert finding.place == "the file, row 3"
    assert f"the {column} differs" in finding.rule


def test_a_fact_needs_to_stand_on_one_row_of_its_session_only(read):
    assert read("csv", "text,number present\nOne.,\nTwo.,9\n").submissions[0].number_present == 9


def test_a_session_in_which_no_row_says_the_month_is_refused(refused):
    body = "session,month,text\na,2025-03,One.\nb,,Two.\n"
    (finding,) = refused("csv", body, kind="workshop", role="survivor", uses=())
    assert (finding.place, finding.rule) == ("the file, row 3", "no row of this session says its month")


def test_only_one_of_seat_person_and_receipt_may_be_given(refused):
    (finding,) = refused("csv", "text,seat,person\nA light.,1,2\n")
    assert finding.rule == "more than one of seat, person and receipt"


def test_the_areas_of_the_room_are_put_together_from_its_rows(read):
    session = read("csv", "text,areas\nOne.,islington\nTwo.,camden\nThree.,\n").submissions[0]
    assert session.areas == ("camden", "islington")
    assert [said.areas for said in session.contributions] == [("islington",), ("camden",), ("not_said",)]


def test_what_all_rows_have_in_common_is_said_once_for_the_room(read):
    body = "text,role,uses\nOne.,survivor,count\nTwo.,survivor,count; quote\n"
    session = read("csv", body, kind="workshop", month="2025-03").submissions[0]
    assert (session.role, session.uses) == ("survivor", None)
    assert [(said.role, said.uses) for said in session.contributions] == [
        (None, ("count",)),
        (None, ("count", "quote")),
    ]


def test_worked_examples_are_left_out_and_said(read, texts):
    found = read("csv", "text,person\nExample: write like this,nobody\nA light.,1\n")
    assert texts(found) == [["A light."]]
    assert found.notes == ("1 worked example(s) of the template were left out.",)


def test_blank_rows_are_skipped_and_still_counted(read):
    assert read("csv", "\n\ntext\n\nA light.\n").places == (("the file, row 5",),)


def test_a_text_of_nothing_but_space_is_refused(refused):
    assert refused("csv", "text,person\n  ,1\n")[0].rule == "empty"


def test_a_long_list_of_findings_is_cut_and_counted(refused):
    findings = refused("csv", "text,person\n" + "A light.,x\n" * 57)
    assert len(findings) == 21
    assert findings[-1].rule == "and 37 more"


def test_nothing_of_a_file_with_one_bad_row_is_read(refused):
    assert len(refused("csv", "text,person\n" + "A light.,1\n" * 50 + "A light.,x\n")) == 1


def test_too_many_columns_are_refused(refused):
    assert refused("csv", ",".join(["text"] * 40) + "\n")[0].rule == "too many columns"


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=60).filter(
    lambda text: text.strip() == text and text and not text.casefold().startswith("example")
)


@given(
    st.lists(WORDS, min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_words_are_written_come_back_as_they_were(words, separator, encoding):
    out = io.StringIO()
    rows = csv.writer(out, delimiter=separator)
    rows.writerow(["person", "text"])
    rows.writerows([[1, text] for text in words])
    header = Header(kind="workshop", month="2025-03", role="survivor", uses=())
    found = read_file(io.BytesIO(out.getvalue().encode(encoding)), format="csv", header=header)
    assert [said.text for said in found.submissions[0].contributions] == words
