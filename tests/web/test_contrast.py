"""Colours that touch are far enough apart: 3 to 1 for shapes, 4.5 to 1 for text (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import SettingsError
from services.web.shell import contrast
from services.web.styling import SOURCES

PALETTE = dict(re.findall(r"\$([\w-]+): (#[0-9a-f]{6});", (SOURCES / "_palette.scss").read_text()))
COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def test_known_pairs_measure_as_the_guidelines_say():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(COLOURS, COLOURS)
def test_contrast_is_symmetric_and_between_1_and_21(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.0000001


@pytest.mark.parametrize("shape", ["bar", "axis", "surface-border"])
def test_shapes_stand_out_from_paper(shape):
    assert contrast(PALETTE[shape], PALETTE["paper"]) >= 3


@pytest.mark.parametrize("text", ["ink", "link", "link-hover", "axis"])
@pytest.mark.parametrize("ground", ["paper", "surface"])
def test_text_is_readable_on_paper_and_surface(text, ground):
    assert contrast(PALETTE[text], PALETTE[ground]) >= 4.5


def test_white_text_is_readable_on_the_brand():
    assert contrast(PALETTE["paper"], PALETTE["brand"]) >= 4.5


def test_a_brand_colour_that_hides_white_text_is_refused(sampler):
    with pytest.raises(SettingsError, match=r"4\.5 to 1"):
        sampler.settings(brand_colour="#ffdd00").check()


@pytest.mark.parametrize("colour", ["red", "#12", "#12345g", "#123456; }", "url(x)"])
def test_what_is_no_colour_is_refused(sampler, colour):
    with pytest.raises(SettingsError, match="hexadecimal"):
        sampler.settings(brand_colour=colour).check()
