"""One passage as all detectors read it, between the two passes over its bundle."""

from collections.abc import Iterable

from services.anonymiser.ages import find_ages
from services.anonymiser.circumstances import find_occupations, find_statuses
from services.anonymiser.dates import find_dates
from services.anonymiser.detection import Found, added_detectors
from services.anonymiser.identifiers import find_identifiers
from services.anonymiser.identities import gather
from services.anonymiser.kept import TAKEN, mark_kept
from services.anonymiser.lexicon import TITLE, Lexicon
from services.anonymiser.normalisation import normalise
from services.anonymiser.people import Memory, People
from services.anonymiser.places import find_places, find_unlisted_places
from services.anonymiser.sites import find_sites
from services.anonymiser.spoken import find_spoken
from services.anonymiser.tokens import Tokens

_TITLE_GAPS = (" ", ". ")


class Reading:
    """One text, normalised, in words, with what was found in it.

    Attributes:
        normalised: the text as it is read, with the way back to the original.
        tokens: its words.
        found: everything but people, in offsets of the reading.
        people: the weighing of its names.
        states: what :mod:`services.anonymiser.kept` and the detectors say of each word.
    """

    __slots__ = ("_lexicon", "found", "normalised", "people", "states", "tokens")

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.normalised = normalise(text)
        read = self.normalised.text
        tokens = self.tokens = Tokens(read, lexicon)
        self.found: list[Found] = [*find_identifiers(read, lexicon), *find_spoken(tokens, lexicon)]
        for detector in added_detectors():
            self.found.extend(detector.find(read))
        states = self.states = mark_kept(tokens, lexicon)
        self._take(states, self.found)
        self.found.extend(find_sites(tokens, states, lexicon))
        timed = [*find_dates(tokens, lexicon), *find_ages(tokens, lexicon)]
        self._take(states, timed)
        self.found.extend(timed)
        self.found.extend(find_places(tokens, states, lexicon))
        self.found.extend(find_statuses(tokens, states, lexicon))
        self.found.extend(find_occupations(tokens, states, lexicon))
        self.found.extend(find_unlisted_places(tokens, states, lexicon))
        self.people = People(tokens, states, lexicon)

    def _take(self, states: bytearray, found: Iterable[Found]) -> None:
        starts, ends = self.tokens.starts, self.tokens.ends
        at = 0
        for each in sorted(found, key=lambda one: one.start):
            while at and ends[at - 1] > each.start:
                at -= 1
            while at < len(starts) and ends[at] <= each.start:
                at += 1
            while at < len(starts) and starts[at] < each.end:
                states[at] = TAKEN
                at += 1

    def is_untouched(self) -> bool:
        """Tell whether nothing was found: no word is taken, and nobody is named."""
        return not self.found and not self.people.is_anybody_named()

    def name_people(self, memory: Memory) -> list[Found]:
        """Return the people of the text, numbered from 1, with what the bundle taught."""
        self.people.decide(memory)
        tokens = self.tokens
        spans = list(self.people.spans())
        mentions = []
        for start, stop, _ in spans:
            title = ""
            if start and tokens.kinds[start - 1] & TITLE and tokens.gap(start) in _TITLE_GAPS:
                title = tokens.keys[start - 1]
            words = tuple(self.people.slips.get(at, tokens.keys[at]) for at in range(start, stop))
            mentions.append((start, tuple(map(self._plain, words)), title))
        numbers = gather(mentions, self._lexicon)
        return [
            Found(tokens.starts[start], tokens.ends[stop - 1], "PERSON", str(number), "name", min(1.0, score / 5))
            for (start, stop, score), number in zip(spans, numbers, strict=True)
        ]

    def _plain(self, word: str) -> str:
        """Return a name without an unmarked possessive ending ("aminas")."""
        if word.endswith("s") and not self._lexicon.kinds.get(word, 0) and self._lexicon.kinds.get(word[:-1], 0):
            return word[:-1]
        return word
