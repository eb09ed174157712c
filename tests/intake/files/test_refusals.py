"""What refusals say, and what they never say."""

import io

import pytest

from services.errors import Finding, InputRefused
from services.intake.files import reading
from services.intake.files.columns import column_ids, file_words, letter_of, plain, seen
from services.intake.files.findings import Findings, refusal, shortened
from services.intake.files.reading import FORMATS, Header, read_file
from services.vocabulary.datafiles import load_yaml

SECRET = "Marigold"


def test_findings_keep_their_order_and_count_what_is_not_shown():
    findings = Findings()
    for number in range(25):
        findings.add(f"row {number}", "rule", "mend")
    assert len(findings) == 25
    with pytest.raises(InputRefused) as caught:
        findings.refuse_if_any()
    assert [each.place for each in caught.value.findings[:2]] == ["row 0", "row 1"]
    assert caught.value.findings[-1].rule == "and 5 more"


def test_twenty_findings_are_all_shown():
    listed = [Finding(f"row {number}", "rule", "mend") for number in range(20)]
    assert shortened(listed) == listed
    assert len(shortened([*listed, listed[0]])) == 21


def test_no_finding_is_no_refusal():
    Findings().refuse_if_any()


def test_a_refusal_takes_those_of_another_behind_its_own():
    findings = Findings()
    findings.add("a", "rule", "mend")
    findings.take(refusal("b", "rule", "mend"))
    with pytest.raises(InputRefused) as caught:
        findings.refuse("c", "rule", "mend")
    assert [each.place for each in caught.value.findings] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("kind_of_file", "body"),
    [
        ("csv", f"text,{SECRET}\nA,B\n"),
        ("csv", f"text,kind\nA,{SECRET}\n"),
        ("csv", f"text\n{SECRET}\x00\n"),
        ("csv", f'text\n"{SECRET}'),
        ("csv", f"text,seat,month,group\nA,{SECRET},{SECRET},{SECRET}\n"),
        ("json", f'{{"{SECRET}": 1, "contributions": [{{"text": "a", "{SECRET}": 2}}]}}'),
        ("json", f'{{"{SECRET}"'),
        ("json", f'{{"contributions": [{{"text": "{SECRET}", "seat": "{SECRET}"}}]}}'),
        ("json", f'{{"kind": "workshop", "contributions": [], "tallies": {{"{SECRET}": {{"{SECRET}": "{SECRET}"}}}}}}'),
        ("vtt", f"WEBVTT {SECRET}\n\n00:01.000 --> 00:02.000\n<{SECRET}>x"),
        ("vtt", f"WEBVTT\n\n{SECRET}\n\n{SECRET}"),
        ("srt", f"{SECRET}"),
        ("txt", f"{SECRET}\x00"),
        ("txt", f"Seat 0: {SECRET}"),
    ],
)
def test_a_refusal_never_repeats_what_the_file_says(kind_of_file, body):
    header = Header(kind="workshop", month="2025-03", role="survivor", uses=("count",))
    with pytest.raises(InputRefused) as caught:
        read_file(io.BytesIO(body.encode()), format=kind_of_file, header=header)
    assert SECRET not in str(caught.value) + repr(caught.value.findings)
    assert caught.value.__cause__ is None
    assert all(each.place.startswith("the file") and each.rule and each.mend for each in caught.value.findings)


@pytest.mark.parametrize("kind_of_file", FORMATS)
def test_an_empty_file_is_refused_in_every_format(refused, kind_of_file):
    assert refused(kind_of_file, b"")[0].place == "the file"


@pytest.mark.parametrize("kind_of_file", FORMATS)
def test_a_file_of_zeros_is_refused_in_every_format(refused, kind_of_file):
    assert refused(kind_of_file, bytes(100_000))


@pytest.mark.parametrize(
    ("kind_of_file", "limit"), [("csv", "LARGEST_TABLE"), ("json", "LARGEST_TABLE"), ("txt", "LARGEST_DOCUMENT")]
)
def test_a_file_that_is_too_large_is_refused_before_it_is_read(refused, monkeypatch, kind_of_file, limit):
    monkeypatch.setattr(reading, limit, 10)
    assert refused(kind_of_file, "text\nA light.\n")[0].rule == "too large"


def test_a_format_that_is_not_read_is_refused(refused):
    (finding,) = refused("pdf", "x")
    assert (finding.place, finding.rule) == ("option format", "not a format that is read")


def test_columns_have_the_letters_of_spreadsheet_programs():
    assert [letter_of(number) for number in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_unseen_characters_are_taken_out_and_names_compared_in_one_form():
    assert seen("\u200bcam\u200dden\ufeff ") == "camden"
    assert plain("Hammersmith & Fulham") == plain("hammersmith_AND-fulham") == "hammersmith and fulham"


def test_no_heading_is_understood_as_two_columns():
    words = file_words()
    names = [plain(name) for column in words.columns for name in {column.id, column.title, *column.also}]
    assert len(column_ids()) == len({(name, column_ids()[name]) for name in names}) == len(set(names))


def test_the_data_file_has_a_header_that_says_where_it_comes_from():
    assert load_yaml("vocabularies", "intake", "files.yaml")["version"] == file_words().version
    assert {column.id for column in file_words().columns if column.session} == {
        "kind",
        "month",
        "number_present",
        "group",
    }
