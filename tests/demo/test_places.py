"""Where a demonstration keeps its log and its stores: what the command line names, under a prefix of its own."""

import journey_world
import pytest

from services.cli import main
from services.demo.places import environment_of, require_new, with_prefix
from services.errors import DataFolderError
from services.eventlog.kafka_access import KafkaAccess


def test_a_log_on_a_broker_gets_a_new_prefix_each_time():
    first, second = with_prefix("kafka://one:9092,two:9093"), with_prefix("kafka://one:9092,two:9093")

    assert first != second
    for url in (first, second):
        access = KafkaAccess.from_settings(url)
        assert access.brokers == ("one:9092", "two:9093")
        assert access.prefix.startswith("demo-")


def test_a_prefix_that_was_named_stays():
    assert with_prefix("kafka://one:9092/mine") == "kafka://one:9092/mine"


def test_an_empty_prefix_is_none():
    assert with_prefix("kafka://one:9092/").startswith("kafka://one:9092/demo-")


def test_what_the_command_names_goes_before_every_variable():
    environment = {
        "PATH": "/bin",
        "SV_LOG": "kafka://real:9092",
        "SV_DATABASE": "postgresql://real@/voices",
        "SV_THEMER_DATABASE": "postgresql://themer@/voices",
        "SV_DATABASE_PASSWORD_FILE": "password",
        "SV_ORGANISATION": "A council",
    }

    assert environment_of(environment, log=None, database=None) == environment
    assert environment_of(environment, log="kafka://two:1", database="postgresql://demo@/demo") == {
        "PATH": "/bin",
        "SV_LOG": "kafka://two:1",
        "SV_DATABASE": "postgresql://demo@/demo",
        "SV_DATABASE_PASSWORD_FILE": "password",
        "SV_ORGANISATION": "A council",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--log", "kafka://127.0.0.1"], "kafka://host:port"),
        (["--log", "kafka://127.0.0.1:1"], "127.0.0.1:1"),
        (["--log", "kafka://me:secret@127.0.0.1:1"], "SV_KAFKA_PASSWORD_FILE"),
        (["--log", "pulsar://127.0.0.1:1"], "The event log is set as"),
        (["--database", "mysql://127.0.0.1/voices"], "SV_DATABASE must be"),
        (["--database", "postgresql://me:secret@127.0.0.1/voices"], "SV_DATABASE_PASSWORD_FILE"),
        (["--database", "postgresql://me@127.0.0.1:1/voices"], "The database server cannot be reached"),
    ],
)
def test_a_place_that_cannot_be_had_is_said_in_one_line(words, said, tmp_path, capsys):
    assert main(["demo", "--no-serve", "--data", str(tmp_path / "data"), *words]) == 1

    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert said in told.err
    assert "secret" not in told.err
    assert told.out == ""


async def test_stores_that_an_earlier_demonstration_filled_are_refused(tmp_path):
    async with journey_world.running(tmp_path / "data") as installation:
        await require_new(installation)
        await installation.intake.door.make_group("a forum", seated=False)
        with pytest.raises(DataFolderError, match="earlier demonstration"):
            await require_new(installation)
