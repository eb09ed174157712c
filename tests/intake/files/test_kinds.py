"""What kind of file it is: by content first, by ending second."""

import pytest

from services.errors import InputRefused
from services.intake.files.kinds import format_of
from services.intake.files.reading import FORMATS


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a.json", b"{}", "json"),
        ("a.JSON", b"[]", "json"),
        ("", b' {"kind": 1}', "json"),
        ("-", b"\xef\xbb\xbf[", "json"),
        ("a.csv", b"text\n", "csv"),
        ("a.tsv", b"text\n", "csv"),
        ("a.csv", b"[x]\n", "csv"),
        ("a.txt", b"{hello}", "txt"),
        ("a.b.text", b"hello", "txt"),
        ("a.vtt", b"WEBVTT\n", "vtt"),
        ("a.txt", b"\xef\xbb\xbfWEBVTT - x\r\n", "vtt"),
        ("a", "WEBVTT\n\n".encode("utf-16"), "vtt"),
        ("a.txt", b"1\r\n00:00:01,000 --> 00:00:02,000\r\nx", "srt"),
        ("a.srt", b"x", "srt"),
        ("a.docx", b"PK\x03\x04 word/document.xml", "docx"),
        ("a.xlsx", b"PK\x03\x04 word/document.xml", "docx"),
        ("a.bin", b"PK\x03\x04 xl/workbook.xml", "xlsx"),
        ("a.xlsx", b"PK\x03\x04 [Content_Types].xml", "xlsx"),
        ("a.zip", b"PK\x03\x04 mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ods"),
    ],
)
def test_the_format_is_found(name, body, expected):
    assert format_of(name, body) == expected
    assert expected in FORMATS


@pytest.mark.parametrize(
    ("name", "body", "rule"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
        ("a.pdf", b"%PDF-1.7", "PDF"),
        ("a.txt", b"{\\rtf1", "RTF"),
        ("a.gz", b"\x1f\x8b\x08", "packed archive"),
        ("a.7z", b"7z\xbc\xaf\x27", "packed archive"),
        ("a.rar", b"Rar!\x1a", "packed archive"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "empty archive"),
        ("a.zip", b"PK\x03\x04 notes.txt", "packed file of unknown content"),
        ("a.png", b"\x89PNG\r\n", "picture"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "picture"),
        ("a.xlsm", b"PK\x03\x04 xl/", "macros"),
        ("a.DOCM", b"PK\x03\x04 word/", "macros"),
        ("a.xlsx", b"kind,month", "not what its ending says"),
        ("a.docx", b"hello", "not what its ending says"),
        ("a.vtt", b"hello", "WEBVTT"),
        ("a.md", b"hello", "not known"),
        ("hello", b"hello", "not known"),
        ("a.csv", b"", "empty"),
    ],
)
def test_what_is_not_read_is_refused_with_what_to_do(name, body, rule):
    with pytest.raises(InputRefused) as caught:
        format_of(name, body)
    (finding,) = caught.value.findings
    assert rule in finding.rule
    assert finding.mend
    assert finding.place == "the file"


def test_the_name_of_a_file_is_in_no_refusal():
    with pytest.raises(InputRefused) as caught:
        format_of("Amina's notes.pages", b"hello")
    assert "Amina" not in str(caught.value)
