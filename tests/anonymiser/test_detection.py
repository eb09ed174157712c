"""Detectors that an operator adds."""

import pytest

from services.anonymiser import detection
from services.anonymiser.detection import Detector, Found, added_detectors
from services.anonymiser.pseudonymisation import Passage, pseudonymise


class Teapots:
    name = "teapots"

    def find(self, text):
        at = text.find("teapot")
        return [Found(at, at + 6, "PLACE", "", "teapot", 0.9)] if at >= 0 else []


class Entry:
    def __init__(self, name, made):
        self.name = name
        self._made = made

    def load(self):
        return self._made


@pytest.fixture
def entries(monkeypatch):
    found = []
    monkeypatch.setattr(detection, "entry_points", lambda group: found if group == detection.ENTRY_POINT_GROUP else [])
    added_detectors.cache_clear()
    yield found
    added_detectors.cache_clear()


def test_a_plain_installation_has_none(entries):
    assert added_detectors() == ()


def test_an_added_detector_takes_part(entries):
    entries.append(Entry("teapots", Teapots))
    done = pseudonymise([Passage("one", "We met at the teapot there.")])[0]
    assert done.text == "We met at the [PLACE] there."
    assert done.spans[0].reason == "teapot"


def test_detectors_come_in_the_order_of_their_names(entries):
    class Other(Teapots):
        name = "other"

    entries.extend([Entry("z", Teapots), Entry("a", Other)])
    assert [each.name for each in added_detectors()] == ["other", "teapots"]


def test_what_is_no_detector_is_refused_by_the_name_of_its_entry(entries):
    entries.append(Entry("broken", object))
    with pytest.raises(TypeError, match="broken"):
        added_detectors()


def test_ours_and_theirs_keep_one_protocol():
    assert isinstance(Teapots(), Detector)
