"""People's names: which words are somebody's name, by lists, by capitals and by the words around them.

A word that is only in the name lists is a name in any case. A word that is also an ordinary word, and a word that nothing
explains, are weighed: relations, titles, self-naming, speaking and possessives speak for a name; articles, modals and the
like against it. What is learnt of a name in one place (:class:`Memory`) counts in the others.
"""

from collections.abc import Iterator

from services.anonymiser.kept import FREE, KEPT, SOFT, TAKEN
from services.anonymiser.lexicon import (
    ARTICLE,
    CUE_START,
    FUNCTION,
    GIVEN,
    KEEP,
    KINSHIP,
    NAME,
    NUMBER,
    ORDINARY,
    RELATION,
    SPEAKING,
    SURNAME,
    TIME,
    TITLE,
    TO_PERSON,
    Lexicon,
)
from services.anonymiser.spelling import is_slip_of_ordinary, stem_of_name
from services.anonymiser.tokens import DIGITS, LOWER, SINGLE, UPPER, Tokens
from services.anonymiser.tokens import TITLE as CAPITAL

ACCEPTED = 2.0
LIKELY = 1.0
_SURE = 3.0
_CHAT_LETTERS = frozenset("aiurxnkcobymst")
_NAMING = frozenset({"told", "asked", "met", "saw", "called", "rang", "phoned", "texted", "married", "dating", "named", "marry", "divorced", "messaged", "hi", "hello", "dear", "hey", "against", "thanks"})
_LIGHT = frozenset({"with", "from", "to", "by", "about", "for", "and", "like", "than", "or", "when", "that", "because", "if", "love", "thank", "bye", "sorry"})
_PARTICLES = frozenset({"bin", "bint", "ibn", "al", "el", "de", "da", "do", "dos", "das", "del", "della", "di", "van", "von", "der", "den", "la", "le", "ap", "ul", "ur", "abu", "umm", "mac", "mc", "o", "st", "ben", "bat"})
_LINKS = frozenset({" ", "-", ". ", "' ", "  "})
_BASE_AFTER_MODAL = frozenset({"be", "not", "never", "always", "have", "do", "get", "go", "probably", "also", "only", "just", "still", "make", "take", "find", "need", "i", "you", "he", "she", "we", "they", "it", "the", "a", "my", "this", "that", "there", "any", "come", "tell", "say", "see", "help", "know", "end", "stop", "kill", "hurt", "happen", "use", "listen", "believe", "power", "or", "well", "want", "try", "keep", "let", "work", "even", "all", "one", "someone", "anyone", "people", "ever", "then", "seem", "feel", "sound", "look"})
_PAST = frozenset({"was", "is", "has", "had", "said", "says", "told", "came", "went", "did", "does", "got", "gets", "took", "knew", "kept", "left", "made", "used", "wants", "wanted", "started", "never", "who", "asked", "threatened", "found", "threw", "broke", "rang", "texted", "sent"})


class Memory:
    """What one bundle taught about names: surely found ones, by folded word.

    Attributes:
        names: words that nothing else explains and that stood for a person somewhere.
        likely: ordinary words that stood for a person somewhere.
    """

    __slots__ = ("likely", "names")

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.likely: set[str] = set()


class People:
    """The reading of one text's names: scores once, decisions with the bundle's memory."""

    __slots__ = ("_accepted", "_lexicon", "_scores", "_states", "_tokens", "slips")

    def __init__(self, tokens: Tokens, states: bytearray, lexicon: Lexicon) -> None:
        self._tokens = tokens
        self._states = states
        self._lexicon = lexicon
        self._scores: dict[int, float] = {}
        self._accepted: dict[int, float] = {}
        self.slips: dict[int, str] = {}
        kinds = tokens.kinds
        for index, kind in enumerate(kinds):
            if states[index] in (KEPT, TAKEN):
                continue
            if kind & NAME or not kind or tokens.shapes[index] == SINGLE:
                score = self._weigh(index, kind)
                if score > 0:
                    self._scores[index] = score

    def teach(self, memory: Memory) -> None:
        """Tell ``memory`` the names that are sure by themselves."""
        tokens = self._tokens
        for index, score in self._scores.items():
            key = tokens.keys[index]
            if score < _SURE or len(key) < 2:  # noqa: PLR2004 - an initial is nobody's alone
                continue
            if tokens.kinds[index] & (ORDINARY | KEEP):
                memory.likely.add(key)
            elif tokens.kinds[index] & NAME or len(key) > 2:  # noqa: PLR2004 - unexplained pairs of letters teach nothing
                memory.names.add(key)

    def decide(self, memory: Memory) -> None:
        """Settle which words are names, with what the bundle taught."""
        tokens = self._tokens
        here = {tokens.keys[index] for index, score in self._scores.items() if score >= _SURE}
        for index, score in self._scores.items():
            key = tokens.keys[index]
            total = score
            if score < ACCEPTED:
                if key in here:
                    total += 1.5
                elif key in memory.names:
                    total += 2.0
                elif key in memory.likely:
                    total += 0.5
                elif not tokens.kinds[index] and len(key) > 3 and score < ACCEPTED:  # noqa: PLR2004 - slips of short names are too many
                    known = stem_of_name(key, here | memory.names)
                    if known:
                        self.slips[index] = known
                        total += 2.0
            if total >= ACCEPTED:
                self._accepted[index] = total
        self._join_lists()
        self._join_neighbours()

    def spans(self) -> Iterator[tuple[int, int, float]]:
        """Yield first word, word after the last, and score of every name, in order."""
        tokens = self._tokens
        order = sorted(self._accepted)
        position = 0
        while position < len(order):
            start = order[position]
            stop = start + 1
            score = self._accepted[start]
            position += 1
            while position < len(order):
                following = order[position]
                between = range(stop, following)
                if all(tokens.keys[at] in _PARTICLES for at in between) and all(
                    self._linked(at) for at in range(stop, following + 1)
                ):
                    stop = following + 1
                    score = max(score, self._accepted[following])
                    position += 1
                else:
                    break
            while start and tokens.keys[start - 1] in ("al", "el", "abu", "umm", "mac", "mc", "o", "van", "de", "da", "di", "bin", "ibn") and (
                tokens.gap(start) in ("-", " ", "'") and self._states[start - 1] != TAKEN
            ):
                if tokens.gap(start) == " " and tokens.keys[start - 1] in ("o", "de", "da", "di") and tokens.shapes[start - 1] == LOWER and tokens.cased:
                    break
                start -= 1
            yield start, stop, score

    def unsettled(self, memory: Memory) -> list[int]:
        """Return the words that may well be names all the same: for the check of the output, where none should be left."""
        self.decide(memory)
        tokens = self._tokens
        return [
            index
            for index, score in self._scores.items()
            if index in self._accepted or (score > LIKELY and tokens.kinds[index] & NAME)
        ]

    def _linked(self, index: int) -> bool:
        return self._tokens.gap(index) in _LINKS and (index - 1) not in self._tokens.possessive

    def _join_lists(self) -> None:
        """Take "hope" in "grace, hope and joy" for a name when its neighbours in the list are."""
        tokens = self._tokens
        for index in sorted(self._scores):
            if index in self._accepted or not tokens.kinds[index] & GIVEN:
                continue
            for other, at in ((index - 1, index), (index + 1, index + 1)):
                if other in self._accepted and tokens.gap(at).strip() == "," and not tokens.kinds[index] & FUNCTION:
                    self._accepted[index] = ACCEPTED
            if index - 2 in self._accepted and tokens.keys[index - 1] in ("and", "or") and self._scores[index] >= 1:
                self._accepted[index] = ACCEPTED

    def _join_neighbours(self) -> None:
        """Take the word beside a name with it when it can be its other half."""
        tokens = self._tokens
        for index in sorted(self._accepted):
            after = index + 1
            if after < len(tokens) and after not in self._accepted and self._states[after] in (FREE, SOFT) and self._linked(after):
                if self._is_other_half(after, index):
                    self._accepted[after] = ACCEPTED
        for index in sorted(self._accepted, reverse=True):
            before = index - 1
            if before >= 0 and before not in self._accepted and self._states[before] in (FREE, SOFT) and self._linked(index):
                kind = tokens.kinds[before]
                if tokens.kinds[index] & SURNAME or not tokens.kinds[index]:
                    capital = tokens.shapes[before] == CAPITAL and tokens.cased
                    if (kind & GIVEN and not kind & (RELATION | TITLE | FUNCTION) and (capital or not kind & ORDINARY)) or (
                        not kind and tokens.shapes[before] != DIGITS and not is_slip_of_ordinary(tokens.keys[before], self._lexicon)
                    ):
                        self._accepted[before] = ACCEPTED

    def _is_other_half(self, index: int, first: int) -> bool:
        tokens = self._tokens
        kind = tokens.kinds[index]
        shape = tokens.shapes[index]
        gap = tokens.gap(index)
        if shape == DIGITS:
            return False
        if shape == SINGLE and tokens.keys[index] != "i":
            return True
        if gap == ". " and len(tokens.keys[first]) > 1:
            return False
        if not kind:
            return shape != LOWER or not tokens.cased or gap == "-"
        if tokens.cased:
            if shape == LOWER:
                return bool(kind & NAME) and not kind & (ORDINARY | KEEP)
            return not kind & (FUNCTION | KEEP | TIME) or bool(kind & NAME and not kind & FUNCTION)
        if not kind & SURNAME or kind & (FUNCTION | RELATION):
            return False
        if not kind & ORDINARY:
            return True
        if not tokens.kinds[first] & GIVEN or tokens.shapes[first] == SINGLE:
            return False
        after = index + 1
        ended = after >= len(tokens) or tokens.gap(after)[:1] in (",", ".", "!", "?", ";", ")", "\n")
        spoken = after < len(tokens) and bool(tokens.kinds[after] & SPEAKING) and tokens.keys[after] in _PAST
        return (ended or spoken) and not kind & SPEAKING

    def _weigh(self, index: int, kind: int) -> float:
        tokens = self._tokens
        key = tokens.keys[index]
        shape = tokens.shapes[index]
        if shape == DIGITS:
            return 0.0
        if len(key) == 1:
            return self._weigh_initial(index)
        if kind & NAME and not kind & (ORDINARY | KEEP | TIME | NUMBER):
            return self._weigh_plain(index, kind)
        if not kind:
            return self._weigh_unknown(index)
        if kind & KINSHIP or (kind & (RELATION | TITLE) and not kind & GIVEN):
            return 0.0
        return self._weigh_word(index, kind)

    def _weigh_plain(self, index: int, kind: int) -> float:
        tokens = self._tokens
        key = tokens.keys[index]
        if len(key) <= 3 or not kind & GIVEN:  # noqa: PLR2004 - short and family names alone ask for a little more
            score = 1.0 + max(0.0, self._around(index))
            if tokens.shapes[index] == CAPITAL or (tokens.shapes[index] == UPPER and not tokens.shouted):
                score += 2.0
            elif not tokens.cased:
                score += 1.0
            if kind & GIVEN and len(key) > 2:  # noqa: PLR2004 - two letters are seldom a name
                score += 1.0
            return score
        return 4.0

    def _weigh_unknown(self, index: int) -> float:
        tokens = self._tokens
        key = tokens.keys[index]
        around = self._around(index)
        shape = tokens.shapes[index]
        if len(key) == 2 and around < _SURE - 1:  # noqa: PLR2004 - abbreviations
            return 0.0
        if key.endswith("s") and self._lexicon.kinds.get(key[:-1], 0) & GIVEN and not self._lexicon.kinds[key[:-1]] & ORDINARY and len(key) > 4:  # noqa: PLR2004 - "aminas mum"
            return 3.0
        if shape == CAPITAL and tokens.cased:
            if not tokens.opens_sentence(index):
                return 3.0 + max(0.0, around)
            if is_slip_of_ordinary(key, self._lexicon):
                return max(0.5, around)
            return 2.0 + max(0.0, around)
        if shape == UPPER and not tokens.shouted and len(key) <= 5:  # noqa: PLR2004 - an acronym
            return max(0.0, around)
        slip = is_slip_of_ordinary(key, self._lexicon)
        return max(0.5 if slip else 0.8, around + (0.0 if slip else 1.0))

    def _weigh_word(self, index: int, kind: int) -> float:
        tokens = self._tokens
        key = tokens.keys[index]
        shape = tokens.shapes[index]
        given = bool(kind & GIVEN)
        around = self._around(index)
        if kind & FUNCTION and not (tokens.cased and shape == CAPITAL and given) and key not in self._lexicon.cues["modal_words"]:
            return around if around >= 4 and given else 0.0  # noqa: PLR2004 - only after "my name is"
        score = around
        if not given:
            score -= 1.0
        if tokens.cased:
            if shape == CAPITAL:
                if not tokens.opens_sentence(index):
                    score += 2.5 if given else 0.5
                    if kind & (TIME | RELATION | TITLE | KEEP) or self._in_capital_phrase(index):
                        score -= 2.0
                elif kind & FUNCTION or kind & RELATION:
                    score -= 1.0
            elif shape == LOWER:
                score -= 1.5
        elif kind & KEEP:
            score -= 1.5
        return score

    def _in_capital_phrase(self, index: int) -> bool:
        """Tell whether the word stands among other capitalised ordinary words, as in a heading or a title of office."""
        tokens = self._tokens
        for at, gap_at in ((index - 1, index), (index + 1, index + 1)):
            if 0 <= at < len(tokens) and tokens.gap(gap_at) == " " and tokens.shapes[at] == CAPITAL and (
                tokens.kinds[at] & ORDINARY and not tokens.kinds[at] & (NAME | TITLE | RELATION | FUNCTION)
            ):
                return True
        return False

    def _weigh_initial(self, index: int) -> float:
        tokens = self._tokens
        key = tokens.keys[index]
        if key == "i":
            return 0.0
        before = index - 1
        related = before >= 0 and tokens.gap(index) in (" ", ", ") and bool(tokens.kinds[before] & (RELATION | TITLE))
        after = tokens.kinds[index + 1] if index + 1 < len(tokens) and tokens.gap(index + 1) in (" ", ". ") else 0
        joined = before >= 0 and tokens.gap(index) == " "
        spoken = bool(after & SPEAKING)
        if tokens.shapes[index] == SINGLE and not tokens.shouted:
            if key == "a" and (tokens.opens_sentence(index) or not (spoken or related)):
                return 0.0
            near = tokens.gap(index) if index else "\n"
            if near.endswith(("/", "&", "'")) or (index + 1 < len(tokens) and tokens.gap(index + 1)[:1] in ("&", "/", "'", "+")):
                return 0.0
            person = joined and bool(tokens.kinds[before] & TO_PERSON)
            if index in tokens.possessive:
                return _SURE
            return _SURE if related or spoken or person else 0.0
        if related and before and key not in ("a", "u", "r", "n", "x"):
            return _SURE if tokens.kinds[before] & TITLE or self._is_owned(before) else 0.0
        if key not in _CHAT_LETTERS and (spoken or index in tokens.possessive) and joined:
            return _SURE
        return 0.0

    def _is_owned(self, index: int) -> bool:
        tokens = self._tokens
        at = index - 1
        while at >= 0 and index - at < 4 and tokens.gap(at + 1) in (" ", "-") and not tokens.kinds[at] & ARTICLE:  # noqa: PLR2004 - "my lovely older sister"
            if tokens.keys[at] in ("ex", "exs"):
                return True
            at -= 1
        return at >= 0 and bool(tokens.kinds[at] & ARTICLE) and tokens.keys[at] not in ("a", "an", "no", "any", "every")

    def _around(self, index: int) -> float:
        """Return how much the words around speak for (or against) a name here."""
        return self._left(index) + self._right(index)

    def _left(self, index: int) -> float:
        tokens = self._tokens
        if index == 0:
            return 0.0
        before = index - 1
        key = tokens.keys[before]
        kind = tokens.kinds[before]
        gap = tokens.gap(index)
        here = tokens.keys[index]
        modal = here in self._lexicon.cues["modal_words"]
        if kind & CUE_START and gap in (" ", ": ", ", ", " - ", " '", ' "', "' ") and self._lexicon.self_phrases.match(tokens.keys, before):
            return 2.0 if key in ("is", "names") and modal else 4.0 if key != "is" or (before > 1 and tokens.keys[before - 1] != "this") else 2.5
        if before in tokens.possessive and key not in ("he", "she", "it", "that", "who", "what", "there", "here"):
            return -1.0 if not kind & RELATION else 0.5
        if gap in (" ", ", ", " (", "-", " - ", " '") and kind & TITLE and self._is_title(before, index):
            return 4.0
        if gap in (" ", ", ", " (") and kind & RELATION:
            if gap == " " and modal and self._verb_follows(index):
                return -3.0
            if self._is_owned(before) or key in ("ex", "hubby"):
                return 3.5 if gap == " " else 2.0
            return 1.5 if gap == " " else 0.5
        if gap != " ":
            return 0.0
        if kind & ARTICLE and not kind & TO_PERSON:
            return -3.0
        if key in self._lexicon.cues["before_verb"] and (here in self._lexicon.cues["verb_words"] or modal):
            return -3.0
        if key in _NAMING:
            return 2.0
        if key in ("im", "i'm"):
            return 2.0
        if key in _LIGHT:
            return 1.0
        if kind & TO_PERSON:
            return 1.0
        return 0.0

    def _is_title(self, index: int, name: int) -> bool:
        tokens = self._tokens
        key = tokens.keys[index]
        cues = self._lexicon.cues
        following = tokens.keys[name]
        if tokens.kinds[name] & ORDINARY and following in cues["not_after_title"]:
            return False
        if key in cues["titles_strong"]:
            return True
        if key in cues["titles_upper"]:
            return tokens.shapes[index] != LOWER or not tokens.kinds[name] & ORDINARY or (not tokens.cased and key in ("pc", "dc", "ms", "miss") and not tokens.kinds[name] & FUNCTION)
        if tokens.cased and tokens.shapes[name] == LOWER and tokens.kinds[name] & ORDINARY:
            return False
        if tokens.kinds[name] & ORDINARY and not tokens.cased:
            return bool(tokens.kinds[name] & GIVEN) and not tokens.kinds[name] & FUNCTION
        return True

    def _verb_follows(self, index: int) -> bool:
        tokens = self._tokens
        after = index + 1
        if after >= len(tokens) or tokens.gap(after) != " ":
            return False
        key = tokens.keys[after]
        if key in _PAST and key != "never":
            return False
        return key in _BASE_AFTER_MODAL or bool(tokens.kinds[after] & ORDINARY and not key.endswith("ed"))

    def _right(self, index: int) -> float:
        tokens = self._tokens
        after = index + 1
        modal = tokens.keys[index] in self._lexicon.cues["modal_words"]
        if index in tokens.possessive:
            return 1.5 if tokens.kinds[index] & GIVEN or not tokens.kinds[index] else 0.5
        if after >= len(tokens) or tokens.gap(after) != " ":
            return 0.0
        kind = tokens.kinds[after]
        key = tokens.keys[after]
        if modal:
            if key in _PAST and key not in ("never", "got", "left", "started"):
                return 2.5
            return -2.0
        if kind & SPEAKING:
            return 1.5
        if kind & SURNAME and not kind & (ORDINARY | KEEP):
            return 2.0
        if key == "and" and after + 1 < len(tokens):
            if tokens.is_plain_name(after + 1):
                return 2.0
            if tokens.keys[after + 1] in ("i", "me", "my"):
                return 1.0
        return 0.0
