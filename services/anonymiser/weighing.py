"""How much speaks for a word being somebody's name: its lists, its capitals, and the words around it.

Scores add up: 2 is enough to take a word for a name, 3 is sure enough to teach the rest of the bundle.
"""

from services.anonymiser.cues import cue_words
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
from services.anonymiser.spelling import is_slip_of_ordinary
from services.anonymiser.tokens import DIGITS, LOWER, SINGLE, UPPER, Tokens
from services.anonymiser.tokens import TITLE as CAPITAL

ACCEPTED = 2.0
LIKELY = 1.0
SURE = 3.0
_NAMED = 2.5
_SHORT_WITH_S = 4  # "aminas mum"
_OUTRIGHT = 4.0
_CHAT_LETTERS = cue_words("person_chat_letters")
_NAMING = cue_words("person_naming")
_LIGHT = cue_words("person_light")
_BASE_AFTER_MODAL = cue_words("person_base_after_modal")
_NEVER = cue_words("person_never")
_STATES = cue_words("person_states")
_PAST = cue_words("person_past")


class Weighing:
    """Weighs the words of one text."""

    __slots__ = ("_lexicon", "_tokens")

    def __init__(self, tokens: Tokens, lexicon: Lexicon) -> None:
        self._tokens = tokens
        self._lexicon = lexicon

    def is_nickname(self, index: int, kind: int) -> bool:
        """Tell whether an ordinary word stands as a name: a capital straight after "my ex", "my cousin"."""
        tokens = self._tokens
        if not index or kind & (FUNCTION | KEEP | RELATION | TITLE | TIME) or not self._tokens.stands_out(index):
            return False
        before = tokens.kinds[index - 1]
        if before & TITLE and tokens.gap(index) in (" ", ". ") and self._is_title(index - 1, index):
            return True
        return bool(before & RELATION) and tokens.gap(index) == " " and tokens.shapes[index - 1] == LOWER

    def weigh(self, index: int, kind: int) -> float:
        """Return how much speaks for the word at ``index`` being a name; 0 and less for nothing."""
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
        if kind & KINSHIP or (kind & (RELATION | TITLE) and not kind & GIVEN) or key in _NEVER:
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

    def _weigh_unknown(self, index: int) -> float:  # noqa: PLR0911 - a table of rules, one a line
        tokens = self._tokens
        key = tokens.keys[index]
        around = self._around(index)
        shape = tokens.shapes[index]
        if len(key) == 2 and around < SURE - 1:  # noqa: PLR2004 - abbreviations
            return 0.0
        if (
            key.endswith("s")
            and self._lexicon.kinds.get(key[:-1], 0) & GIVEN
            and not self._lexicon.kinds[key[:-1]] & ORDINARY
            and len(key) > _SHORT_WITH_S
        ):
            return SURE
        if shape == CAPITAL and not tokens.shouted:
            if not tokens.opens_sentence(index):
                return 3.0 + max(0.0, around)
            if is_slip_of_ordinary(key, self._lexicon):
                return max(0.5, around)
            return 2.0 + max(0.0, around)
        if shape == UPPER and not tokens.shouted and len(key) <= 5:  # noqa: PLR2004 - an acronym
            return max(0.0, around)
        slip = is_slip_of_ordinary(key, self._lexicon)
        return max(0.5 if slip else 0.8, around + (0.0 if slip else 1.0))

    def _weigh_word(self, index: int, kind: int) -> float:  # noqa: PLR0911, C901, PLR0912 - a table of rules, one a line
        tokens = self._tokens
        key = tokens.keys[index]
        shape = tokens.shapes[index]
        given = bool(kind & GIVEN)
        around = self._around(index)
        if (
            kind & FUNCTION
            and not (tokens.is_capital(index) and given)
            and key not in self._lexicon.cues["modal_words"]
        ):
            return around if around >= _OUTRIGHT and given else 0.0
        score = around
        cues = self._lexicon.cues
        if not given and shape == LOWER and not (index and tokens.kinds[index - 1] & TITLE):
            return 0.0
        if index and shape == LOWER and self._lexicon.idioms.match(tokens.keys, index - 1):
            return 0.0
        if shape == LOWER and self._lexicon.idioms.match(tokens.keys, index):
            return 0.0
        if kind & KEEP and index and tokens.keys[index - 1] in cues["strong_before_place"]:
            return 0.0  # "I live in Chelsea"
        if key in cues["names_first"] and not (tokens.cased and shape == LOWER):
            score += 1.0
        if not given:
            score -= 1.0
        if tokens.cased or tokens.is_capital(index):
            if shape == CAPITAL:
                if kind & TIME:
                    return score
                if not tokens.opens_sentence(index):
                    score += 2.5 if given else 0.5
                    if kind & (TIME | RELATION | TITLE | KEEP) or self._in_capital_phrase(index):
                        score -= 2.0
                elif kind & FUNCTION or kind & RELATION:
                    score -= 1.0
                elif given and key not in cues["verb_words"]:
                    score += 0.5
            elif shape == LOWER:
                score -= 0.5 if self._left(index) >= ACCEPTED else 1.5
        elif kind & KEEP:
            score -= 1.5
        return score

    def _in_capital_phrase(self, index: int) -> bool:
        """Tell whether the word stands among other capitalised ordinary words, as in a heading or a title of office."""
        tokens = self._tokens
        for at, gap_at in ((index - 1, index), (index + 1, index + 1)):
            if (
                0 <= at < len(tokens)
                and tokens.gap(gap_at) == " "
                and tokens.shapes[at] == CAPITAL
                and (tokens.kinds[at] & ORDINARY and not tokens.kinds[at] & (NAME | TITLE | RELATION | FUNCTION))
            ):
                return True
        return False

    def _weigh_initial(self, index: int) -> float:  # noqa: PLR0911 - a table of rules, one a line
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
            if near.endswith(("/", "&", "'")) or (
                index + 1 < len(tokens) and tokens.gap(index + 1)[:1] in ("&", "/", "'", "+")
            ):
                return 0.0
            following = index + 1
            initialled = (
                following < len(tokens) and tokens.gap(following) == ". " and tokens.shapes[following] == CAPITAL
            )
            if initialled and (not tokens.kinds[following] or tokens.kinds[following] & SURNAME):
                return SURE
            if self._left(index) >= _NAMED:
                return SURE
            person = joined and bool(tokens.kinds[before] & TO_PERSON)
            if index in tokens.possessive:
                return SURE
            return SURE if related or spoken or person else 0.0
        if related and before and key not in ("a", "u", "r", "n", "x"):
            return SURE if tokens.kinds[before] & TITLE or self._is_owned(before) else 0.0
        paired = index + 2 < len(tokens) and tokens.keys[index + 1] == "and" and tokens.keys[index + 2] in ("me", "i")
        if key not in _CHAT_LETTERS and (spoken or paired or index in tokens.possessive):
            return SURE
        return 0.5 if key not in _CHAT_LETTERS else 0.0

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

    def _left(self, index: int) -> float:  # noqa: C901, PLR0911, PLR0912 - a table of rules, one a line
        tokens = self._tokens
        if index == 0:
            return 0.0
        before = index - 1
        key = tokens.keys[before]
        kind = tokens.kinds[before]
        gap = tokens.gap(index)
        here = tokens.keys[index]
        modal = here in self._lexicon.cues["modal_words"]
        if (
            kind & CUE_START
            and gap in (" ", ": ", ", ", " - ", " '", ' "', "' ")
            and self._lexicon.self_phrases.match(tokens.keys, before)
        ):
            return (
                2.0
                if key in ("is", "names") and modal
                else 4.0
                if key != "is" or (before > 1 and tokens.keys[before - 1] != "this")
                else 2.5
            )
        if before in tokens.possessive and key not in ("he", "she", "it", "that", "who", "what", "there", "here"):
            return -1.0 if not kind & RELATION else 0.5
        if gap in (" ", ", ", ". ", " (", "-", " - ", " '") and kind & TITLE and self._is_title(before, index):
            return 4.0
        if gap in (" ", ", ", " (") and kind & RELATION:
            if gap == " " and modal and self._verb_follows(index) and not self._tokens.stands_out(index):
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
            return _NAMED
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
            return (
                tokens.shapes[index] != LOWER
                or not tokens.kinds[name] & ORDINARY
                or (
                    not tokens.cased
                    and key in ("pc", "dc", "ds", "di", "ps", "ms", "miss")
                    and not tokens.kinds[name] & FUNCTION
                )
            )
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
        if (key in _PAST and key != "never") or tokens.kinds[after] & ARTICLE:
            return False
        return key in _BASE_AFTER_MODAL or bool(tokens.kinds[after] & ORDINARY and not key.endswith("ed"))

    def _right(self, index: int) -> float:  # noqa: C901, PLR0911, PLR0912 - a table of rules, one a line
        tokens = self._tokens
        after = index + 1
        modal = tokens.keys[index] in self._lexicon.cues["modal_words"]
        if index in tokens.possessive:
            return 1.5 if tokens.kinds[index] & GIVEN or not tokens.kinds[index] else 0.5
        if after >= len(tokens):
            return 0.0
        if tokens.gap(after) == ", " and tokens.keys[after] in ("my", "who", "our", "his", "her", "whose"):
            return 1.5
        if tokens.gap(after) != " ":
            return 0.0
        kind = tokens.kinds[after]
        key = tokens.keys[after]
        if modal:
            if (key in _PAST and key not in ("never", "got", "left", "started")) or key.endswith("ed"):
                return 2.5
            named = index > 0 and tokens.keys[index - 1] in _NAMING and tokens.gap(index) == " "
            return -2.0 if self._verb_follows(index) and not named and not self._tokens.stands_out(index) else 0.0
        if key in self._lexicon.cues["saying"]:
            return 2.0
        if (
            key in ("is", "was")
            and after + 2 < len(tokens)
            and tokens.keys[after + 1] in ("my", "our", "his", "her", "their", "me")
        ) and (
            tokens.keys[after + 1] == "me"
            or any(tokens.kinds[at] & RELATION for at in range(after + 2, min(after + 4, len(tokens))))
        ):
            return SURE
        if key in _STATES:
            return 1.0
        if kind & SPEAKING or (kind & ORDINARY and key.endswith("ed")):
            return 1.5
        if (
            key == "from"
            and after + 1 < len(tokens)
            and (tokens.shapes[after + 1] != LOWER or tokens.kinds[after + 1] & ARTICLE)
        ):
            return 1.5
        if kind & SURNAME and not kind & (ORDINARY | KEEP):
            return 2.0
        if key == "and" and after + 1 < len(tokens):
            if tokens.is_plain_name(after + 1):
                return 2.0
            if tokens.keys[after + 1] in ("i", "me", "my"):
                return 1.0
        return 0.0
