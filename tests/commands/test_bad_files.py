"""What bad files get: each is refused with place, rule and mend or taken with a word, and the page says so."""

import pytest
from bad_files import FILES, PAGE, ROWS, answers, page

from services.cli import main


@pytest.fixture(scope="module")
def answered():
    return list(answers())


def test_the_page_of_the_documentation_is_current(answered):
    assert PAGE.read_text(encoding="utf-8") == page(answered), "run make bad-files"


def test_every_refusal_is_plain_words_without_a_traceback(answered):
    assert len(answered) == len(FILES) > 30
    for file, code, said in answered:
        assert said, file.what
        assert "Traceback" not in said, file.what
        assert "Exception" not in said, file.what
        if code:
            assert said.startswith("the file"), file.what


def test_a_name_in_the_name_of_a_file_is_nowhere(answered):
    assert any("Marchbanks" in file.name for file in FILES)
    assert not any("Zebedee" in said or "Marchbanks" in said for _, _, said in answered)


def test_what_can_be_read_without_loss_is_taken(answered):
    taken = {file.what for file, code, _ in answered if not code}
    assert taken == {
        "columns in another order",
        "text in UTF-16",
        "text in Windows-1252",
        "a text that looks like a formula",
        "right-to-left marks",
        "emoji",
        "100,000 rows",
    }
    assert str(ROWS) in next(said for file, _, said in answered if file.what == "100,000 rows")


def test_nothing_on_standard_error_but_the_findings(tmp_path, capsys):
    path = tmp_path / "f.csv"
    future = next(file for file in FILES if "future" in file.what)
    path.write_bytes(future.make())
    assert main(["submit", "--check", "--data", str(tmp_path / "none"), str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("file 1 (.csv): the file, row 2, month: in the future.")
