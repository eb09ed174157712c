"""What the dimensions of a release and their values are called, for people."""

from collections.abc import Callable
from typing import Final

from services.errors import NotFound
from services.reporter.counting import NOT_SAID
from services.reporter.tables import node_dimension
from services.vocabulary.areas import areas
from services.vocabulary.characteristics import characteristics
from services.vocabulary.closed_questions import closed_questions
from services.vocabulary.frameworks import framework
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors

ANSWER: Final = "answer:"
_NODES: Final = node_dimension("")
_NAMES: Final = {"role": "Role", "area": "Area spoken of", "sector": "Service"}
_LISTS: Final[dict[str, Callable[[str], str]]] = {
    "role": lambda value: roles().title_of(value),
    "area": lambda value: areas().title_of(value),
    "sector": lambda value: sectors().title_of(value),
}
_ROOTS: Final = {"role": "Everyone", "area": "Any area", "sector": "Any service"}


def dimension_title(name: str) -> str:
    """Return what a dimension is called in a heading."""
    if name.startswith(_NODES):
        return "Subject"
    if name.startswith(ANSWER):
        return "Answer"
    if name in characteristics().id_set:
        return characteristics().title_of(name)
    return _NAMES.get(name, _plain(name))


def question_title(name: str) -> str:
    """Return the wording of a question that was answered by a show of hands."""
    question = name.removeprefix(ANSWER)
    if question in closed_questions().id_set:
        return closed_questions().title_of(question)
    return dimension_title(question)


def root_title(name: str) -> str:
    """Return what the whole of a dimension is called."""
    return "Any subject" if name.startswith(_NODES) else _ROOTS.get(name, "Everyone")


def value_title(name: str, value: str) -> str:
    """Return what a value is called; one that no vocabulary holds is its own id in plain words."""
    try:
        if name.startswith(_NODES):
            return node_title(name.removeprefix(_NODES), value)
        if name in _LISTS:
            return _LISTS[name](value)
        asked = name.removeprefix(ANSWER)
        if asked in characteristics().id_set and value != NOT_SAID:
            return characteristics().get(asked).answer_title(value)
    except NotFound:
        pass
    return _plain(value)


def node_title(framework_id: str, node: str) -> str:
    """Return the printed reference and title of a node, or of a row below the nodes.

    Raises:
        NotFound: the framework has neither.
    """
    catalogue = framework(framework_id)
    if node in catalogue.ordered:
        found = catalogue.node(node)
        title = found.title
        ref = found.printed_ref
    else:
        row = catalogue.row(node)
        title, ref = row.title or row.summary, row.printed_ref
    return f"{ref} {title}" if ref else title


def and_joined(words: list[str]) -> str:
    """Return words as a list within a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _plain(value: str) -> str:
    words = value.replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:]}"
