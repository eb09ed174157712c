# ruff: noqa: INP001, T201 - a script of its own that prints its answer
"""A stranger's consumer: reads what was published, answers recommendations; knows nothing of Survivor Voice's code.

Needs ``pip install confluent-kafka`` and the published JSON Schemas, nothing else. docs/consumers.md walks through it.

::

    python consumer.py read --idle 5 | node validate.mjs SCHEMAS
    python consumer.py answer ... --print | node validate.mjs SCHEMAS
    python consumer.py answer ...

The broker and the login come from the environment: BROKER (host:port), CA (file), BROKER_USER and PASSWORD_FILE.
"""

import argparse
import datetime
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, Producer

REPORTS = "sv.report.published.v1"
RECOMMENDATIONS = "sv.recommendation.changed.v1"
ANSWERS = "sv.recommendation.answered.v1"
ANSWERED = "org.survivorvoice.recommendation.answered.v1"
#: What this consumer knows; a type that is not here is passed over, as the contract asks.
KNOWN = frozenset({"org.survivorvoice.report.published.v1", "org.survivorvoice.recommendation.changed.v1"})


class Silent:
    """Takes the library's log lines: its errors say enough."""

    def log(self, *_: object) -> None:
        """Drop a line."""


def connection() -> dict[str, Any]:
    """Return how to reach the broker; the password comes from a file, never from a command line."""
    user = os.environ["BROKER_USER"]
    return {
        "bootstrap.servers": os.environ["BROKER"],
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": os.environ["CA"],
        "sasl.mechanisms": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": Path(os.environ["PASSWORD_FILE"]).read_text(encoding="utf-8").splitlines()[0],
        "client.id": f"{user}-example",
        "log_level": 0,
    }


def records(idle: float, topics: list[str]) -> Iterator[tuple[Consumer, Message]]:
    """Yield records from the group's place on, until none came for ``idle`` seconds (0: for ever)."""
    options = {"group.id": os.environ["BROKER_USER"], "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer({**connection(), **options}, logger=Silent())
    try:
        consumer.subscribe(topics)
        last = time.monotonic()
        while not idle or time.monotonic() - last < idle:
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            last = time.monotonic()
            yield consumer, message
    finally:
        consumer.close()


def read(idle: float, topics: list[str]) -> None:
    """Print each event that is new as one JSON line, then say that it was read."""
    newest: dict[tuple[str, str], int] = {}
    for consumer, message in records(idle, topics):
        headers = {name.lower(): value.decode() for name, value in message.headers() or [] if value is not None}
        kind, subject = headers.get("ce_type", ""), headers.get("ce_subject", "")
        if kind in KNOWN:
            try:
                value = None if message.value() is None else json.loads(message.value())
                revision = value["revision"] if value else 0
            except (ValueError, TypeError, KeyError):
                print(f"passed over: no event at offset {message.offset()} of {message.topic()}", file=sys.stderr)
                continue
            # Delivery is at least once: only a greater revision of a subject says something new.
            if value is None or revision > newest.get((kind, subject), 0):
                newest[kind, subject] = revision
                line = {"type": kind, "subject": subject, "id": headers.get("ce_id"), "value": value}
                print(json.dumps(line), flush=True)
        consumer.commit(message, asynchronous=False)


def answered(given: argparse.Namespace) -> dict[str, Any]:
    """Return the answer's value: what was not given is left out."""
    names = ("recommendation", "revision", "organisation", "answer", "reason", "because", "lead", "due", "progress",
             "milestone")  # fmt: skip
    value = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    return {**value, "day": given.day or datetime.datetime.now(datetime.UTC).date().isoformat()}


def answer(given: argparse.Namespace) -> None:
    """Send an answer, or print it; the same answer sent twice has the same id and changes nothing."""
    value = answered(given)
    about = f"{value['organisation']}/{value['recommendation']}/{value['revision']}"
    event = hashlib.sha256(about.encode()).hexdigest()[:32]
    if given.print:
        print(json.dumps({"type": ANSWERED, "subject": value["recommendation"], "id": event, "value": value}))
        return
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event,
        "ce_source": f"/responding-service/{value['organisation']}",
        "ce_type": ANSWERED,
        "ce_subject": value["recommendation"],
        "ce_time": f"{value['day']}T00:00:00Z",
        "content-type": "application/json",
    }
    failed: list[Any] = []
    producer = Producer({**connection(), "enable.idempotence": True}, logger=Silent())
    producer.produce(
        ANSWERS,
        # The key is the subject, so that the answers to one recommendation stay in order.
        key=value["recommendation"].encode(),
        value=json.dumps(value).encode(),
        headers=[(name, text.encode()) for name, text in headers.items()],
        on_delivery=lambda error, _: failed.append(error) if error else None,
    )
    if producer.flush(30) or failed:
        raise KafkaException(*failed)
    print(json.dumps({"sent": event}))


def main() -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(description="Reads what was published and answers recommendations.")
    steps = parser.add_subparsers(dest="step", required=True)
    reading = steps.add_parser("read", help="print what is new, one JSON line each")
    reading.add_argument("--idle", type=float, default=0.0, help="end after so many seconds without a record")
    reading.add_argument("--topic", action="append", help=f"default: {REPORTS} and {RECOMMENDATIONS}")
    answering = steps.add_parser("answer", help="answer a recommendation")
    answering.add_argument("--recommendation", required=True, metavar="ID")
    answering.add_argument("--organisation", required=True, metavar="ID", help="who answers")
    answering.add_argument("--revision", required=True, type=int, help="1 for the first answer, then counted up")
    answering.add_argument("--answer", required=True, choices=("accepted", "partly", "declined"))
    answering.add_argument("--because", help="why it was declined or accepted in part, from the list")
    for name, does in (("reason", "why, in your words"), ("lead", "the role that leads"), ("due", "like 2026-12-31"),
                       ("day", "of the answer (default: today)"), ("milestone", "what was reached")):  # fmt: skip
        answering.add_argument(f"--{name}", help=does)
    answering.add_argument("--progress", choices=("in_progress", "done"))
    answering.add_argument("--print", action="store_true", help="print it instead of sending it")
    given = parser.parse_args()
    try:
        if given.step == "read":
            read(given.idle, given.topic or [REPORTS, RECOMMENDATIONS])
        else:
            answer(given)
    except KafkaException as trouble:
        print(
            f"consumer: {trouble.args[0].str() if trouble.args else 'the broker took nothing in time'}", file=sys.stderr
        )
        return 1
    except (KeyError, OSError) as trouble:
        print(f"consumer: set BROKER, CA, BROKER_USER and PASSWORD_FILE ({type(trouble).__name__})", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
