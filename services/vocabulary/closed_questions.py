"""The closed questions that a group answers by tally at the end of a session."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class ClosedQuestion(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question: the title is its wording, ``answers`` what may be tallied, in the order shown."""

    answers: tuple[str, ...]

    @property
    def answer_ids(self) -> tuple[str, ...]:
        """The ids under which answers are tallied, in the order of ``answers``: ``No answer`` is ``no_answer``."""
        return tuple(answer.lower().replace(" ", "_") for answer in self.answers)


@cache
def closed_questions() -> Vocabulary[ClosedQuestion]:
    """Return our 3 questions; a session holds up to five."""
    return load_vocabulary("closed_questions", ClosedQuestion)
