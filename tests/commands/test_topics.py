"""``survivor-voice topics`` called wrongly, or where there is no broker: one line each, and what to do next."""

import sys

import pytest

from services.cli import main
from services.eventlog.topic_planning import Difference

BROKER = "kafka://127.0.0.1:1"


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SV_DATA", str(tmp_path / "data"))

    def call(*words, log=BROKER, **environment):
        monkeypatch.setenv("SV_LOG", log)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        code = main(["topics", *words])
        said = capsys.readouterr()
        assert said.out == ""
        return code, said.err

    return call


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "--user", "admin"), "--user and --password-file go together"),
        (("apply", "--replicas", "0"), "--replicas is at least 1"),
        (("apply", "--no-access", "--revoke"), "goes with neither"),
        (("apply", "--users", "passwords", "--no-access"), "goes with neither"),
        (("apply", "--revoke"), "give --user and --password-file"),
        (("check", "--users", "passwords"), "give --user and --password-file"),
    ],
)
def test_a_wrong_call_says_how_to_call(run, words, said):
    code, error = run(*words)

    assert code == 2
    assert said in error
    assert error.count("\n") == 1


def test_the_embedded_log_has_no_topics_to_make(run):
    code, error = run("plan", log="sqlite:log.sqlite3")

    assert code == 1
    assert "set SV_LOG=kafka://host:port" in error


def test_a_broker_that_is_not_there_is_named(run):
    code, error = run("check")

    assert code == 1
    assert "Nothing answers at 127.0.0.1:1" in error
    assert error.count("\n") == 1


def test_without_the_extra_package_the_line_says_which_and_what_goes_without_it(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    monkeypatch.delitem(sys.modules, "services.eventlog.broker_access", raising=False)
    (tmp_path / "password").write_text("one", encoding="utf-8")

    code, error = run("plan", "--user", "admin", "--password-file", str(tmp_path / "password"))

    assert code == 1
    assert "pip install 'survivor-voice[topics]'" in error
    assert "--no-access" in error


def test_a_plan_ends_with_what_apply_would_mend_and_what_is_left(monkeypatch, capsys, tmp_path):
    from services.eventlog import topic_admin

    async def differences(_):
        return [
            Difference("missing topic", "sv.a.v1", "sv.a.v1 with 4 partitions, transit"),
            Difference("undeclared topic", "sv.b.v1", "sv.b.v1 is not declared"),
            Difference("surplus access", "x", "x may read the topic sv.a.v1, which is not declared"),
        ]

    monkeypatch.setattr(topic_admin.TopicAdmin, "differences", differences)
    monkeypatch.setenv("SV_LOG", BROKER)
    monkeypatch.setenv("SV_DATA", str(tmp_path))

    planned = main(["topics", "plan"]), capsys.readouterr().out.splitlines()
    checked = main(["topics", "check"]), capsys.readouterr().out.splitlines()

    assert planned[0] == 0
    assert planned[1][0] == "missing topic: sv.a.v1 with 4 partitions, transit"
    assert planned[1][3] == "survivor-voice topics apply mends 1, with --revoke 1 more, 1 only by hand."
    assert planned[1][4] == "The broker is reached without a login: access was not looked at."
    assert checked[0] == 1
    assert checked[1][:3] == planned[1][:3]
