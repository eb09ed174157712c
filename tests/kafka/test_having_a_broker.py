"""Where no broker can be had its tests skip and say why; in CI they fail."""

import kafka_broker
import pytest


@pytest.fixture
def nothing(monkeypatch):
    def refuse(*_):
        raise RuntimeError("Java is missing")

    monkeypatch.setattr(kafka_broker, "_run", refuse)


def test_on_a_persons_machine_it_is_skipped_aloud(nothing, monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Java is missing"), kafka_broker.own_broker():
        pass
    assert "Java is missing" in capsys.readouterr().err


def test_in_ci_it_fails(nothing, monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Java is missing"), kafka_broker.own_broker():
        pass


def test_a_broker_that_somebody_names_is_taken(monkeypatch):
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "elsewhere:9092")
    monkeypatch.delenv("KAFKA_FOLDER", raising=False)
    broker = kafka_broker.shared_broker.__wrapped__()
    assert (broker.bootstrap, broker.folder) == ("elsewhere:9092", None)
