"""What is said about a session outside its file: options of a command or answers on a page.

An option fills what the file leaves out. A fact of the session (kind, month, group, number present, how it was held)
that both give has to be the same in both. Role and areas are the room's, and one person may differ from it; uses may
be fewer for one person than the option says, never more.
"""

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from services.intake.files import values
from services.intake.files.findings import Findings
from services.intake.submissions import Submission


class Header(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options, each absent as None; the fields are those of :class:`~services.intake.submissions.Submission`."""

    kind: str | None = None
    month: str | None = None
    areas: tuple[str, ...] | None = None
    role: str | None = None
    uses: tuple[str, ...] | None = None
    number_present: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    group: str | None = None
    limits_explained: bool | None = None
    support_person: bool | None = None
    debrief: bool | None = None
    under_18_consent: bool | None = None
    tallies: dict[str, dict[str, Annotated[int, Meta(ge=0, le=10_000)]]] | None = None


#: Facts of a session, which have to be the same wherever they are given.
SESSION_FACTS = (
    "kind",
    "month",
    "number_present",
    "group",
    "limits_explained",
    "support_person",
    "debrief",
    "under_18_consent",
    "tallies",
)


def settle_header(header: Header) -> Header:
    """Return the options with titles read as ids, and a whole date as its month.

    Raises:
        InputRefused: an option is not in its list, or is not what it should be; places are ``option kind`` and so on.
    """
    findings = Findings()
    settled = Header(
        kind=None if header.kind is None else values.read_kind(header.kind, "option kind", findings),
        month=None if header.month is None else values.read_month(header.month, "option month", findings),
        areas=_joined(header.areas, values.read_areas, "option areas", findings),
        role=None if header.role is None else values.read_role(header.role, "option role", findings),
        uses=() if header.uses == () else _joined(header.uses, values.read_uses, "option uses", findings),
        number_present=header.number_present,
        group=None if header.group is None else values.read_group(header.group, "option group", findings),
        limits_explained=header.limits_explained,
        support_person=header.support_person,
        debrief=header.debrief,
        under_18_consent=header.under_18_consent,
        tallies=header.tallies,
    )
    findings.refuse_if_any()
    return settled


def given(header: Header) -> dict[str, Any]:
    """Return the options that were given, by field."""
    return {field: value for field in Header.__struct_fields__ if (value := getattr(header, field)) is not None}


def new_submission(facts: dict[str, Any]) -> Submission:
    """Return a submission without contributions from facts that were checked; absent ones take their defaults."""
    return Submission(contributions=(), **{field: value for field, value in facts.items() if value is not None})


def contradicts(field: str, value: object, header: Header, place: str, findings: Findings) -> bool:
    """Note a fact of the session that the file and an option give differently; say whether they do."""
    wanted = getattr(header, field)
    same = set(value) == set(wanted) if isinstance(value, tuple) and isinstance(wanted, tuple) else value == wanted
    if wanted is None or value is None or same:
        return False
    findings.add(place, f"not the same as the option {field}", "Say it in one of the two places, or the same in both.")
    return True


def is_wider(uses: tuple[str, ...], header: Header) -> bool:
    """Say whether uses go beyond those of the option."""
    return header.uses is not None and not set(uses) <= set(header.uses)


def _joined(
    several: tuple[str, ...] | None,
    read: Callable[[str, str, Findings], tuple[str, ...] | None],
    place: str,
    findings: Findings,
) -> tuple[str, ...] | None:
    return None if several is None or not several else read(";".join(several), place, findings)
