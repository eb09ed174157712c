"""Damaged files: each is read or refused, never anything else; `benchmarks/fuzz_files.py` sends many more."""

import importlib.util
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.errors import InputRefused
from services.intake.files.reading import FORMATS, read_file

_PATH = Path(__file__).parents[3] / "benchmarks" / "fuzz_files.py"
_SPEC = importlib.util.spec_from_file_location("fuzz_files", _PATH)
fuzz_files = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fuzz_files)

QUICK = settings(
    max_examples=2_000,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
GOOD = fuzz_files.samples()


@pytest.mark.parametrize("kind_of_file", FORMATS)
def test_the_files_that_are_damaged_are_good_before(kind_of_file):
    assert fuzz_files.read_or_refuse(kind_of_file, GOOD[kind_of_file])


@pytest.mark.slow
@pytest.mark.parametrize("kind_of_file", FORMATS)
def test_a_damaged_file_is_read_or_refused(kind_of_file):
    told = set()

    @QUICK
    @given(st.integers(0, 2**32))
    def send(seed):
        told.add(
            fuzz_files.read_or_refuse(
                kind_of_file, fuzz_files.damage(GOOD[kind_of_file], fuzz_files.random.Random(seed))
            )
        )

    send()
    assert told == {True, False}, "damage that is always or never found proves nothing"


@given(st.binary(max_size=300), st.sampled_from(FORMATS))
def test_bytes_of_any_kind_are_read_or_refused(body, kind_of_file):
    try:
        found = read_file(io.BytesIO(body), format=kind_of_file, header=fuzz_files.HEADER)
    except InputRefused:
        return
    assert found.submissions
    assert [len(places) for places in found.places] == [len(each.contributions) for each in found.submissions]


@given(
    st.text(max_size=300),
    st.sampled_from(["csv", "json", "vtt", "srt", "txt"]),
    st.sampled_from(["", "WEBVTT\n\n", "text\n"]),
)
def test_text_of_any_kind_is_read_or_refused(body, kind_of_file, beginning):
    source = (beginning + body).encode("utf-8", errors="surrogatepass")
    fuzz_files.read_or_refuse(kind_of_file, source)
