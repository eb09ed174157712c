"""No survivor's word in any log, error, metric, address, file name, dead letter or store: planted, then looked for."""

import re

import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.eventlog.topics import DECLARED, dead_letters_of

NAME = "Zebedee Marchbanks"
TOPICS_OF_WORDS = ("sv.session.submitted.v1", "sv.contribution.pseudonymised.v1")


async def everything_in_the_log(installation) -> bytes:
    """Return every key, attribute and value of every topic, dead letters too."""
    names = list(DECLARED)
    names += [
        dead_letters_of(topic.name, group)
        for topic in DECLARED.values()
        for group in topic.readers
        if not topic.never_parked
    ]
    found = b""
    for name in names:
        for place, start in (await installation.log.starts([name])).items():
            for record in await installation.log.read(place, start, 10_000):
                found += repr(record).encode() + (record.value or b"")
    return found


async def test_a_planted_phrase_is_in_no_file_log_or_topic_after_it_was_themed(tmp_path, journey, quiet_logs):
    data = tmp_path / "data"
    async with journey.running(data) as installation:
        await installation.intake.door.submit(journey.session_of(*(journey.said(journey.PLANTED) for _ in range(12))))
        await journey.at_rest(installation)

        async def trimmed() -> bool:
            starts = await installation.log.starts(TOPICS_OF_WORDS)
            return starts == await installation.log.heads(TOPICS_OF_WORDS)

        await journey.until(trimmed, what="the trimming of transit topics")
        log = await everything_in_the_log(installation)
    assert b"Quillmere" not in log
    assert NAME.encode() not in log
    assert journey.holding(data, journey.PLANTED, "Quillmere", NAME) == []
    assert "Quillmere" not in quiet_logs.getvalue()
    assert "Marchbanks" not in quiet_logs.getvalue()


async def test_refusals_metrics_and_pages_repeat_nothing_that_was_sent(tmp_path, journey, quiet_logs):
    data = tmp_path / "data"
    installation = journey.make_installation(data)
    bearer = {"Authorization": f"Bearer {installation.folder.token()}"}
    async with TestClient(TestServer(installation.application())) as client:
        sessions = "/api/intake/v1/sessions"
        bad = [
            await client.post(
                sessions, data=f"{{{journey.PLANTED}", headers={**bearer, "Content-Type": "application/json"}
            ),
            await client.post(sessions, json={journey.PLANTED: journey.PLANTED}, headers=bearer),
            await client.post(
                sessions, json={"kind": journey.PLANTED, "month": NAME, "contributions": []}, headers=bearer
            ),
            await client.post(
                sessions,
                json={
                    "kind": "survey",
                    "month": "2025-01",
                    "contributions": [{"text": "x", "role": "nobody_like_that"}],
                },
                headers=bearer,
            ),
            await client.post(sessions, data=journey.PLANTED, headers={**bearer, "Content-Type": "text/plain"}),
            await client.post("/api/intake/v1/withdrawals", json={"receipt": journey.PLANTED}, headers=bearer),
            await client.post(sessions, json={}, headers={"Authorization": f"Bearer {NAME}"}),
            await client.get("/reports/" + "0" * 32),
            await client.post("/receipt", data={"words": journey.PLANTED}),
            await client.post("/receipt/withdraw", data={"handle": NAME, "sure": "yes"}),
        ]
        answers = ""
        for response in bad:
            assert response.status >= 400
            answers += await response.text() + repr(response.headers)
        metrics = await (await client.get("/metrics")).text()
        ready = await (await client.get("/readyz")).text()
    for text in (answers, metrics, ready, quiet_logs.getvalue()):
        assert "Quillmere" not in text
        assert "Marchbanks" not in text
    await installation.close()


async def test_a_poisoned_bundle_is_parked_sealed_and_says_only_its_class(tmp_path, journey, quiet_logs):
    data = tmp_path / "data"
    async with journey.running(data) as installation:
        await installation.intake.door.submit(journey.session_of(journey.said("An ordinary remark about the police.")))
        await journey.at_rest(installation)
        topic = "sv.session.submitted.v1"
        from services.eventlog.interface import Attributes, NewRecord

        attributes = Attributes(
            id="poison",
            source="/survivor-voice/intake",
            type="org.survivorvoice.session.submitted.v1",
            subject="poison",
        )
        await installation.log.append([NewRecord(topic, "poison", attributes, f'{{"bundle": "{NAME}"}}'.encode())])

        async def parked() -> bool:
            return bool(await installation.anonymiser.dead_letters.listed())

        await journey.until(parked, what="the parking")
        (letter,) = await installation.anonymiser.dead_letters.listed()
        assert letter.reason == "ContractBroken"
        headers = repr((await installation.anonymiser.dead_letters.open_records(topic))[0].attributes)
        assert NAME not in headers
        # The rest go on.
        await installation.intake.door.submit(journey.session_of(journey.said("Another remark, about a nurse.")))
        await journey.at_rest(installation)
    assert NAME not in quiet_logs.getvalue()


@pytest.mark.parametrize("page", ["/", "/reports", "/receipt", "/you-said-we-did", "/safety", "/privacy"])
async def test_pages_have_neutral_titles_keep_nothing_and_ask_nobody_else(tmp_path, journey, quiet_logs, page):
    installation = journey.make_installation(tmp_path / "data")
    async with TestClient(TestServer(installation.application())) as client:
        response = await client.get(page)
        text = await response.text()
        assert response.status == 200
        assert "no-store" in response.headers["Cache-Control"]
        assert "Set-Cookie" not in response.headers
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.DOTALL).group(1).lower()
        assert not any(word in title for word in ("violence", "abuse", "survivor", "rape", "refuge"))
        assert not re.search(r'(?:src|href)="https?://(?!127\.0\.0\.1)[^"]+\.(?:js|css|png|woff2?)"', text)
    await installation.close()
