"""What the documents point to is there: relative links, their headings, and files named in passing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"node_modules", "dist", "build", "data"}
FOLDERS = ("benchmarks", "deploy", "docs", "requirements", "schemas", "services", "tests")

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_IMAGE = re.compile(r"!\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1 *$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(rf"(?<![\w./<>:-])(?:\.\./)*(?:{'|'.join(FOLDERS)})/[\w./*<>{{}}-]*")
_BARE = re.compile(r"`([\w-]+\.md)`")


def markdown_files() -> list[Path]:
    """Return every Markdown file of the project, sorted."""
    return sorted(path for path in ROOT.rglob("*.md") if not any(map(is_skipped, path.relative_to(ROOT).parts)))


def is_skipped(part: str) -> bool:
    """Say whether a folder holds nothing of ours: what is built, installed or hidden."""
    return part in SKIPPED or part.startswith(".")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """Return the anchors of a document, numbered as GitHub does where a heading stands twice."""
    found: set[str] = set()
    times: dict[str, int] = {}
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        anchor = slug(heading)
        count = times.get(anchor, 0)
        times[anchor] = count + 1
        found.add(f"{anchor}-{count}" if count else anchor)
    return found


def relative_links(text: str) -> Iterator[str]:
    """Yield the targets of links and images that lead to a place in the project."""
    prose = _FENCE.sub("", text)
    for target in (*_LINK.findall(prose), *_IMAGE.findall(prose)):
        if not re.match(r"[a-z][a-z0-9+.-]*:", target):
            yield target


def broken_links(document: Path) -> list[str]:
    """Return the relative links of a document whose file or heading is not there."""
    text = document.read_text(encoding="utf-8")
    broken = []
    for target in relative_links(text):
        path, _, anchor = target.partition("#")
        place = (document.parent / path) if path else document
        is_lost = not place.exists() or not place.resolve().is_relative_to(ROOT)
        if is_lost or (anchor and place.suffix == ".md" and anchor not in anchors(place.read_text(encoding="utf-8"))):
            broken.append(target)
    return broken


def named_paths(text: str) -> Iterator[str]:
    """Yield the paths below the project's folders that a text names; patterns with ``<...>`` are left out."""
    for found in _NAMED.findall(text):
        if "<" not in found:
            yield found.rstrip(".")


def lost_paths(document: Path) -> list[str]:
    """Return the files and folders that a document names and that are not there."""
    lost = []
    for named in named_paths(document.read_text(encoding="utf-8")):
        start = document.parent if named.startswith("..") else ROOT
        if "*" in named:
            if not any(ROOT.glob(named)):
                lost.append(named)
        elif not (start / named).exists():
            lost.append(named)
    return lost


DOCUMENTS = markdown_files()


def test_the_documents_of_the_project_are_found() -> None:
    names = {name_of(path) for path in DOCUMENTS}

    assert {"CHANGELOG.md", "SECURITY.md", "THREAT_MODEL.md", "CONTRIBUTING.md", "docs/architecture.md"} <= names
    assert not any(name.startswith(".venv/") for name in names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_relative_links_lead_somewhere(document: Path) -> None:
    assert broken_links(document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_files_named_in_a_document_exist(document: Path) -> None:
    assert lost_paths(document) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_documents_named_without_a_folder_exist(document: Path) -> None:
    places = {path.name for folder in (ROOT, document.parent) for path in folder.glob("*.md")}

    assert [name for name in _BARE.findall(document.read_text(encoding="utf-8")) if name not in places] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_a_document_has_one_title_and_closes_its_fences(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    prose = _FENCE.sub("", text)

    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1
    assert "```" not in prose


def test_a_broken_link_a_lost_heading_and_a_lost_file_are_noticed(tmp_path: Path) -> None:
    document = ROOT / "docs" / "architecture.md"
    copy = tmp_path / "page.md"
    copy.write_text("# Page\n\n[gone](gone.md) [no heading](#nowhere) `services/gone.py`\n", encoding="utf-8")

    assert broken_links(copy) == ["gone.md", "#nowhere"]
    assert lost_paths(copy) == ["services/gone.py"]
    assert broken_links(document) == []


def test_paths_in_addresses_and_patterns_are_no_files() -> None:
    text = "https://example.org/docs/gone.html, /api/services/x, `schemas/events/<name>.json`, `docs/operations.md`."

    assert list(named_paths(text)) == ["docs/operations.md"]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("What is not there yet", "what-is-not-there-yet"),
        ("Delivery: at least once, effects once", "delivery-at-least-once-effects-once"),
        ("`SV_DATA` and *more*", "sv_data-and-more"),
        ("[Linked](x.md) heading", "linked-heading"),
    ],
)
def test_headings_get_the_anchors_that_the_host_gives_them(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_a_heading_that_stands_twice_gets_a_number_and_fences_hold_no_headings() -> None:
    text = "# One\n\n## Same\n\n## Same\n\n```\n# not a heading\n```\n"

    assert anchors(text) == {"one", "same", "same-1"}
