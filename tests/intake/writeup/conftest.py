"""A facilitator at the front door of a whole installation, and short ways through the write-up."""

import contextlib

import pytest
from front_door import open_front_door
from signed_in import Person, browser_of, make_account

NOTES = (
    "They moved us three times and nobody asked about school.\n\n"
    "Person 2: My worker Zebedee at the hub was kind. His number is 07700 900123."
)


class World:
    """An installation with as many people as a test needs."""

    def __init__(self, front, data):
        self.front = front
        self.data = data
        self.installation = front.installation
        self.desk = front.installation.intake.desk
        self.closing = contextlib.AsyncExitStack()

    async def person(self, name="ann", role="facilitator", *, fresh=True):
        if fresh:
            await make_account(self.front.client, name, role)
        person = Person(await self.closing.enter_async_context(browser_of(self.front.client)))
        await person.sign_in(name)
        return person

    async def begun(self, person):
        """Begin a draft; return its path."""
        await person.read("/sessions/start")
        page = await person.fill()
        return page.path.rpartition("/")[0]

    async def up_to_answers(self, person, *, kind="focus_group", present="8"):
        """Answer everything before the questions at the end; return the draft's path."""
        path = await self.begun(person)
        await person.fill(group="none")
        await person.fill(kind=kind, month="1", year="2025", present=present)
        await person.fill(areas=["lambeth"])
        await person.fill(held=["limits_explained", "support_person"])
        await person.fill(role="survivor", uses=["count", "paraphrase"])
        assert person.page.path == f"{path}/answers"
        return path

    async def up_to_notes(self, person, **more):
        """Answer everything before the notes; return the draft's path."""
        path = await self.up_to_answers(person, **more)
        await person.fill(tally__felt_heard__0="6")
        assert person.page.path == f"{path}/notes"
        return path

    async def up_to_check(self, person, notes=NOTES, **more):
        """Answer everything; return the draft's path."""
        path = await self.up_to_notes(person, **more)
        await person.fill(notes=notes)
        await person.fill(do="continue", page="1")
        assert person.page.path == f"{path}/check"
        return path


@pytest.fixture
async def world(tmp_path):
    async with open_front_door(tmp_path / "data") as front:
        found = World(front, tmp_path / "data")
        async with found.closing:
            yield found


@pytest.fixture
async def ann(world):
    return await world.person("ann")
