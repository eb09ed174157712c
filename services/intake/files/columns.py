"""The columns that a table may have and the other fixed words of files, from the data file ``intake/files.yaml``."""

import re
from functools import cache

from msgspec import Struct

from services.vocabulary.datafiles import load_as

#: Characters that no eye sees: they are kept in what was said and taken out of ids, headings and numbers.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
#: The mark of a worked example stands within so many characters, space and unseen ones before it.
_BEGINNING = 200
_BETWEEN = re.compile(r"[\s_\-]+")


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column.

    Attributes:
        id: the field that it fills.
        title: its heading in our templates.
        also: other headings that are understood.
        explained: what may stand there.
        example: what the worked row of our templates holds.
        session: it is said once for a session.
    """

    id: str
    title: str
    also: tuple[str, ...]
    explained: str
    example: str
    session: bool


class FileWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data file; see its header for what each field means."""

    version: int
    columns: tuple[Column, ...]
    example_mark: str
    none_word: str
    list_sheet: str
    words_heading: str
    statement_marks: dict[str, tuple[str, ...]]
    marks: dict[str, tuple[str, ...]]


@cache
def file_words() -> FileWords:
    """Return the columns and fixed words.

    Raises:
        DataFileError: the data file is missing or broken.
    """
    return load_as(FileWords, "vocabularies", "intake", "files.yaml")


def seen(text: str) -> str:
    """Return a text without the characters that no eye sees, and without space at its ends."""
    return _UNSEEN.sub("", text).strip()


def plain(text: str) -> str:
    """Return the one form in which headings, ids and titles are compared."""
    return _BETWEEN.sub(" ", seen(text).casefold().replace("&", " and ")).strip()


@cache
def column_ids() -> dict[str, str]:
    """Return the field of every heading that is understood, by its plain form."""
    return {
        plain(name): column.id for column in file_words().columns for name in (column.id, column.title, *column.also)
    }


def column_titles() -> str:
    """Return the headings of our templates, for a sentence."""
    return ", ".join(column.title for column in file_words().columns)


def is_example(text: str) -> bool:
    """Say whether a text is the worked example of a template."""
    beginning = text[:_BEGINNING]
    # Most texts are plain: unseen characters are looked for only where there may be any.
    beginning = beginning.lstrip() if beginning.isascii() else seen(beginning)
    mark = _example_mark()
    # No character folds to less than one.
    return beginning[: len(mark)].casefold().startswith(mark)


@cache
def _example_mark() -> str:
    return file_words().example_mark.casefold()


@cache
def letter_of(column: int) -> str:
    """Return the letters of a column, counted from 0, as spreadsheet programs show them."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
