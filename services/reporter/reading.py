"""Reading a release as a person does, from its body and the words that it cites as they stand now.

Everything here is made from the published body alone: no raw figure, and no order that a raw figure decides.
"""

from collections.abc import Collection, Mapping

from services.clock import day_in_words
from services.errors import NotFound
from services.reporter.citing import beside_figures
from services.reporter.composing import tally
from services.reporter.lines import ReleaseLine
from services.reporter.loop_figures import LoopFigures
from services.reporter.periods import is_year, period_in_words
from services.reporter.reading_tables import BodyReader
from services.reporter.recommendations.reasons import answer_reasons
from services.reporter.release import PEOPLE, Change, MeasureRef, ReleaseBody, StatementRef
from services.reporter.titles import and_joined, node_title, question_title, value_title
from services.vocabulary.frameworks import framework
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.session_kinds import session_kinds
from services.web.contexts import ApprovedSentence, Report, Section

WITHDRAWN = "This sentence was withdrawn after it was published."
_SAID = {"better": "has become better", "worse": "has become worse", "mixed": "is mixed"}


def quarter_in_words(period: str) -> str:
    """Return a period as people say it (``2025-Q1`` gives January to March 2025)."""
    return period_in_words(period)


def report_page(line: ReleaseLine, body: ReleaseBody, *, area: str, words: Mapping[str, str] | None = None) -> Report:
    """Return the page of one release.

    Args:
        line: the release.
        body: its body.
        area: where.
        words: the words of its statements by id: those that stand now and are the very ones that it cites.
    """
    reader = BodyReader(body)
    said = _Sentences(body, words or {})
    found = list(reader.all_sections(said.beside()))
    shown = [each.section for each in found if each.section is not None]
    people = [section for section in shown if section.name == "people"]
    others = [section for section in shown if section.name != "people"]
    sections = (
        *people,
        *said.sections(),
        *others,
        reader.trend(),
        _hidden([each.what for each in found if each.section is None and each.what]),
        _loop(body.loop, line.prepared_on),
        _next(body),
    )
    return Report(
        heading=f"What was said, {period_in_words(body.period)}",
        area=area,
        released=day_in_words(line.published_on) if line.published_on else "",
        version=body.version,
        summary=_summary(reader, body),
        sections=tuple(section for section in sections if section is not None),
        withheld=_withheld(body),
        not_heard=_not_heard(body),
        changes=_changes(reader, body),
        made=_made(line, body),
        citation=line.citation,
    )


def _summary(reader: BodyReader, body: ReleaseBody) -> tuple[str, ...]:
    heard = reader.figure(PEOPLE)
    sentences = []
    if heard is not None:
        sentences.append(f"About {heard:,} different people were heard.")
    elif tally(body)[0]:
        sentences.append("How many people were heard in all is not shown, because a small number could be worked out.")
    else:
        sentences.append(f"Too few people were heard for any figure: one stands for {body.threshold} people or more.")
    for name in body.frameworks:
        top = reader.most_raised(framework(name))
        if top:
            sentences.append(f"Raised by most people: {'; '.join(top)}.")
    kinds = [
        session_kinds().get(held.kind).plural.lower()
        + (f" (at least {held.at_least})" if held.at_least is not None else "")
        for held in body.sessions
    ]
    if kinds:
        sentences.append(f"Sessions held: {and_joined(kinds)}.")
    asked = sum(ref.kind == "recommendation" for ref in body.statements)
    agreed = sum(ref.kind == "finding" for ref in body.statements)
    if asked or agreed:
        told = [
            f"{number} {_plural(what, number)}"
            for what, number in (("recommendation", asked), ("finding", agreed))
            if number
        ]
        sentences.append(f"Groups agreed {and_joined(told)} in their own words.")
    return tuple(sentences)


class _Sentences:
    """The sentences that a body cites, with their words as they stand now."""

    def __init__(self, body: ReleaseBody, words: Mapping[str, str]) -> None:
        self._body = body
        self._words = words

    def sections(self) -> list[Section]:
        """Return what groups recommend and what they found."""
        found = []
        for kind, name, heading, told in (
            ("recommendation", "recommendations", "What groups recommend", "Agreed by a group, in its own words."),
            (
                "finding",
                "findings",
                "What groups found",
                "Agreed over two sessions or more. The number is of those present, who may be the same people.",
            ),
        ):
            refs = [ref for ref in self._body.statements if ref.kind == kind]
            if refs:
                sentences = tuple(self._sentence(ref) for ref in refs)
                found.append(Section(name, heading, (told,), sentences=sentences))
        return found

    def beside(self) -> dict[str, tuple[ApprovedSentence, ...]]:
        """Return paraphrases and quotations by framework, looked at again beside the figures of this body."""
        found: dict[str, list[ApprovedSentence]] = {}
        for ref in self._body.statements:
            if ref.kind in {"paraphrase", "quotation"}:
                stands = beside_figures(ref, self._body)
                name = ref.nodes[0].partition(":")[0] if ref.nodes else self._body.frameworks[0]
                gone = ApprovedSentence(WITHDRAWN, "")
                found.setdefault(name, []).append(gone if stands is None else self._sentence(stands))
        return {name: tuple(sentences) for name, sentences in found.items()}

    def _sentence(self, ref: StatementRef) -> ApprovedSentence:
        words = self._words.get(ref.id)
        return (
            ApprovedSentence(WITHDRAWN, "")
            if words is None
            else ApprovedSentence(words, _source(ref, self._body.frameworks))
        )


def _source(ref: StatementRef, frameworks: Collection[str]) -> str:
    parts = []
    if ref.kind == "recommendation":
        present = "" if ref.present_at_least is None else f", at least {ref.present_at_least} present"
        parts.append(f"A survivor forum{present}")
        if ref.area is not None:
            parts.append(f"on {_area_title(ref.area)}")
        if ref.sectors:
            parts.append(f"for {and_joined([_running(value_title('sector', each)) for each in ref.sectors])}")
    elif ref.kind == "finding":
        parts.append("Groups, over several sessions")
        if ref.present_at_least is not None:
            parts.append(f"at least {ref.present_at_least} attendances")
    else:
        parts.append(
            "Put in other words, from several people" if ref.kind == "paraphrase" else "Quoted with her agreement"
        )
    titles = [
        title.rstrip(".") for node in ref.nodes if node.partition(":")[0] in frameworks and (title := _node(node))
    ]
    if titles:
        parts.append("; ".join(titles))
    parts += [f"{_measure(said)}: {_SAID[said.said]}" for said in ref.measures if said.said in _SAID]
    return ". ".join(f"{part[:1].upper()}{part[1:]}" for part in parts) + "."


def _measure(said: MeasureRef) -> str:
    try:
        return f"“{framework(said.framework).measure(said.measure)[1].text.rstrip('.')}”"
    except NotFound:
        return said.measure


def _node(node: str) -> str:
    name, _, wanted = node.partition(":")
    try:
        return node_title(name, wanted)
    except NotFound:
        return ""


def _area_title(area: str) -> str:
    try:
        return recommendation_areas().title_of(area).lower()
    except NotFound:
        return area.replace("_", " ")


def _hidden(parts: list[str]) -> Section | None:
    """Return one section for everything without any figure, where there is such a thing."""
    if not parts:
        return None
    return Section(
        "not-shown",
        "Where no figure can be shown",
        (f"Too few people, or figures that would give others away: {'; '.join(parts)}.",),
    )


def _loop(loop: LoopFigures, day: str) -> Section | None:
    if not loop.made:
        return None
    answered = "was answered" if loop.answered == 1 else "were answered"
    on = f" on {day_in_words(day)}" if day else ""
    told = [
        f"{loop.made} {_plural('recommendation', loop.made)} can be read by everybody{on}.",
        f"{loop.answered} of {loop.made} {answered} ({100 * loop.answered // loop.made}%).",
    ]
    if loop.median_days_to_answer is not None:
        told.append(f"Half of the answers took {loop.median_days_to_answer} days or less.")
    if loop.answered:
        told.append(
            f"Accepted: {loop.accepted}. Accepted in part: {loop.partly}. Declined: {sum(loop.declined.values())}."
        )
    told += [f"Declined: {_reason(reason)}: {number}." for reason, number in sorted(loop.declined.items())]
    if loop.done:
        told.append(f"Said to be done: {loop.done}.")
    judged = loop.changed_yes + loop.changed_partly + loop.changed_no
    if judged:
        told.append(
            "Did it change? Groups said "
            f"yes of {loop.changed_yes}, partly of {loop.changed_partly}, no of {loop.changed_no}.",
        )
    if loop.overdue:
        told.append(f"Overdue: {loop.overdue}.")
    return Section("answers", "What became of recommendations", tuple(told))


def _reason(reason: str) -> str:
    try:
        return answer_reasons().title_of(reason)
    except NotFound:
        return "another reason"


def _next(body: ReleaseBody) -> Section:
    paragraphs = [
        "Each recommendation goes to the service that can act on it, which has ten working days to check facts.",
        "Then everybody can read it, and the service says whether it accepts it, who leads on it, and by when.",
        "Answers stand under “You said, we did”. The group itself says whether anything has changed.",
    ]
    if not is_year(body.period):
        paragraphs.append("The next report comes after the end of the next quarter.")
    return Section("next", "What happens next", tuple(paragraphs))


def _withheld(body: ReleaseBody) -> tuple[str, ...]:
    published, withheld = tally(body)
    return (
        f"{published} figures are published and {sum(withheld.values())} are withheld, shown as [c].",
        f"A figure is published only when it stands for at least {body.threshold} different people.",
        "Others are hidden so that nobody can work these out: [c] may be nought, a small or a larger number.",
        f"Figures are rounded to the nearest {body.rounding_base}, each by itself.",
    )


def _not_heard(body: ReleaseBody) -> tuple[str, ...]:
    told = []
    for each in body.not_heard:
        known = next((found for found in body.dimensions if found.name == each.dimension), None)
        values = known.children.get(known.root, ()) if known is not None else ()
        if len(each.values) == len(values):
            told.append(f"{question_title(each.dimension)}: too few to show of any.")
        else:
            titles = [value_title(each.dimension, value) for value in each.values]
            told.append(f"{question_title(each.dimension)}, too few to show or nobody: {and_joined(titles)}.")
    return tuple(told)


def _changes(reader: BodyReader, body: ReleaseBody) -> tuple[str, ...]:
    told = [
        f"The table “{table.title}” was withdrawn: its figures were wrong. Please do not use them."
        for table in body.withdrawn
    ]
    return (*told, *(_change(reader.label(each.dims), each) for each in body.changes))


def _change(label: str, change: Change) -> str:
    if change.before is None:
        return f"{label}: about {change.now:,} people, which could not be shown in the report before."
    if change.now is None:
        return f"{label}: about {change.before:,} people in the report before, which cannot be shown now."
    return f"{label}: about {change.now:,} people, in the report before about {change.before:,}."


def _made(line: ReleaseLine, body: ReleaseBody) -> tuple[str, ...]:
    names = "both signed in" if line.names_verified else "their names are not verified by a sign-in"
    signed = f"One person prepared it and another approved it: {names}."
    return (
        *body.method,
        f"Words were pseudonymised by version {body.versions.pseudonymiser or 'none'}.",
        f"They were tagged with the concept bank {body.versions.bank or 'none'}.",
        "One person prepared it, and another has to approve it." if line.state == "prepared" else signed,
        "How often the pseudonymiser and the tagger miss something is measured: see “How we work”.",
    )


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _running(title: str) -> str:
    """Return a title as it stands within a sentence: small letters, but for what is written in capitals throughout."""
    return " ".join(word if word.isupper() else word.lower() for word in title.split())
