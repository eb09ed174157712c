"""One recommendation walked through by everybody who has a part in it, on the pages of a whole installation.

``docs/guide.md`` tells the same walk to readers.
"""

import datetime

import pytest
from loop_world import open_loop_world

from services.contracts import decode, topic_of
from services.events import RecommendationChanged
from services.reporter.recommendations.keeping import steps_of

pytestmark = pytest.mark.usefixtures("quiet_logs")

ALONE = "Housing officers should see each woman alone before they decide."
LETTERS = "The housing service should write letters in plain words."
NIGHTS = "There should be somebody to ring at night."


async def answer_by_page(person, recommendation, **pages):
    """Answer page by page, as a browser leads, and send."""
    await person.read(f"/answers/{recommendation}")
    await person.fill(f"/answers/{recommendation}/begin", at="1")
    while not person.page.path.endswith("/check"):
        await person.fill(**pages[person.page.path.rpartition("/")[2]])
    return await person.fill()


async def test_from_what_a_group_asked_for_to_what_it_says_of_it(tmp_path):
    async with open_loop_world(tmp_path) as world:
        olu, bea, ada, fay = (world.people[name] for name in ("olu", "bea", "ada", "fay"))

        # 1. The group's words were approved by two people: the service sees them, the public does not.
        alone = await world.made("statement-1", words=ALONE)
        page = await olu.read("/answers")
        assert (page.heading, ALONE in page.words) == ("What Housing service is asked", True)
        page = await olu.read(f"/answers/{alone.recommendation}")
        assert "On 29 January 2025 everybody sees the recommendation." in page.words
        status, you_said = await world.front.page("/you-said-we-did")
        assert "Nothing has been published here yet" in you_said
        assert (await world.front.page(f"/recommendations/{alone.recommendation}"))[0] == 404

        # 2. Ten working days later everybody sees it, waiting for an answer.
        await world.move_to(datetime.date(2025, 1, 29))
        status, you_said = await world.front.page("/you-said-we-did")
        assert (status, ALONE in you_said, "Waiting for an answer" in you_said) == (200, True, True)

        # 3. The service answers in part, with a reason, a lead and a date; its own words wait for an approver.
        page = await answer_by_page(
            olu,
            alone.recommendation,
            answer={"answer": "partly"},
            because={"because": "no_money"},
            lead={"lead": "Head of housing options"},
            due={"due__day": "31", "due__month": "3", "due__year": "2025"},
            words={"words": "We can do it at two offices; a third has no room."},
        )
        assert "Your own words wait for an approver." in page.words
        history = (await world.front.page(f"/recommendations/{alone.recommendation}"))[1]
        assert "Head of housing options" in history
        assert "31 March 2025" in history
        assert "Not without more money" in history
        assert "a third has no room" not in history

        # 4. An approver reads the words, then they are public.
        page = await ada.read("/answer-texts")
        text = (await world.loop.texts.waiting())[0]
        page = await ada.read(f"/answer-texts/{text.text}")
        assert ALONE in page.words
        await ada.fill(decision="show")
        assert "a third has no room" in (await world.front.page(f"/recommendations/{alone.recommendation}"))[1]

        # 5. It begins and is done; the group, as one, says no; it is asked again.
        await olu.read(f"/answers/{alone.recommendation}")
        await olu.fill(f"/answers/{alone.recommendation}/progress", progress="in_progress")
        await world.pass_days(20)
        await olu.fill(f"/answers/{alone.recommendation}/progress", progress="done")
        page = await fay.read("/groups")
        assert (page.path, page.heading) == ("/groups/group-1", "What came of what we said")
        assert "1 waits for the group’s word." in page.words
        await fay.read(f"/groups/group-1/{alone.recommendation}/changed")
        page = await fay.fill(changed="no")
        assert "Asked again: it has not changed" in page.words
        assert "Did it change?" in (await world.front.page(f"/recommendations/{alone.recommendation}"))[1]

        # 6. Another is declined with a reason; a third is overdue.
        letters = await world.made("statement-2", words=LETTERS)
        await world.made("statement-3", words=NIGHTS, sectors=("police",))
        page = await answer_by_page(
            olu,
            letters.recommendation,
            answer={"answer": "declined"},
            because={"because": "in_place"},
            words={"words": ""},
        )
        assert "Your answer is kept." in page.words
        await world.pass_days(60)
        you_said = (await world.front.page("/you-said-we-did"))[1]
        assert "It is in place already" in you_said
        assert "The answer is overdue" in you_said

        # 7. The board sees what is late first, and how much was answered.
        page = await bea.read("/board")
        assert "2 of 3 recommendations have an answer (67%). 2 are late." in page.words
        assert page.words.index(NIGHTS) < page.words.index(LETTERS)

        # 8. The log tells the same, and the projection can be made anew from it.
        steps = [step for step in await on_the_log(world) if step.recommendation == alone.recommendation]
        async with world.front.installation.reporter.database.read() as view:
            assert steps == await steps_of(view, alone.recommendation)
        assert [step.step for step in steps] == [
            "made", "assigned", "published", "answered", "explained", "begun", "done", "judged",
        ]  # fmt: skip
        before = await world.life("statement-1")
        assert (await world.loop.keeping.rebuild()).recommendations == 3
        assert await world.life("statement-1") == before


async def on_the_log(world):
    await world.front.installation.reporter.outbox.flush()
    log, topic = world.front.installation.log, topic_of(RecommendationChanged)
    found = []
    for place in await log.heads([topic]):
        found += [decode(RecommendationChanged, record.value) for record in await log.read(place, 0, 1000)]
    return sorted(found, key=lambda step: step.revision)
