"""``survivor-voice topics`` on a real broker: what differs is shown, what is missing is made, nothing goes silently."""

import json
import time

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from services.cli import main
from services.errors import AccessDenied, BrokerUnreachable, CertificateRefused, LoginRefused
from services.eventlog.access import USERS, grants
from services.eventlog.kafka_access import KafkaAccess, Pace
from services.eventlog.topic_admin import TopicAdmin
from services.eventlog.trimming import every_topic

REPORT = "sv.report.published.v1"


class _Silent:
    def log(self, *_):
        pass


@pytest.fixture
def topics(bare_secure, monkeypatch, tmp_path, capsys):
    """Run the command as the administrator, under a prefix of its own; return its exit code and its JSON."""
    monkeypatch.setenv("SV_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SV_KAFKA_CA", bare_secure.broker.ca)

    def run(step, *words, prefix="", user="admin", as_json=True):
        monkeypatch.setenv("SV_LOG", f"kafka://{bare_secure.broker.bootstrap}{prefix and '/' + prefix}")
        login = ["--user", user, "--password-file", bare_secure.broker.users[user]]
        code = main(["topics", step, *login, *words, *(["--json"] if as_json else [])])
        said = capsys.readouterr()
        return code, json.loads(said.out) if as_json and said.out else said.out + said.err

    return run


@pytest.fixture
def admin(bare_secure):
    return AdminClient(bare_secure.options("admin"), logger=_Silent())


def kinds(found):
    return {difference["kind"] for difference in found["differences"]}


def carried_out(futures):
    for future in futures.values():
        future.result(timeout=30)


def with_setting(admin, topic, name, value):
    entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    carried_out(admin.incremental_alter_configs([resource], request_timeout=30))


def until(ask, wanted, patience=20.0):
    """Ask again until the broker shows what was ordered, which takes a moment; return the last answer."""
    deadline = time.monotonic() + patience
    while (found := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def binding(name, principal, *, kind=ResourceType.TOPIC, pattern=ResourcePatternType.LITERAL):
    return AclBinding(kind, name, pattern, principal, "*", AclOperation.READ, AclPermissionType.ALLOW)


def test_a_plan_shows_everything_and_changes_nothing(topics):
    code, found = topics("plan", prefix="planned")

    assert code == 0
    assert kinds(found) == {"missing topic", "missing access"}
    assert [each["kind"] for each in found["differences"]].count("missing topic") == len(every_topic())
    assert [each["kind"] for each in found["differences"]].count("missing access") == len(grants())
    assert topics("plan", prefix="planned") == (code, found)
    assert topics("check", prefix="planned")[0] == 1


def test_what_was_applied_passes_the_check_and_applying_again_changes_nothing(topics):
    code, found = topics("apply", prefix="applied")

    assert (code, found["differences"]) == (0, [])
    assert len(found["done"]) == len(every_topic()) + 1
    assert topics("check", prefix="applied") == (0, {"done": [], "differences": []})
    assert topics("apply", prefix="applied") == (0, {"done": [], "differences": []})
    assert "as declared" in topics("check", prefix="applied", as_json=False)[1]


def test_a_setting_that_somebody_changed_is_found_and_put_right(topics, admin):
    topics("apply", prefix="drifted")
    with_setting(admin, f"drifted.{REPORT}", "delete.retention.ms", "1")
    with_setting(admin, f"drifted.{REPORT}", "segment.bytes", "20000000")
    texts = [
        f"drifted.{REPORT} has delete.retention.ms=1, declared is 604800000",
        f"drifted.{REPORT} has segment.bytes=20000000, declared is none",
    ]

    def check():
        code, found = topics("check", prefix="drifted")
        return code, [each["text"] for each in found["differences"]]

    assert until(check, (1, texts)) == (1, texts)
    code, found = topics("apply", prefix="drifted")
    assert (code, found["done"]) == (0, [f"mended: setting: {text}" for text in texts])


def test_what_could_lose_data_is_left_to_a_person(topics, admin):
    topics("apply", prefix="strange")
    carried_out(admin.create_topics([NewTopic("strange.sv.forgotten.v1", 1, 1)], request_timeout=30))
    made = NewTopic("other.sv.key.announced.v1", 3, 1)
    carried_out(admin.create_topics([made, NewTopic("elsewhere", 1, 1)], request_timeout=30))

    assert until(lambda: topics("check", prefix="strange")[0], 1) == 1
    code, found = topics("apply", prefix="strange")
    assert (code, kinds(found)) == (1, {"undeclared topic"})
    assert "strange.sv.forgotten.v1" in found["differences"][0]["text"]

    until(lambda: kinds(topics("plan", prefix="other")[1]) >= {"partitions"}, wanted=True)
    code, found = topics("apply", prefix="other")
    assert (code, kinds(found)) == (1, {"partitions"})
    assert "has 3 partitions, declared are 1" in found["differences"][0]["text"]
    assert "1 only by hand" in topics("plan", prefix="other", as_json=False)[1]


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (binding(f"open.{REPORT}", "User:stranger"), f"stranger may read the topic open.{REPORT}"),
        (binding("open.sv.", "User:stranger", pattern=ResourcePatternType.PREFIXED), "whatever begins with open.sv."),
        (binding("open.themer", "User:reporter", kind=ResourceType.GROUP), "reporter may read the group open.themer"),
    ],
)
def test_access_that_is_not_declared_is_found_and_goes_only_when_asked(topics, admin, extra, said):
    topics("apply", prefix="open")
    carried_out(admin.create_acls([extra], request_timeout=30))
    assert until(lambda: topics("check", prefix="open")[0], 1) == 1

    code, found = topics("apply", prefix="open")
    assert (code, kinds(found)) == (1, {"surplus access"})
    assert said in found["differences"][0]["text"]
    assert "with --revoke 1 more" in topics("plan", prefix="open", as_json=False)[1]

    code, found = topics("apply", "--revoke", prefix="open")
    assert (code, found) == (0, {"done": ["revoked: 1"], "differences": []})


def test_a_right_on_every_topic_is_found_under_every_prefix(topics, admin):
    topics("apply", prefix="wide")
    carried_out(admin.create_acls([binding("*", "User:stranger")], request_timeout=30))

    assert until(lambda: topics("check", prefix="wide")[0], 1) == 1
    assert kinds(topics("plan", prefix="wide")[1]) == {"surplus access"}
    assert topics("apply", "--revoke", prefix="wide")[0] == 0


def test_users_are_made_where_they_are_missing_with_the_passwords_of_their_files(topics, admin, bare_secure, tmp_path):
    from confluent_kafka.admin import ScramMechanism, UserScramCredentialDeletion

    folder = tmp_path / "passwords"
    folder.mkdir()
    (folder / "themer.password").write_text("a password of hers\n", encoding="utf-8")
    gone = [UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512) for user in ("themer", "responder")]
    carried_out(admin.alter_user_scram_credentials(gone))
    try:

        def missing():
            found = topics("check", "--users", str(folder), prefix="peopled")[1]
            return {each["name"] for each in found["differences"] if each["kind"] == "missing user"}

        assert until(missing, {"themer", "responder"}) == {"themer", "responder"}

        code, found = topics("apply", "--users", str(folder), prefix="peopled")
        assert code == 0
        assert found["done"][:2] == ["made the user themer", "made the user responder"]
        assert sorted(path.name for path in folder.iterdir()) == ["responder.password", "themer.password"]
        assert (folder / "responder.password").stat().st_mode & 0o777 == 0o600
        for user in ("themer", "responder"):
            password = (folder / f"{user}.password").read_text(encoding="utf-8").strip()
            options = {**bare_secure.options(user), "sasl.password": password}
            assert AdminClient(options, logger=_Silent()).list_topics(timeout=30).brokers
    finally:
        for user in ("themer", "responder"):
            _password_again(admin, bare_secure, user)
    assert set(bare_secure.broker.users) == {*USERS, "admin"}


def _password_again(admin, bare_secure, user):
    from confluent_kafka.admin import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

    password = bare_secure.password(user).encode()
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192)
    carried_out(admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, info, password)]))


def test_a_services_user_is_told_that_it_is_no_administrator(topics):
    code, said = topics("apply", "--no-access", prefix="denied", user="reporter")

    assert code == 1
    assert "refuses the user reporter" in said
    assert said.count("\n") == 1


async def test_wrong_address_certificate_and_password_are_told_apart(bare_secure, tmp_path):
    wrong = tmp_path / "password"
    wrong.write_text("another", encoding="utf-8")
    good = bare_secure.access("admin")
    quick = Pace(patience=3.0)

    def access(**changes):
        options = {"brokers": good.brokers, "ca": good.ca, "user": good.user, "password_file": good.password_file}
        return KafkaAccess(**{**options, **changes}, pace=quick)

    with pytest.raises(BrokerUnreachable):
        await TopicAdmin(access(brokers=("127.0.0.1:1",))).differences()
    with pytest.raises(CertificateRefused):
        await TopicAdmin(access(ca="system")).differences()
    with pytest.raises(LoginRefused):
        await TopicAdmin(access(password_file=str(wrong))).differences()
    with pytest.raises(AccessDenied):
        await TopicAdmin(access(user="responder", password_file=bare_secure.broker.users["responder"])).apply()


async def test_a_test_may_have_segments_roll_sooner(bare_secure):
    access = bare_secure.access("admin", prefix="quick")

    await TopicAdmin(access, overrides={"segment.ms": "1000"}).apply()

    assert await TopicAdmin(access, overrides={"segment.ms": "1000"}).differences() == []
    slower = await TopicAdmin(access).differences()
    assert {difference.kind for difference in slower} == {"setting"}
    assert len(slower) == len(every_topic())
