"""``python -m services.schemas``: writes what is right, names what differs, refuses to write what breaks."""

import json
import subprocess
import sys

import pytest

from services import schemas
from services.errors import DataFileError
from services.schemas import check, differences, generated, incompatibilities, main, write, written

CONSENT = "consent.changed.v1.json"
SUBMITTED = "session.submitted.v1.json"


@pytest.fixture
def folder(tmp_path):
    assert write(tmp_path) == []
    return tmp_path


def change(path, alter):
    schema = json.loads(path.read_text(encoding="utf-8"))
    alter(schema)
    path.write_text(written(schema), encoding="utf-8")


def retire(folder, text):
    (folder / "retired.yaml").write_text(f"source: a test\nlicence: MIT\n{text}", encoding="utf-8")


def test_what_was_written_passes_the_check(folder):
    assert check(folder) == []
    assert main(["check"], folder) == 0


def test_an_empty_folder_lacks_every_schema(tmp_path):
    assert differences(tmp_path) == [f"{name}: is missing" for name in generated()]
    assert incompatibilities(tmp_path) == []


def test_a_changed_file_is_named(folder, capsys):
    change(folder / CONSENT, lambda schema: schema.update(title="Another"))
    assert main(["check"], folder) == 1
    assert f"{CONSENT}: differs from the structs\n" in capsys.readouterr().err


def test_a_title_may_change_and_is_written_again(folder):
    change(folder / CONSENT, lambda schema: schema.update(title="Another"))
    assert main(["write"], folder) == 0
    assert check(folder) == []


def test_a_missing_file_is_named(folder):
    (folder / "sealed" / "words.v1.json").unlink()
    assert check(folder) == ["sealed/words.v1.json: is missing"]


def test_a_file_of_no_contract_is_named_and_counts_as_a_kept_one_that_is_gone(folder):
    (folder / "thing.forgotten.v1.json").write_text("{}", encoding="utf-8")
    assert check(folder) == [
        "thing.forgotten.v1.json: belongs to no contract",
        "thing.forgotten.v1.json: a kept contract is gone from the register",
    ]


def test_a_break_of_a_kept_event_is_named_and_nothing_is_written(folder, capsys):
    change(folder / CONSENT, lambda schema: schema["required"].remove("day"))
    change(folder / SUBMITTED, lambda schema: schema.update(title="Another"))
    before = (folder / SUBMITTED).read_bytes()
    assert main(["write"], folder) == 1
    assert f"{CONSENT}: $.day: optional became required\n" in capsys.readouterr().err
    assert (folder / SUBMITTED).read_bytes() == before


def test_a_break_inside_something_sealed_is_named(folder):
    change(folder / "sealed" / "facts.v1.json", lambda schema: schema["properties"].pop("role"))
    assert incompatibilities(folder) == ["sealed/facts.v1.json: $.role: a required field was added"]


def test_an_event_in_transit_may_change_as_it_likes(folder):
    change(folder / SUBMITTED, lambda schema: schema["required"].remove("bundle"))
    assert incompatibilities(folder) == []
    assert write(folder) == []
    assert check(folder) == []


def test_an_optional_field_may_go_once_it_is_retired(folder):
    change(folder / CONSENT, lambda schema: schema["properties"].update(note={"type": "string"}))
    assert incompatibilities(folder) == [
        f"{CONSENT}: $.note: an optional field was removed without being listed as retired",
    ]
    retire(folder, "fields: {consent.changed.v1: [note]}\n")
    assert incompatibilities(folder) == []


def test_a_retired_name_is_never_used_again_even_where_no_schema_is_committed(tmp_path):
    retire(tmp_path, "fields: {consent.changed.v1: [uses]}\n")
    assert incompatibilities(tmp_path) == [f"{CONSENT}: $.uses: the name was retired and is used again"]


@pytest.mark.parametrize("contract", ["session.submitted.v1", "no.such.v1"])
def test_only_a_kept_contract_has_retired_fields(folder, contract):
    retire(folder, f"fields: {{{contract}: [note]}}\n")
    assert incompatibilities(folder) == [f"{contract}.json: has retired fields but is no kept contract"]


@pytest.mark.parametrize("text", ["fields: [", "fields: 3\n", "fields: {}\nmore: 1\n"])
def test_a_damaged_list_of_retired_fields_is_refused(folder, text, capsys):
    retire(folder, text)
    with pytest.raises(DataFileError, match=r"retired\.yaml"):
        incompatibilities(folder)
    assert main(["check"], folder) == 1
    assert "retired.yaml does not fit its schema" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_damaged_schema_is_refused(folder, text):
    (folder / CONSENT).write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=r"consent\.changed"):
        check(folder)


@pytest.mark.parametrize("arguments", [[], ["read"], ["write", "check"]])
def test_a_wrong_call_says_how_to_call(arguments, tmp_path, capsys):
    assert main(arguments, tmp_path) == 2
    assert "write|check" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_runs_on_the_committed_schemas():
    found = subprocess.run(
        [sys.executable, "-m", "services.schemas", "check"], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_the_committed_list_of_retired_fields_can_be_read():
    assert incompatibilities(schemas.schemas_root() / "events") == []
