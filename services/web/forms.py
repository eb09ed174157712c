"""Forms as plain structures for one template: what is asked, what was answered before, and what is to be mended. Pure.

``fields.html.j2`` draws them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from services.errors import SurvivorVoiceError
from services.web.contexts import FormError

#: What was typed, by field.
Typed = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    value: str
    text: str
    chosen: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        kind: ``text``, ``number``, ``textarea``, ``date``, ``radios``, ``checkboxes``, ``select`` or ``file``.
        name: of the field; the id of its first input too, which an error can link to. A date has ``-day``, ``-month``
            and ``-year``.
        label: what is asked.
        hint: what helps to answer.
        value: the answer of a field that is typed; a date as an ISO day, or as typed and parted by ``-``.
        choices: of one that is chosen.
        width: characters of a short input.
        within: what is asked by this field and its neighbours together; the label is then one answer to it.
        rows: lines of a long input.
    """

    kind: str
    name: str
    label: str
    hint: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    width: int = 0
    within: str = ""
    rows: int = 8

    @property
    def date_parts(self) -> tuple[str, str, str]:
        """Day, month and year as they stand in a date's three inputs."""
        year, month, day = (*self.value.split("-", 2), "", "", "")[:3]
        return day.lstrip("0"), month.lstrip("0"), year


@dataclass(frozen=True, slots=True)
class Question:
    """One page: a heading, what to know before answering, the fields, other ways on, the button and what to mend."""

    heading: str
    fields: tuple[Field, ...]
    lead: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    button: str = "Save and continue"
    errors: tuple[FormError, ...] = ()

    @property
    def asked_together(self) -> tuple[tuple[str, tuple[Field, ...]], ...]:
        """The fields in their order, neighbours that are asked together under what they ask; else under nothing."""
        return tuple((within, tuple(found)) for within, found in groupby(self.fields, key=lambda field: field.within))


class ToMend(SurvivorVoiceError):
    """The answers cannot be taken as they are; ``errors`` say what to mend, in the order of the fields."""

    def __init__(self, *errors: FormError) -> None:
        super().__init__("The answers cannot be taken as they are.")
        self.errors = errors


def refilled(question: Question, typed: Typed, errors: Sequence[FormError]) -> Question:
    """Return a question with what was typed in the place of what was answered before, and what to mend."""
    fields = tuple(
        replace(
            field,
            value=_typed_into(field, typed),
            choices=tuple(
                replace(choice, chosen=choice.value in typed.get(field.name, ())) for choice in field.choices
            ),
        )
        for field in question.fields
    )
    return replace(question, fields=fields, errors=tuple(errors))


def _typed_into(field: Field, typed: Typed) -> str:
    names = [f"{field.name}-{part}" for part in ("year", "month", "day")] if field.kind == "date" else [field.name]
    return "-".join(next(iter(typed.get(name, ())), "") for name in names)
