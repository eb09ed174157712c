"""The one loader for the plain lists below ``schemas/vocabularies/``; their form is ``vocabulary.schema.json`` there.

Each list has a module of its own that names its fields: `areas`, `sectors`, `roles` and so on. A file is read once,
when its list is first asked for.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from services.errors import DataFileError, NotFound, SettingsError
from services.vocabulary.datafiles import load_as

FOLDER = "vocabularies"


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of a list: its id, its title for people, and a line that explains it where one is needed."""

    id: str
    title: str
    description: str | None = None


E = TypeVar("E", bound=Entry)


class Vocabulary(Struct, Generic[E], frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One list with its header; entries keep the order of the file.

    Attributes:
        title: what the list is of.
        source: where it comes from.
        licence: what may be done with it.
        version: counts up with every change to the file.
        entries: the entries; no id is there twice.
    """

    title: str
    source: str
    licence: str
    version: int
    entries: tuple[E, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids in the order of the list."""
        return tuple(entry.id for entry in self.entries)

    @cached_property
    def id_set(self) -> frozenset[str]:
        """The ids, for asking whether one is among them."""
        return frozenset(self.ids)

    def get(self, entry_id: str) -> E:
        """Return one entry.

        Raises:
            NotFound: no entry has that id; the message lists those that there are and never repeats the one given.
        """
        try:
            return self._entries[entry_id]
        except KeyError:
            raise NotFound(f"Not in the list “{self.title}”: choose one of {', '.join(self.ids)}.") from None

    def require(self, entry_id: str) -> str:
        """Return the id itself if the list has it.

        Raises:
            NotFound: as `get`.
        """
        return self.get(entry_id).id

    def title_of(self, entry_id: str) -> str:
        """Return an entry's title.

        Raises:
            NotFound: as `get`.
        """
        return self.get(entry_id).title

    def in_order(self, entry_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the ids given, once each, in the order of the list.

        Raises:
            NotFound: as `get`.
        """
        wanted = {self.require(entry_id) for entry_id in entry_ids}
        return tuple(entry_id for entry_id in self.ids if entry_id in wanted)

    def extended(self, more: Iterable[E]) -> "Vocabulary[E]":
        """Return the list with an installation's own entries behind ours.

        Raises:
            SettingsError: an id is already taken.
        """
        entries = (*self.entries, *more)
        if len({entry.id for entry in entries}) != len(entries):
            raise SettingsError(f"An id added to the list “{self.title}” is already taken: choose another.")
        return msgspec.structs.replace(self, entries=entries)

    @cached_property
    def _entries(self) -> dict[str, E]:
        return {entry.id: entry for entry in self.entries}


def load_vocabulary(name: str, entry: type[E]) -> Vocabulary[E]:
    """Read the list ``name`` with entries of the struct ``entry``.

    Raises:
        DataFileError: the file is missing or broken, or an id is there twice.
    """
    loaded: Vocabulary[E] = load_as(Vocabulary[entry], FOLDER, f"{name}.yaml")  # type: ignore[valid-type]
    if len(loaded.id_set) != len(loaded.entries):
        raise DataFileError(f"The data file {FOLDER}/{name}.yaml has an id twice.")
    return loaded
