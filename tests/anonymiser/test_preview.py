"""The preview says of one bundle what goes, what stays and where there is doubt, as it will be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.anonymiser.preview import _previewed, preview
from services.anonymiser.pseudonymisation import Passage, pseudonymise
from services.events import Mark, Words

SAID = "We met Zebedee Marchbanks on 3 May 2024. Call 07700 900123 in Brixton."


async def test_it_is_what_will_be_sent_on():
    bundle = [Words(text=SAID), Words(text="Zebedee was kind.")]
    alone = pseudonymise([Passage("0", SAID), Passage("1", "Zebedee was kind.")])
    assert [each.text for each in await preview(bundle)] == [each.text for each in alone]


async def test_each_span_says_what_went_and_what_took_its_place():
    found = (await preview([Words(text=SAID)]))[0]
    gone = {SAID[span.start : span.end]: found.text[span.shown_start : span.shown_end] for span in found.spans}
    assert gone["07700 900123"] == "[PHONE]"
    assert gone["Zebedee Marchbanks"] == "[PERSON-1]"


async def test_a_telephone_number_cannot_stay_and_a_name_can():
    found = (await preview([Words(text=SAID)]))[0]
    can_stay = {span.label: span.can_stay for span in found.spans}
    assert can_stay["PHONE"] is False
    assert can_stay["PERSON"] is True


async def test_marks_take_more_out_and_keep_more():
    start = SAID.index("Zebedee")
    kept = Mark(start=start, end=start + len("Zebedee Marchbanks"), action="keep")
    gone = Mark(start=0, end=6, action="remove")
    found = (await preview([Words(text=SAID, marks=(kept, gone))]))[0]
    assert "Zebedee Marchbanks" in found.text
    assert found.text.startswith("[REMOVED]")


async def test_names_learnt_in_one_text_go_from_all():
    found = await preview([Words(text="Her worker Zebedee Marchbanks came."), Words(text="Then marchbanks left.")])
    assert "archbanks" not in found[1].text


async def test_doubts_are_offsets_into_the_text_as_it_will_be():
    for one in await preview([Words(text="Then the Quorvanth came to Tresmalloy with Brindlewick.")]):
        assert one.held == bool(one.doubts)
        assert all(0 <= doubt.start < doubt.end <= len(one.text) for doubt in one.doubts)


@pytest.mark.parametrize("bundle", [[], [Words(text="")]])
async def test_nothing_gives_nothing(bundle):
    assert [each.text for each in await preview(bundle)] == [said.text for said in bundle]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["Ann", "07700 900123", "Camden", "came", "SW1A 1AA", "in May 2024", "."]), max_size=9))
def test_what_stays_between_the_spans_is_unchanged(parts):
    text = " ".join(parts)
    done = _previewed(pseudonymise([Passage("0", text)])[0])
    before = after = 0
    for span in done.spans:
        assert done.text[after : span.shown_start] == text[before : span.start]
        before, after = span.end, span.shown_end
    assert done.text[after:] == text[before:]
