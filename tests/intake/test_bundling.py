"""Sealing a session: small enough bundles, one envelope each, and each reader opens its own part alone."""

import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts import decode, encode
from services.errors import KeyAwaited, SealBroken, UnknownKey
from services.events import BundledContribution, Facts, SessionSubmitted, Tallies, Words
from services.intake.bundling import MOST_IN_A_BUNDLE, _chunks, seal_submission
from services.intake.submissions import CheckedContribution, SubmittedMark, check

TODAY = datetime.date(2025, 1, 15)
RECORD_LIMIT = 512 * 1024


async def sealed(bench, submission, **more):
    checked = check(submission, today=TODAY)
    given = {"keys": bench.keys, "today": TODAY, "new_id": bench.new_id}
    return await seal_submission(checked, **{**given, **more})


def as_sent(session, bundle):
    """Return a bundle's event as it is put on the log."""
    return SessionSubmitted(
        bundle=bundle.bundle,
        session=session.session,
        group=session.group,
        words=bundle.words,
        facts=bundle.facts,
        contributions=tuple(
            BundledContribution(
                contribution=said.contribution,
                contributor="c" * 32,
                revision=1,
                uses=said.uses,
                words=said.words,
                facts=said.facts,
            )
            for said in bundle.contributions
        ),
    )


async def test_what_fits_travels_in_one_bundle_with_one_envelope_for_each_reader(bench, said, session_of):
    session = await sealed(bench, session_of(said(), said(), said()))
    (bundle,) = session.bundles
    assert len(bundle.contributions) == 3
    assert bundle.words.bundle == bundle.facts.bundle == bundle.bundle
    assert bundle.words.key == "anonymiser-words-2025-01"
    assert bundle.facts.key == "reporter-facts-2025"
    assert bundle.words.wrap != bundle.facts.wrap


async def test_more_than_two_hundred_go_as_several_bundles_in_their_order(bench, said, session_of):
    words = [f"Number {number}." for number in range(401)]
    session = await sealed(bench, session_of(*[said(text) for text in words]))
    assert [len(bundle.contributions) for bundle in session.bundles] == [200, 200, 1]
    opener = bench.words_opener()
    read = [
        msgspec.json.decode(opener.open(bundle.words, each.words, each.contribution), type=Words).text
        for bundle in session.bundles
        for each in bundle.contributions
    ]
    assert read == words
    assert len({bundle.words.wrap for bundle in session.bundles}) == 3


async def test_no_record_reaches_half_a_megabyte_even_with_the_longest_texts(bench, said, session_of):
    longest = "💜" * 20_000  # four bytes each
    session = await sealed(bench, session_of(*[said(longest) for _ in range(9)]))
    assert sum(len(bundle.contributions) for bundle in session.bundles) == 9
    assert all(len(encode(as_sent(session, bundle))) < RECORD_LIMIT for bundle in session.bundles)


async def test_many_short_texts_stay_below_half_a_megabyte_too(bench, said, session_of):
    texts = [said("She said it twice.", areas=("lambeth", "camden", "hackney")) for _ in range(200)]
    session = await sealed(bench, session_of(*texts))
    assert max(len(encode(as_sent(session, bundle))) for bundle in session.bundles) < RECORD_LIMIT


async def test_a_text_full_of_signs_that_json_writes_longer_stays_below_half_a_megabyte(bench, said, session_of):
    session = await sealed(bench, session_of(*[said('"\\' * 10_000) for _ in range(40)]))
    assert max(len(encode(as_sent(session, bundle))) for bundle in session.bundles) < RECORD_LIMIT


async def test_words_open_with_the_anonymisers_key_alone(bench, said, session_of):
    marks = (SubmittedMark(start=0, end=4, action="remove"),)
    session = await sealed(bench, session_of(said("Anne was kind.", marks=marks)))
    (bundle,) = session.bundles
    (one,) = bundle.contributions
    words = msgspec.json.decode(bench.words_opener().open(bundle.words, one.words, one.contribution), type=Words)
    assert words.text == "Anne was kind."
    assert [(mark.start, mark.end, mark.action) for mark in words.marks] == [(0, 4, "remove")]
    for stranger in (bench.facts_opener(), bench.pseudonymised_opener()):
        with pytest.raises(UnknownKey):
            stranger.open(bundle.words, one.words, one.contribution)
    with pytest.raises(SealBroken):
        bench.words_opener().open(bundle.words, one.facts, one.contribution)


async def test_facts_open_with_the_reporters_key_alone_and_hold_no_text(bench, said, session_of):
    submission = session_of(said("Anne was kind.", seat=7, areas=("camden",)), kind="survivor_forum", group="g1")
    session = await sealed(bench, submission)
    (bundle,) = session.bundles
    (one,) = bundle.contributions
    plain = bench.facts_opener().open(bundle.facts, one.facts, one.contribution)
    assert b"Anne" not in plain
    assert msgspec.json.decode(plain, type=Facts) == Facts(
        role="survivor",
        areas=("camden",),
        month="2025-01",
        session=session.session,
        kind="survivor_forum",
        group="g1",
        identified=True,
    )
    for stranger in (bench.words_opener(), bench.pseudonymised_opener()):
        with pytest.raises(UnknownKey):
            stranger.open(bundle.facts, one.facts, one.contribution)


async def test_a_sealed_part_opens_under_its_own_contribution_alone(bench, said, session_of):
    session = await sealed(bench, session_of(said("Hers."), said("Another's.")))
    (bundle,) = session.bundles
    first, second = bundle.contributions
    with pytest.raises(SealBroken):
        bench.words_opener().open(bundle.words, first.words, second.contribution)


@pytest.mark.parametrize(
    ("kind", "more", "identified"),
    [
        ("survey", {}, True),
        ("focus_group", {}, False),
        ("focus_group", {"person": 3}, False),
        ("focus_group", {"seat": 3}, True),
        ("focus_group", {"receipt": "five plain words go here"}, True),
    ],
)
async def test_who_can_be_told_apart_over_sessions_is_said_in_the_facts(  # noqa: PLR0917 - fixtures
    bench, said, session_of, kind, more, identified
):
    session = await sealed(bench, session_of(said(**more), kind=kind, group="g1"))
    (bundle,) = session.bundles
    (one,) = bundle.contributions
    facts = msgspec.json.decode(bench.facts_opener().open(bundle.facts, one.facts, one.contribution), type=Facts)
    assert facts.identified is identified


async def test_seat_person_and_receipt_stay_out_of_everything_that_is_sent(bench, said, session_of):
    receipt = "planted receipt of five words"
    session = await sealed(bench, session_of(said(receipt=receipt), said(person=987), kind="focus_group"))
    (bundle,) = session.bundles
    fields = set(msgspec.json.decode(encode(as_sent(session, bundle)))["contributions"][0])
    for each in bundle.contributions:
        fields |= set(msgspec.json.decode(bench.words_opener().open(bundle.words, each.words, each.contribution)))
        fields |= set(msgspec.json.decode(bench.facts_opener().open(bundle.facts, each.facts, each.contribution)))
    assert fields & {"seat", "person", "receipt"} == set()
    assert b"planted" not in encode(as_sent(session, bundle))


async def test_tallies_are_sealed_to_the_reporter_under_the_session(bench, said, session_of):
    answers = {"felt_safe": {"yes": 7, "no": 1}}
    session = await sealed(bench, session_of(said(), kind="focus_group", number_present=8, tallies=answers))
    plain = bench.facts_opener().open_part(session.tallies, session.session)
    assert msgspec.json.decode(plain, type=Tallies).answers == answers
    with pytest.raises(SealBroken):
        bench.facts_opener().open_part(session.tallies, session.bundles[0].bundle)


async def test_a_session_without_tallies_sends_none(bench, said, session_of):
    assert (await sealed(bench, session_of(said()))).tallies is None


async def test_without_a_key_of_the_day_nothing_is_sealed(bench, said, session_of):
    with pytest.raises(KeyAwaited):
        await sealed(bench, session_of(said()), today=datetime.date(2031, 5, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=20_000), max_size=450))
def test_chunks_lose_nothing_and_keep_both_limits(lengths):
    said = tuple(
        CheckedContribution(
            text="x" * length,
            role="survivor",
            areas=("not_said",),
            uses=(),
            seat=None,
            person=number,
            receipt=None,
            characteristics={},
            marks=(),
        )
        for number, length in enumerate(lengths)
    )
    chunks = _chunks(said, beside=0)
    assert [each.person for chunk in chunks for each, _ in chunk] == list(range(len(lengths)))
    assert all(1 <= len(chunk) <= MOST_IN_A_BUNDLE for chunk in chunks)
    assert all(sum(len(written) for _, written in chunk) < RECORD_LIMIT * 3 // 4 for chunk in chunks)
    assert all(decode(Words, written).text == each.text for chunk in chunks for each, written in chunk)
