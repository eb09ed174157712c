"""Every option of aiokafka's clients is said aloud, none with a default that loses records or is slow."""

import inspect
import re
import subprocess
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient

from services.eventlog.kafka_access import KafkaAccess, Pace
from services.eventlog.kafka_options import client_options, consumer_options, producer_options
from services.eventlog.topics import DECLARED, MAX_RECORD_BYTES, broker_settings

ROOT = Path(__file__).parents[2]
ACCESS = KafkaAccess(brokers=("127.0.0.1:9092",))
#: Options that mean nothing here: retired ones, ways of signing in that are not offered, and transactions.
MEANINGLESS = {
    "self",
    "topics",
    "loop",
    "api_version",
    "sasl_kerberos_service_name",
    "sasl_kerberos_domain_name",
    "sasl_oauth_token_provider",
    "partitioner",  # every record names its partition
    "transaction" + "al_id",
    "transaction" + "_timeout_ms",
}


@pytest.mark.parametrize(
    ("client", "options"),
    [
        (AIOKafkaProducer, producer_options(ACCESS, "name")),
        (AIOKafkaConsumer, consumer_options(ACCESS, "name", "group")),
        (AIOKafkaClient, client_options(ACCESS, "name")),
    ],
    ids=["producer", "consumer", "client"],
)
def test_no_option_is_left_to_the_library(client, options):
    assert set(inspect.signature(client.__init__).parameters) - MEANINGLESS == set(options)


def test_a_producer_waits_for_all_replicas_and_never_doubles():
    options = producer_options(ACCESS, "name")
    assert options["acks"] == "all"
    assert options["enable_idempotence"] is True
    assert options["max_batch_size"] == 256 * 1024
    assert options["compression_type"] == "lz4"


def test_a_consumer_begins_at_the_start_and_commits_by_hand():
    options = consumer_options(ACCESS, "name", "group")
    assert options["auto_offset_reset"] == "earliest"
    assert options["enable_auto_commit"] is False
    assert options["check_crcs"] is True


def test_a_worker_is_given_time_for_a_step_and_for_joining_again():
    options = consumer_options(ACCESS, "name", "group")
    assert options["heartbeat_interval_ms"] == 500
    assert options["heartbeat_interval_ms"] * 3 < options["session_timeout_ms"]
    assert options["rebalance_timeout_ms"] > options["session_timeout_ms"]
    assert options["rebalance_timeout_ms"] > ACCESS.pace.patience * 1000
    assert options["max_poll_interval_ms"] == 300_000
    assert ACCESS.pace.patience * 3 < ACCESS.pace.longest_step


def test_a_stalled_request_fails_before_the_step_does():
    options = client_options(KafkaAccess(brokers=("h:1",), pace=Pace(patience=10)), "name")
    assert options["request_timeout_ms"] < 10_000


def test_what_may_be_sent_can_be_read_and_is_what_the_topics_take():
    assert producer_options(ACCESS, "name")["max_request_size"] == MAX_RECORD_BYTES
    assert consumer_options(ACCESS, "name", "group")["max_partition_fetch_bytes"] >= MAX_RECORD_BYTES
    assert {broker_settings(topic)["max.message.bytes"] for topic in DECLARED.values()} == {str(MAX_RECORD_BYTES)}


def test_topics_in_transit_go_by_the_brokers_time_and_have_no_retention_by_time():
    for topic in DECLARED.values():
        settings = broker_settings(topic)
        if topic.retention == "transit":
            assert settings["message.timestamp.type"] == "LogAppendTime"
            assert settings["retention.ms"] == "-1"


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.split("\n") if line and (ROOT / line).is_file()]


def test_no_transactions_anywhere():
    word = re.compile("transaction" + "al_id|begin_trans" + "action|send_offsets_to_" + "transaction")
    sources = [*(ROOT / "services").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    assert len(sources) > 100
    assert [path for path in sources if word.search(path.read_text(encoding="utf-8"))] == []


def test_python_is_never_told_to_leave_its_checks_out():
    told = re.compile(r"python[0-9.]*\s+(-[A-Za-z]*O|.*\s-OO?\s)|PYTHON" + "OPTIMIZE")
    files = [
        path for path in tracked("Makefile", "deploy", ".ci", "*.sh", "*.service", "*Dockerfile*") if path.is_file()
    ]
    assert files
    assert [path for path in files if told.search(path.read_text(encoding="utf-8", errors="replace"))] == []
