"""The anonymiser's step: a sealed bundle in, sealed pseudonymised words out; the facts go on unopened."""

import datetime

import msgspec
import pytest
from journey_world import said, session_of
from service_bench import as_record, submitted

from services.anonymiser.redacting import contributors_of
from services.contracts import encode
from services.errors import ContractBroken, DestroyedEpochKey, KeyAwaited, NotFound, SealBroken, UnknownKey
from services.events import (
    BundledStatement,
    ContributionPseudonymised,
    PseudonymisedWords,
    StatementPseudonymised,
    Words,
)
from services.intake.statements import SubmittedStatement
from services.intake.submissions import SubmittedMark

WHO = "My caseworker Priya Raman rang me at 07700 900123 and she was kind."


async def bundle_of(bench, *contributions, **more):
    """Return the one bundle that intake sent of a session."""
    await bench.intake.door.submit(session_of(*contributions, **more))
    return (await submitted(bench))[-1]


async def redacted(bench, *bundles):
    records = await bench.anonymiser.handler.handle([as_record(bundle, 1) for bundle in bundles])
    return [msgspec.json.decode(record.value, type=ContributionPseudonymised) for record in records]


def opened(bench, event):
    plain = bench.pseudonymised_opener().open_part(event.words, getattr(event, "contribution", None) or event.statement)
    return msgspec.json.decode(plain, type=PseudonymisedWords)


async def test_names_and_numbers_are_gone_and_what_she_said_is_there(bench):
    (event,) = await redacted(bench, await bundle_of(bench, said(WHO)))
    text = opened(bench, event).text
    assert "Priya" not in text
    assert "Raman" not in text
    assert "900123" not in text
    assert "she was kind" in text
    assert "[PERSON-1]" in text


async def test_words_are_sealed_to_the_themer_alone(bench):
    (event,) = await redacted(bench, await bundle_of(bench, said(WHO)))
    assert b"kind" not in encode(event)
    for stranger in (bench.words_opener(), bench.facts_opener()):
        with pytest.raises(UnknownKey):
            stranger.open_part(event.words, event.contribution)


async def test_ids_uses_revision_and_sealed_facts_go_on_as_they_came(bench):
    bundle = await bundle_of(bench, said(WHO, uses=("count", "quote")))
    (event,) = await redacted(bench, bundle)
    (said_there,) = bundle.contributions
    assert (event.contribution, event.contributor, event.session) == (
        said_there.contribution,
        said_there.contributor,
        bundle.session,
    )
    assert (event.uses, event.revision) == (("count", "quote"), said_there.revision)
    assert (event.facts.envelope, event.facts.body) == (bundle.facts, said_there.facts)
    assert b"survivor" in bench.facts_opener().open_part(event.facts, event.contribution)


async def test_a_mark_of_the_facilitator_travels_and_is_obeyed(bench):
    text = "The grey heron house was kind to us."
    remove = (SubmittedMark(start=4, end=20, action="remove"),)
    (event,) = await redacted(bench, await bundle_of(bench, said(text, marks=remove)))
    assert "heron" not in opened(bench, event).text
    assert "kind to us" in opened(bench, event).text


async def test_a_mark_to_keep_leaves_what_would_have_gone(bench):
    start = WHO.index("Priya")
    keep = (SubmittedMark(start=start, end=start + len("Priya Raman"), action="keep"),)
    (event,) = await redacted(bench, await bundle_of(bench, said(WHO, marks=keep)))
    assert "Priya Raman" in opened(bench, event).text


async def test_people_are_numbered_for_each_contribution_so_that_accounts_are_not_linked(bench):
    bundle = await bundle_of(bench, said("I told Priya Raman everything."), said("Priya Raman never rang me back."))
    texts = [opened(bench, event).text for event in await redacted(bench, bundle)]
    assert all("[PERSON-1]" in text for text in texts)
    assert not any("[PERSON-2]" in text for text in texts)


async def test_the_same_bundle_gives_the_same_words_and_the_same_event_ids(bench):
    record = as_record(await bundle_of(bench, said(WHO), said("It was cold.")), 1)
    one = await bench.anonymiser.handler.handle([record])
    other = await bench.anonymiser.handler.handle([record])
    assert [each.attributes.id for each in one] == [each.attributes.id for each in other]
    decoded = [
        [msgspec.json.decode(each.value, type=ContributionPseudonymised) for each in records]
        for records in (one, other)
    ]
    assert [opened(bench, each) for each in decoded[0]] == [opened(bench, each) for each in decoded[1]]
    assert one[0].value != other[0].value  # sealing is randomised


async def test_several_bundles_answer_in_their_order(bench):
    first = await bundle_of(bench, said("First."), said("Second."))
    second = await bundle_of(bench, said("Third."))
    events = await redacted(bench, first, second)
    assert [opened(bench, event).text for event in events] == ["First.", "Second.", "Third."]


async def test_a_doubt_travels_with_its_place_in_the_pseudonymised_text(bench):
    (event,) = await redacted(bench, await bundle_of(bench, said("The blorvixquant came round again.")))
    words = opened(bench, event)
    (doubt,) = words.doubts
    assert words.text[doubt.start : doubt.end] == "blorvixquant"


async def test_an_id_that_stands_twice_in_a_bundle_is_refused(bench):
    bundle = await bundle_of(bench, said(WHO))
    twice = msgspec.structs.replace(bundle, contributions=bundle.contributions * 2)
    with pytest.raises(ContractBroken, match="twice"):
        await redacted(bench, twice)


async def test_one_contribution_can_be_let_go_and_the_rest_is_handled(bench):
    bundle = await bundle_of(bench, said("Hers."), said("Another's."), said("A third one's."))
    chosen = bundle.contributions[1].contribution
    records = await bench.anonymiser.handler.reject(as_record(bundle, 1), chosen)
    events = [msgspec.json.decode(record.value, type=ContributionPseudonymised) for record in records]
    assert len(events) == 3
    assert [event.contribution for event in events if event.words is None] == [chosen]
    assert {opened(bench, event).text for event in events if event.words is not None} == {"Hers.", "A third one's."}


async def test_letting_a_whole_bundle_go_opens_nothing(bench, monkeypatch):
    bundle = await bundle_of(bench, said("Hers."), said("Another's."))
    monkeypatch.setattr(type(bench.anonymiser.handler), "_open", None)
    records = await bench.anonymiser.handler.reject(as_record(bundle, 1), None)
    events = [msgspec.json.decode(record.value, type=ContributionPseudonymised) for record in records]
    assert [event.words for event in events] == [None, None]
    assert all(event.facts.envelope == bundle.facts for event in events)


async def test_letting_go_what_is_not_in_the_bundle_is_not_found(bench):
    bundle = await bundle_of(bench, said("Hers."))
    with pytest.raises(NotFound):
        await bench.anonymiser.handler.reject(as_record(bundle, 1), "no-such-contribution")


async def test_words_that_are_not_of_their_contract_are_refused_without_being_shown(bench):
    bundle = await bundle_of(bench, said("Hers."))
    sealer = await bench.keys.sealer("anonymiser", "words", bench.clock.today(), bundle.bundle)
    (one,) = bundle.contributions
    spoiled = msgspec.structs.replace(one, words=sealer.seal(one.contribution, b'{"txt": "umbrella"}'))
    with pytest.raises(ContractBroken) as refused:
        await redacted(bench, msgspec.structs.replace(bundle, words=sealer.envelope, contributions=(spoiled,)))
    assert "umbrella" not in str(refused.value)


async def test_words_that_were_swapped_between_two_women_do_not_open(bench):
    bundle = await bundle_of(bench, said("Hers."), said("Another's."))
    first, second = bundle.contributions
    swapped = (
        msgspec.structs.replace(first, words=second.words),
        msgspec.structs.replace(second, words=first.words),
    )
    with pytest.raises(SealBroken):
        await redacted(bench, msgspec.structs.replace(bundle, contributions=swapped))


async def test_words_to_a_destroyed_key_are_an_error_and_never_read_as_erased(bench):
    bundle = await bundle_of(bench, said("Hers."))
    bench.anonymiser._epochs.destroy(bundle.words.key, bench.clock.today())
    with pytest.raises(DestroyedEpochKey):
        await redacted(bench, bundle)


async def test_until_the_themer_has_announced_a_key_of_the_day_it_waits(bench):
    bundle = await bundle_of(bench, said("Hers."))
    bench.clock.move_to(datetime.date(2025, 5, 2))
    with pytest.raises(KeyAwaited):
        await redacted(bench, bundle)


async def test_a_groups_statement_is_pseudonymised_beside_what_was_said(bench):
    bundle = await bundle_of(bench, said("Hers."))
    sealer = await bench.keys.sealer("anonymiser", "words", bench.clock.today(), bundle.bundle)
    spoken = Words(text="Priya Raman should ring back within a week.")
    stated = BundledStatement(
        statement="statement-1",
        revision=1,
        kind="recommendation",
        words=sealer.seal("statement-1", encode(spoken)),
    )
    alone = msgspec.structs.replace(bundle, words=sealer.envelope, contributions=(), statements=(stated,))
    (record,) = await bench.anonymiser.handler.handle([as_record(alone, 1)])
    event = msgspec.json.decode(record.value, type=StatementPseudonymised)
    assert (event.statement, event.kind, event.session) == ("statement-1", "recommendation", bundle.session)
    assert "Priya" not in opened(bench, event).text


async def statements_of(bench, *texts, spoken=("Hers.",)):
    """Return a bundle with some recommendations beside what was said."""
    bundle = await bundle_of(bench, *(said(text) for text in spoken))
    sealer = await bench.keys.sealer("anonymiser", "words", bench.clock.today(), bundle.bundle)
    stated = tuple(
        BundledStatement(
            statement=f"statement-{number}",
            revision=1,
            kind="recommendation",
            words=sealer.seal(f"statement-{number}", encode(Words(text=text))),
            area="services",
            sectors=("housing",),
        )
        for number, text in enumerate(texts, start=1)
    )
    return msgspec.structs.replace(bundle, words=sealer.envelope, contributions=(), statements=stated, group="group-1")


async def rejected(bench, bundle, which):
    records = await bench.anonymiser.handler.reject(as_record(bundle, 1), which)
    return [msgspec.json.decode(record.value, type=StatementPseudonymised) for record in records]


async def test_whose_it_is_its_area_and_who_should_act_go_on_with_a_statement(bench):
    bundle = await statements_of(bench, "Ring back within a week.")
    (record,) = await bench.anonymiser.handler.handle([as_record(bundle, 1)])
    event = msgspec.json.decode(record.value, type=StatementPseudonymised)
    assert (event.group, event.area, event.sectors, event.revision) == ("group-1", "services", ("housing",), 1)
    assert b"week" not in record.value


async def test_one_statement_that_is_given_up_goes_on_without_words_and_the_others_with_them(bench):
    bundle = await statements_of(bench, "Ring back within a week.", "Say how long it takes.")
    one, two = sorted(await rejected(bench, bundle, "statement-1"), key=lambda each: each.statement)
    assert (one.words, one.group, one.area, one.sectors) == (None, "group-1", "services", ("housing",))
    assert opened(bench, two).text == "Say how long it takes."


async def test_a_bundle_that_is_given_up_gives_up_its_statements_too(bench):
    bundle = await statements_of(bench, "Ring back within a week.", "Say how long it takes.")
    assert [(each.statement, each.words) for each in await rejected(bench, bundle, None)] == [
        ("statement-1", None),
        ("statement-2", None),
    ]
    with pytest.raises(NotFound):
        await rejected(bench, bundle, "statement-9")


async def test_a_contribution_that_is_given_up_takes_no_statement_with_it(bench):
    group = await bench.intake.door.make_group("Tuesday group", seated=False)
    bundle = await bundle_of(
        bench,
        said("Hers."),
        kind="survivor_forum",
        group=group,
        number_present=8,
        statements=(SubmittedStatement(kind="finding", text="Nobody rings back."),),
    )
    records = await bench.anonymiser.handler.reject(as_record(bundle, 1), bundle.contributions[0].contribution)
    kinds = [record.attributes.type.split(".")[2] for record in records]
    assert sorted(kinds) == ["contribution", "statement"]
    event = msgspec.json.decode(records[-1].value, type=StatementPseudonymised)
    assert opened(bench, event).text == "Nobody rings back."


async def test_whom_a_bundle_is_about_is_read_without_opening_it(bench):
    bundle = await bundle_of(bench, said("Hers."), said("Another's."))
    record = as_record(bundle, 1)
    assert contributors_of(record) == {each.contributor for each in bundle.contributions}
    with pytest.raises(ContractBroken):
        contributors_of(msgspec.structs.replace(record, value=b"{}"))


async def test_the_anonymiser_keeps_nothing_on_the_disk(bench):
    before = {path for path in bench.data.rglob("*") if path.is_file()}
    bundle = await bundle_of(bench, said("The grey heron."))
    await redacted(bench, bundle)
    assert not (bench.data / "anonymiser").exists()
    for path in {path for path in bench.data.rglob("*") if path.is_file()} - before:
        assert b"heron" not in path.read_bytes()
