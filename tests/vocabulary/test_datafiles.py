"""The one accessor: it finds the data files, reads them safely, and says which file is broken and where."""

import pytest
from msgspec import Struct

from services.errors import DataFileError
from services.vocabulary import datafiles
from services.vocabulary.datafiles import load_as, load_yaml, schema_path, schemas_root


class Pair(Struct, forbid_unknown_fields=True):
    name: str
    number: int


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(datafiles, "schemas_root", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    schemas_root.cache_clear()
    monkeypatch.setattr(datafiles, "_PACKAGE", tmp_path / "services")
    yield tmp_path
    schemas_root.cache_clear()


def test_the_root_holds_our_catalogues():
    assert (schemas_root() / "frameworks" / "mayor_2022_25.yaml").is_file()


def test_a_checkout_or_wheel_without_data_files_says_so(elsewhere):
    with pytest.raises(DataFileError, match="missing"):
        schemas_root()


def test_a_wheels_folder_comes_before_a_checkouts(elsewhere):
    for found in ("schemas", "services/_schemas"):
        (elsewhere / found).mkdir(parents=True)
    assert schemas_root() == elsewhere / "services" / "_schemas"


def test_a_missing_file_is_named_without_the_machines_own_path(folder):
    with pytest.raises(DataFileError) as refused:
        schema_path("frameworks", "absent.yaml")
    assert "frameworks/absent.yaml" in str(refused.value)
    assert str(folder) not in str(refused.value)


def test_a_file_that_is_not_yaml_is_named(folder):
    (folder / "odd.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"odd\.yaml is not valid YAML"):
        load_yaml("odd.yaml")


def test_a_file_cannot_make_objects(folder):
    (folder / "odd.yaml").write_text("!!python/object/apply:os.getcwd []", encoding="utf-8")
    with pytest.raises(DataFileError):
        load_yaml("odd.yaml")


def test_a_file_that_fits_is_given_as_the_struct_asked_for(folder):
    (folder / "pair.yaml").write_text("name: a\nnumber: 1\n", encoding="utf-8")
    assert load_as(Pair, "pair.yaml") == Pair("a", 1)


@pytest.mark.parametrize("text", ["name: a\n", "name: a\nnumber: one\n", "name: a\nnumber: 1\nmore: 2\n", "- a\n", ""])
def test_a_file_that_does_not_fit_is_refused_and_named(folder, text):
    (folder / "pair.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=r"pair\.yaml does not fit"):
        load_as(Pair, "pair.yaml")
