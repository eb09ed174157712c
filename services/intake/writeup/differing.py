"""Where one person differs from the room: her own role, areas and uses, asked for and taken in. Pure; never guessed."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from services.intake.submissions import SubmittedContribution
from services.intake.writeup.draft import Draft
from services.vocabulary.areas import NOT_SAID, areas
from services.vocabulary.roles import roles
from services.vocabulary.uses import uses
from services.web.contexts import FormError
from services.web.forms import Choice, Field, Question, ToMend, Typed

ROOM: Final = "room"
OWN: Final = "own"
_LONGEST_SHOWN: Final = 80


def ask_person(draft: Draft, number: int) -> Question:
    """Ask how the one who said a contribution differs; the answers so far are filled in.

    Args:
        draft: with words in it.
        number: of the contribution, from 0.
    """
    said = draft.contributions[number]
    room_uses = ", ".join(uses().title_of(use).lower() for use in draft.uses or ()) or "nothing"
    room_areas = ", ".join(areas().title_of(area) for area in draft.areas)
    everybody = f"As for everybody: {roles().title_of(draft.role)}" if draft.role else "As for everybody"
    role = (
        Choice(ROOM, everybody, said.role is None),
        *(Choice(each.id, each.title, said.role == each.id) for each in roles().entries if each.id != draft.role),
    )
    return Question(
        "Where this person differs",
        (
            Field("radios", "role", "As whom did this person speak?", choices=role),
            Field(
                "radios",
                "areas_as",
                "Whose services did this person speak of?",
                choices=(
                    Choice(ROOM, f"As for everybody: {room_areas}", said.areas is None),
                    Choice(OWN, "The areas ticked below", said.areas is not None),
                ),
            ),
            Field(
                "checkboxes",
                "areas",
                "This person’s areas",
                choices=tuple(Choice(each.id, each.title, each.id in (said.areas or ())) for each in areas().entries),
            ),
            Field(
                "radios",
                "uses_as",
                "What may be done with what this person said?",
                choices=(
                    Choice(ROOM, f"As for everybody: {room_uses}", said.uses is None),
                    Choice(OWN, "Only what is ticked below", said.uses is not None),
                ),
            ),
            Field(
                "checkboxes",
                "uses",
                "What this person agreed to",
                "Nothing ticked: nothing is used.",
                choices=tuple(Choice(each.id, each.shown, each.id in (said.uses or ())) for each in uses().entries),
            ),
        ),
        (whose(draft, number), f"“{beginning(said)}”"),
    )


def take_person(draft: Draft, number: int, typed: Typed) -> Draft:
    """Take how a person differs, for everything that the same person said.

    Raises:
        ToMend: a question is open.
    """
    errors = []
    role, areas_as, uses_as = (next(iter(typed.get(name, ())), "") for name in ("role", "areas_as", "uses_as"))
    if role != ROOM and role not in roles().id_set:
        errors.append(FormError("role", "Choose as whom this person spoke"))
    chosen = tuple(area for area in areas().ids if area in typed.get("areas", ()))
    if areas_as not in (ROOM, OWN):
        errors.append(FormError("areas_as", "Say whether the areas are those of everybody"))
    elif areas_as == OWN and not chosen:
        errors.append(FormError("areas", "Tick at least one area, or “not said”"))
    elif areas_as == OWN and NOT_SAID in chosen and len(chosen) > 1:
        errors.append(FormError("areas", "Tick areas, or “not said” alone"))
    if uses_as not in (ROOM, OWN):
        errors.append(FormError("uses_as", "Say whether this person agreed to the same as everybody"))
    if errors:
        raise ToMend(*errors)
    own_uses = tuple(use for use in uses().ids if use in typed.get("uses", ()))
    theirs = set(of_same_person(draft.contributions, number))
    contributions = tuple(
        replace(
            each,
            role=None if role in (ROOM, draft.role) else role,
            areas=chosen if areas_as == OWN and chosen != draft.areas else None,
            uses=own_uses if uses_as == OWN and own_uses != draft.uses else None,
        )
        if at in theirs
        else each
        for at, each in enumerate(draft.contributions)
    )
    return replace(draft, contributions=contributions)


def of_same_person(contributions: Sequence[SubmittedContribution], number: int) -> list[int]:
    """Return the numbers of everything that the same seat or person said; of nobody's notes, that one alone."""
    wanted = contributions[number]
    if wanted.seat is None and wanted.person is None and wanted.receipt is None:
        return [number]
    key = (wanted.seat, wanted.person, wanted.receipt)
    return [at for at, each in enumerate(contributions) if (each.seat, each.person, each.receipt) == key]


def whose(draft: Draft, number: int) -> str:
    """Return who said a contribution, as the notes mark it."""
    said = draft.contributions[number]
    also = len(of_same_person(draft.contributions, number))
    times = "" if also == 1 else f" It holds for all {also} things this person said."
    if said.seat is not None:
        return f"Seat {said.seat}.{times}"
    if said.person is not None:
        return f"Person {said.person}.{times}"
    place = draft.places[number] if number < len(draft.places) else f"Number {number + 1}"
    return f"{place}.{times}"


def differences(draft: Draft, number: int) -> tuple[str, ...]:
    """Return where a contribution's own answers differ from the room's, in words."""
    said = draft.contributions[number]
    found = []
    if said.role is not None:
        found.append(f"Speaks as: {roles().title_of(said.role)}")
    if said.areas is not None:
        found.append(f"Areas: {', '.join(areas().title_of(area) for area in said.areas)}")
    if said.uses is not None:
        found.append(f"May be used: {', '.join(uses().title_of(use).lower() for use in said.uses) or 'nothing'}")
    return tuple(found)


def how_many_differ(draft: Draft) -> int:
    """Return how many contributions have an answer of their own."""
    return sum(bool(differences(draft, number)) for number in range(len(draft.contributions)))


def beginning(said: SubmittedContribution) -> str:
    """Return the first words of a contribution, for whoever wrote it down."""
    whole = " ".join(said.text.split())
    return whole if len(whole) <= _LONGEST_SHOWN else f"{whole[:_LONGEST_SHOWN].rsplit(' ', 1)[0]} …"
