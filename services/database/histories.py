"""The histories of the stores: numbered revisions in one folder a service, oldest first, the last one the head.

A revision is a file ``<history>_<number>_<what it does>.py``; what stands before the second underscore is its id. The
ids are read from the names, so that a database that stands at its head is opened without alembic.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.errors import DataFileError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_FILE: Final = re.compile(r"([a-z]+_\d{4})_[a-z0-9_]+\.py\Z")


@dataclass(frozen=True, slots=True)
class History:
    """One store's history.

    Attributes:
        name: of the service; its revisions and its PostgreSQL schema are named after it.
        folder: where the revisions lie.
    """

    name: str
    folder: Path

    def revisions(self) -> tuple[str, ...]:
        """Return the ids of all revisions, oldest first.

        Raises:
            DataFileError: there is none, one is missing in between, or two have one number.
        """
        found = (_FILE.match(path.name) for path in self.folder.glob("*.py"))
        ids = tuple(sorted(match[1] for match in found if match is not None))
        if not ids or ids != tuple(self.id_of(number) for number in range(1, len(ids) + 1)):
            raise DataFileError(f"The migrations of {self.name} are not whole: install the package again.")
        return ids

    @property
    def head(self) -> str:
        """The id of the newest revision (DataFileError as for :meth:`revisions`)."""
        return self.revisions()[-1]

    def id_of(self, number: int) -> str:
        """Return the id that a revision of that number has."""
        return f"{self.name}_{number:04}"


def history_of(name: str) -> History:
    """Return the history of a service of ours, or of the accounts."""
    return History(name, MIGRATIONS / name)
