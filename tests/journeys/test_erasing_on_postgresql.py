"""Erasing on PostgreSQL is by key: no plaintext in the cluster's folder or a backup, and what remains does not open."""

import base64

import asyncpg
import pytest

from services.errors import UnknownKey
from services.sealing.datakeys import KeyEncryptionKeys

WORDS = "the heron by quillmere lock"


def forms(text):
    """A text as it could lie on a disk: plain, in either case, as UTF-16, as base64 at any offset, as hexadecimal."""
    raw = text.encode()
    coded = [base64.b64encode(b"x" * pad + raw)[4:-4] for pad in range(3)]
    return [raw, text.encode("utf-16-le"), raw.hex().encode(), *coded]


def holding(files, *texts):
    """The files that hold any of some texts in any form."""
    sought = [form for text in texts for form in forms(text)]
    return [
        name for name, content in files.items() if any(form in content.lower() or form in content for form in sought)
    ]


async def rows(url, query, *values):
    plain = await asyncpg.connect(url, server_settings={"search_path": "sv_themer"})
    try:
        return await plain.fetch(query, *values)
    finally:
        await plain.close()


async def kept_of(url, contributor):
    """What a copy of the themer's store holds of somebody: her words as they lie there, and her wrapped key."""
    said = await rows(url, "SELECT contribution, words FROM contributions WHERE contributor = $1", contributor)
    (key,) = await rows(url, "SELECT wrapped, generation FROM data_keys WHERE contributor = $1", contributor)
    return said, key


def opened(keys, contributor, said, key):
    data_key = KeyEncryptionKeys(keys, "themer").unwrap(contributor, key["wrapped"], key["generation"])
    return [data_key.open(row["contribution"], "words", row["words"]).decode() for row in said]


@pytest.mark.slow
async def test_after_an_erasure_neither_the_cluster_nor_an_older_backup_gives_her_words(
    tmp_path, journey, own_server, monkeypatch
):
    url = own_server.new()
    name = url.partition("@/")[2].partition("?")[0]
    monkeypatch.setitem(journey.ENVIRONMENT, "SV_DATABASE", url)
    data = tmp_path / "data"
    keys = data / "keys" / "themer"
    async with journey.running(data) as installation:
        door = installation.intake.door
        receipt = await door.issue_receipt()
        her = await door.find(await door.person(receipt=receipt))
        spoken = f"{WORDS} they listened to me."
        others = [journey.said(f"{WORDS} nobody rang back.") for _ in range(3)]
        await door.submit(journey.session_of(journey.said(spoken, receipt=receipt), *others))
        await journey.at_rest(installation)
        own_server.sql("CHECKPOINT")
        backup = own_server.base_backup("before")
        said, key = await kept_of(url, her)
        # The test can see: with the keys of that day her words open.
        assert WORDS in opened(keys, her, said, key)[0].lower()
        assert holding(own_server.everything(), WORDS) == []
        assert holding(own_server.everything(backup), WORDS) == []

        token = await door.withdraw(await door.person(receipt=receipt))
        await journey.erased(installation, token)
        await journey.at_rest(installation)

    assert await rows(url, "SELECT 1 FROM contributions WHERE contributor = $1", her) == []
    assert await rows(url, "SELECT 1 FROM data_keys WHERE contributor = $1", her) == []
    own_server.sql("CHECKPOINT")
    assert holding(own_server.everything(), WORDS) == []
    later = own_server.base_backup("after")
    assert holding(own_server.everything(later), WORDS) == []
    assert key["generation"] not in KeyEncryptionKeys(keys, "themer").generations()

    with own_server.restored(backup) as old:
        found, wrapped = await kept_of(old.url(name), her)
        assert [bytes(row["words"]) for row in found] == [bytes(row["words"]) for row in said], "the backup has them"
        with pytest.raises(UnknownKey):
            opened(keys, her, found, wrapped)
    with own_server.restored(later) as new:
        (other,) = await rows(new.url(name), "SELECT DISTINCT contributor FROM contributions LIMIT 1")
        kept, still = await kept_of(new.url(name), other["contributor"])
        assert WORDS in opened(keys, other["contributor"], kept, still)[0].lower(), "those who stayed can still be read"


async def test_a_key_is_in_no_database_and_in_no_backup_of_one(tmp_path, journey, own_server, monkeypatch):
    monkeypatch.setitem(journey.ENVIRONMENT, "SV_DATABASE", own_server.new())
    data = tmp_path / "data"
    async with journey.running(data) as installation:
        await installation.intake.door.submit(journey.session_of(journey.said("They listened."), journey.said("No.")))
        await journey.at_rest(installation)
        own_server.sql("CHECKPOINT")
        files = own_server.everything()
    secrets = [path.read_bytes() for path in (data / "keys").rglob("*.key")]
    assert len(secrets) > 3
    sought = [secret for secret in secrets if len(secret) >= 32]
    assert [name for name, content in files.items() if any(secret in content for secret in sought)] == []
    assert not list((data).rglob("intake.sqlite3"))
