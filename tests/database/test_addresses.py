"""Where a PostgreSQL database is: an address without a password, TLS where the wire is not our own, no value shown."""

import pytest

from services.database.addresses import read_address
from services.database.opening import database_at, probe
from services.errors import SettingsError, StoreUnavailable

SECRET = "a-planted-secret"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://{SECRET}",
        f"postgresql:///{SECRET}",
        f"postgresql://{SECRET}@host",
        f"postgresql://{SECRET}@host/",
        f"postgresql://{SECRET}@host/one/two",
        f"postgresql://voices@host/name?{SECRET}",
        f"postgresql://voices@host/name#{SECRET}",
        f"postgresql://voices@[{SECRET}/name",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(url):
    with pytest.raises(SettingsError, match="SV_DATABASE must be") as refused:
        read_address(url, "")
    assert "planted" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("host", ["", "localhost", "db.example"])
def test_a_password_in_the_address_is_refused_and_the_setting_for_its_file_named(host):
    with pytest.raises(SettingsError, match="SV_DATABASE_PASSWORD_FILE") as refused:
        read_address(f"postgresql://voices:{SECRET}@{host}/name", "")
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize("parameter", ["password", "passfile", "search_path", "options", "user", "database", "ssl"])
def test_a_parameter_that_could_change_what_we_rely_on_is_refused(parameter):
    with pytest.raises(SettingsError, match="only these may stand behind") as refused:
        read_address(f"postgresql://voices@localhost/name?{parameter}={SECRET}", "")
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://voices@localhost/name",
        "postgresql://voices@localhost:5433/name",
        "postgresql://voices@127.0.0.1/name",
        "postgresql://voices@[::1]:5432/name",
        "postgresql://voices@/name?host=/run/postgresql",
        "postgresql://voices@/name",
    ],
)
def test_on_this_machine_the_address_is_taken_as_it_is(url):
    assert read_address(url, "").dsn.replace("%2F", "/") == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://voices@db.example/name",
        "postgresql://voices@10.0.0.7:5432/name",
        "postgresql://voices@localhost,db.example/name",
        "postgresql://voices@/name?host=db.example",
        "postgresql://voices@/name?host=/run/postgresql,db.example",
    ],
)
def test_to_another_machine_tls_with_a_certificate_of_its_name_is_asked_for(url):
    assert "sslmode=verify-full" in read_address(url, "").dsn


@pytest.mark.parametrize("mode", ["disable", "require", "verify-ca"])
def test_whoever_says_otherwise_gets_what_she_says(mode):
    assert read_address(f"postgresql://voices@db.example/name?sslmode={mode}", "").dsn.endswith(f"sslmode={mode}")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
async def test_a_password_file_without_a_password_is_refused_by_its_setting_alone(tmp_path, content):
    path = tmp_path / "a-planted-name"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="SV_DATABASE_PASSWORD_FILE") as refused:
        await probe("postgresql://voices@localhost:1/name", str(path))
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgresql://voices@127.0.0.1:1/name", "postgresql://voices@/name?host=/nowhere"])
async def test_where_no_server_answers_it_is_unavailable_in_one_line(url):
    with pytest.raises(StoreUnavailable, match="cannot be reached") as away:
        await probe(url)
    assert "\n" not in str(away.value)


async def test_a_certificate_authority_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SettingsError, match="sslrootcert"):
        await probe(f"postgresql://voices@127.0.0.1:1/name?sslmode=verify-full&sslrootcert={tmp_path}/none.pem")


def test_the_address_is_never_part_of_what_a_database_shows(tmp_path):
    database = database_at("postgresql://planted@localhost/planted", __import__("sqlalchemy").MetaData())
    assert "planted" not in repr(database)


async def test_a_server_that_asks_for_a_password_gets_it_from_the_file_and_a_wrong_one_is_said(own_server, tmp_path):
    own_server.sql("CREATE ROLE keeper LOGIN PASSWORD 'a-planted-secret'")
    own_server.require_password("keeper")
    url = own_server.url("postgres", user="keeper")
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{SECRET}\n")
    wrong.write_text("another-planted-one\n")
    await probe(url, str(right))
    for file in ("", str(wrong)):
        with pytest.raises(SettingsError, match="refuses the") as refused:
            await probe(url, file)
        assert "planted" not in str(refused.value)
        assert refused.value.__cause__ is None


async def test_a_database_or_a_user_that_is_not_there_is_said(server):
    with pytest.raises(SettingsError, match="no such database"):
        await probe(server.url("nothing"))
    with pytest.raises(SettingsError, match="refuses that user"):
        await probe(server.url("postgres", user="nobody_like_that"))


async def test_a_database_in_another_encoding_is_refused(server):
    url = server.new("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(SettingsError, match="ENCODING 'UTF8'"):
        await probe(url)
