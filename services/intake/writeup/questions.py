"""The questions of a write-up as plain structures for one template: what is asked, and what was answered before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.intake.door import KnownGroup
from services.intake.writeup.draft import Draft
from services.vocabulary.areas import areas
from services.vocabulary.characteristics import LEAST_PRESENT, characteristics
from services.vocabulary.closed_questions import closed_questions
from services.vocabulary.convened_for import convened_for
from services.vocabulary.lists import Entry
from services.vocabulary.roles import roles
from services.vocabulary.safeguarding_actions import safeguarding_actions
from services.vocabulary.safeguarding_categories import safeguarding_categories
from services.vocabulary.safeguarding_urgencies import safeguarding_urgencies
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses
from services.web.forms import Choice, Field, Question

NO_GROUP: Final = "none"
HELD: Final = {
    "limits_explained": "The limits of confidentiality were explained",
    "support_person": "Somebody to turn to was there",
    "debrief": "There was time to come down afterwards",
    "under_18_consent": "It was for people under 18, and their own consent rule was kept",
}


@dataclass(frozen=True, slots=True)
class ByHands:
    """One question that is answered by a show of hands: its id and wording, and its answers by id with theirs."""

    id: str
    title: str
    answers: tuple[tuple[str, str], ...]


def asked_at_the_end() -> tuple[ByHands, ...]:
    """Return the closed questions of the end of a session."""
    return tuple(
        ByHands(each.id, each.title, tuple(zip(each.answer_ids, each.answers, strict=True)))
        for each in closed_questions().entries
    )


def asked_for_equality() -> tuple[ByHands, ...]:
    """Return the equality questions that releases count."""
    return tuple(
        ByHands(each.id, each.title, tuple((answer, each.answer_title(answer)) for answer in each.answers))
        for each in characteristics().entries
        if each.published
    )


def ask_group(draft: Draft, groups: Sequence[KnownGroup], path: str) -> Question:
    """Ask for the group."""
    listed = [
        Choice(group.id, group.title, draft.group == group.id, "Each person has a seat" if group.seated else "")
        for group in groups
    ]
    none = Choice(NO_GROUP, "No group: this was a session of its own", "group" in draft.answered and not draft.group)
    return Question(
        "Which group met?",
        (Field("radios", "group", "Group", choices=(*listed, none)),),
        links=(("Make a new group", f"{path}/new-group"),),
    )


def ask_new_group(path: str) -> Question:
    """Ask what a new group is called and how it is counted."""
    kinds = tuple(Choice(each.id, each.title, each.id == "general") for each in convened_for().entries)
    seats = (
        Choice("yes", "Yes", chosen=False, hint="I keep a numbered list on paper. Each person is counted once."),
        Choice("no", "No", chosen=False),
    )
    return Question(
        "A new group",
        (
            Field("text", "title", "What do people call it?", "Name nobody in it. Up to 80 characters.", width=30),
            Field("radios", "seated", "Does each person have a number?", choices=seats),
            Field("select", "convened", "For whom is it?", "It describes the group, never a person.", choices=kinds),
        ),
        links=(("Choose a group that is there", f"{path}/group"),),
        button="Make the group",
    )


def ask_session(draft: Draft) -> Question:
    """Ask for kind, month and number present."""
    year, _, month = draft.month.partition("-")
    kinds = (Choice("", "Choose one", chosen=not draft.kind), *_choices(session_kinds().entries, (draft.kind,)))
    present = "" if draft.number_present is None else str(draft.number_present)
    return Question(
        "About the session",
        (
            Field("select", "kind", "What kind of session was it?", choices=kinds),
            Field("number", "month", "Month", "As a number, like 3 for March. The day is never asked.", month, width=2),
            Field("number", "year", "Year", "Like 2026", year, width=4),
            Field("number", "present", "How many people took part?", "Without you.", present, width=4),
        ),
    )


def ask_areas(draft: Draft) -> Question:
    """Ask whose services were spoken of."""
    return Question(
        "Whose services were spoken of?",
        (
            Field(
                "checkboxes",
                "areas",
                "Areas",
                "Never where somebody lives.",
                choices=_choices(areas().entries, draft.areas),
            ),
        ),
    )


def ask_held(draft: Draft) -> Question:
    """Ask how the session was held."""
    under_18 = bool(draft.kind) and session_kinds().get(draft.kind).under_18
    offered = tuple(
        Choice(name, text, bool(getattr(draft, name)))
        for name, text in HELD.items()
        if under_18 or name != "under_18_consent"
    )
    return Question("How was it held?", (Field("checkboxes", "held", "Tick what is so", choices=offered),))


def ask_room(draft: Draft) -> Question:
    """Ask for role and uses once, for everybody in the room."""
    allowed = tuple(Choice(use.id, use.shown, use.id in (draft.uses or ()), use.explained) for use in uses().entries)
    return Question(
        "For everybody in the room",
        (
            Field(
                "radios", "role", "As whom did people speak?", choices=_choices(roles().entries, (draft.role or "",))
            ),
            Field(
                "checkboxes",
                "uses",
                "What may be done with what was said?",
                "Tick only what everybody agreed to. Nothing ticked: nothing is used.",
                choices=allowed,
            ),
        ),
        ("Say it once for the room. Before you send the notes, you can change it for one person.",),
    )


def ask_answers(draft: Draft) -> Question:
    """Ask for the tallies of the closed questions, and in a large room whether equality questions were asked too."""
    lead = ["How many gave each answer, never who. Leave empty what was not asked."]
    fields = _tallied(asked_at_the_end(), draft)
    if (draft.number_present or 0) >= LEAST_PRESENT:
        asked = Choice("equality", "Yes, count them on the next page", draft.equality)
        hint = "Such as age or disability. Only if each person could choose not to answer."
        fields += (
            Field("checkboxes", "also", "Did you ask equality questions by a show of hands?", hint, choices=(asked,)),
        )
    elif draft.equality:
        lead.append(
            f"Equality questions are asked only where {LEAST_PRESENT} or more take part, because a hand would point to "
            "somebody: what was entered for them is left out."
        )
    return Question("Questions at the end", fields, tuple(lead))


def ask_equality(draft: Draft) -> Question:
    """Ask for the tallies of the equality questions."""
    lead = (
        "How many gave each answer, never who. Leave empty what was not asked.",
        "In a report they stand beside those of other sessions, and a number below 10 is never shown.",
    )
    return Question("Equality questions", _tallied(asked_for_equality(), draft), lead)


def _tallied(questions: Sequence[ByHands], draft: Draft) -> tuple[Field, ...]:
    return tuple(
        Field(
            "number",
            tally_field(question.id, number),
            title,
            "",
            _shown(draft.tallies.get(question.id, {}).get(answer)),
            width=4,
            within=question.title,
        )
        for question in questions
        for number, (answer, title) in enumerate(question.answers)
    )


def ask_notes(draft: Draft, path: str) -> Question:
    """Ask for the notes."""
    hint = (
        "One point, or one person, a paragraph, with an empty line between. “Seat 3:” in front says who. Name nobody."
    )
    return Question(
        "What was said",
        (Field("textarea", "notes", "Notes", hint, draft.pasted, rows=12),),
        links=(("Send a file instead", f"{path}/upload"),),
    )


def ask_upload(path: str) -> Question:
    """Ask for a file with the notes."""
    hint = "Word, Excel, OpenDocument, CSV, a transcript or plain text. Up to 20 MB. The file itself is not kept."
    return Question(
        "Send a file",
        (Field("file", "file", "File with the notes", hint),),
        links=(("Type or paste the notes instead", f"{path}/notes"),),
        button="Read the file",
    )


def ask_concern(draft: Draft, suggested: str, leads: Mapping[str, str]) -> Question:
    """Ask whether somebody is at risk, and what was done about it.

    Args:
        draft: as far as it is.
        suggested: the category that the words speak of most urgently, or empty.
        leads: the safeguarding leads' names, by account.
    """
    known = draft.handed_on
    category = known.category if known else suggested
    urgency = known.urgency if known else ""
    done = known.done if known else ()
    risk = (
        Choice("yes", "Yes, or I am not sure", known is not None),
        Choice("no", "No: I have looked, and nobody is at risk now", draft.no_concern, "Leave the rest empty."),
    )
    urgencies = tuple(Choice(each.id, each.title, each.id == urgency) for each in safeguarding_urgencies().entries)
    return Question(
        "Is somebody at risk?",
        (
            Field("radios", "risk", "Is somebody at risk now or soon?", choices=risk),
            Field(
                "radios",
                "category",
                "Why, most of all?",
                choices=_choices(safeguarding_categories().entries, (category,)),
            ),
            Field("radios", "urgency", "When?", choices=urgencies),
            Field("checkboxes", "done", "What was done?", choices=_choices(safeguarding_actions().entries, done)),
            Field(
                "text",
                "contact",
                "Whom did you tell?",
                "A role or a duty line, not the person at risk. Optional.",
                known.contact if known else "",
                width=30,
            ),
            Field(
                "text",
                "reference",
                "Your own reference",
                "From your organisation's own record. Optional.",
                known.reference if known else "",
                width=20,
            ),
            *_ask_lead(known.not_lead if known else "", leads),
        ),
    )


def _ask_lead(not_lead: str, leads: Mapping[str, str]) -> tuple[Field, ...]:
    if not leads:
        return ()
    hint = "The one you name does not see it. Another lead takes it over."
    if len(leads) == 1:
        hint = "There is no other lead here to take it over: ring the local authority’s designated officer as well."
    choices = (
        Choice("", "No", not not_lead),
        *(Choice(account, f"Yes, about {name}", account == not_lead) for account, name in leads.items()),
    )
    return (Field("radios", "not_lead", "Is it about a safeguarding lead?", hint, choices=choices),)


def tally_field(question: str, answer: int) -> str:
    """Return the name of the field that holds one tally."""
    return f"tally-{question}-{answer}"


def _choices(entries: Sequence[Entry], chosen: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(each.id, each.title, each.id in chosen, each.description or "") for each in entries)


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)
