"""What one service asks another in a call: the shapes. Nothing of a call is on the log, and nothing of it is kept.

A question is sealed to the epoch key of the service that is asked, its answer to a key of the call, which stands inside
the sealed question: who repeats a question that was overheard gets an answer that only the first asker can open.
"""

from services.events import DoubtFound, Id, Payload, SealedPart, Term, Words


class Call(Payload, frozen=True, kw_only=True):
    """A question on its way.

    Attributes:
        call: its id; question and answer are bound to it.
        asked: the sealed question.
    """

    call: Id
    asked: SealedPart


class Question(Payload, frozen=True, kw_only=True):
    """What every question holds.

    Attributes:
        reply_to: the public key that the answer is sealed to.
    """

    reply_to: bytes


class PreviewWanted(Question, frozen=True, kw_only=True):
    """To the anonymiser: what would happen to one bundle, as it would be sent."""

    words: tuple[Words, ...]


class PreviewedSpan(Payload, frozen=True, kw_only=True):
    """What goes from one text.

    Attributes:
        start: offset into the words as written.
        end: offset behind the last character.
        shown_start: offset of what takes its place, into the text as it will be.
        shown_end: offset behind that.
        label: what kind of thing it is.
        can_stay: whether a mark may keep it; a telephone number, say, always goes.
    """

    start: int
    end: int
    shown_start: int
    shown_end: int
    label: str
    can_stay: bool


class Previewed(Payload, frozen=True, kw_only=True):
    """One text as it will be.

    Attributes:
        text: the text.
        spans: what goes.
        doubts: where there is doubt: offsets into the text as it will be.
        held: whether a person looks at it first.
    """

    text: str
    spans: tuple[PreviewedSpan, ...]
    doubts: tuple[DoubtFound, ...]
    held: bool


class PreviewGiven(Payload, frozen=True, kw_only=True):
    """The anonymiser's answer: each text in order."""

    texts: tuple[Previewed, ...]


class SubjectsWanted(Question, frozen=True, kw_only=True):
    """To the themer: what each pseudonymised text would be counted under."""

    texts: tuple[str, ...]


class Subject(Payload, frozen=True, kw_only=True):
    """A node of one framework."""

    framework: Term
    node: Term


class SubjectsGiven(Payload, frozen=True, kw_only=True):
    """The themer's answer: the subjects of each text in order, the surest first."""

    texts: tuple[tuple[Subject, ...], ...]
