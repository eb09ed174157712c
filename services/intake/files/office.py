"""What Excel workbooks and Word documents have in common: their list of content types and their links between parts."""

import posixpath

from services.intake.files.archives import Archive
from services.intake.files.findings import THE_FILE, Findings, refusal
from services.intake.files.markup import Attributes, Walker, walk

_TYPES = "[Content_Types].xml"
_MACRO_PARTS = ("vbaproject.bin", "vbadata.xml")


def check_types(archive: Archive, wanted: str) -> None:
    """Refuse a package with macros, or one that is not of the wanted main type.

    Raises:
        InputRefused: macros, another format, or damaged.
    """
    if _TYPES not in archive.names:
        raise refusal(THE_FILE, "not the format that its name says", "Save it again in that format.")
    types = _Types()
    walk(archive.pieces(_TYPES), types)
    macros = any("macroenabled" in each or "vbaproject" in each for each in types.found)
    if macros or any(name.lower().endswith(_MACRO_PARTS) for name in archive.names):
        raise refusal(THE_FILE, "macros", "Save it without macros and send it again.")
    if wanted.lower() not in types.found:
        raise refusal(THE_FILE, "not the format that its name says", "Save it again in that format.")


def refuse_parts(archive: Archive, parts: tuple[tuple[str, str, str], ...], findings: Findings) -> None:
    """Note every kind of part that cannot be read: (beginning of the name, what it is, what to do)."""
    names = [name.lower() for name in archive.names]
    said: set[str] = set()
    for beginning, what, mend in parts:
        if what not in said and any(name.startswith(beginning.lower()) for name in names):
            findings.add(THE_FILE, what, mend)
            said.add(what)


def linked_parts(archive: Archive, name: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return type and name of each part that a list of links names, by the link's id.

    Raises:
        InputRefused: the list is missing or broken.
    """
    links = _Links(folder)
    walk(archive.pieces(name), links)
    return links.targets


class _Types(Walker):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def start(self, name: str, attributes: Attributes) -> None:
        if name in ("Override", "Default"):
            self.found.add(attributes.get("ContentType", "").lower())


class _Links(Walker):
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.targets: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", self._folder, attributes.get("Target", "")))
            self.targets[attributes.get("Id", "")] = (attributes.get("Type", ""), target.lstrip("/"))
