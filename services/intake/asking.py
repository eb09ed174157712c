"""What intake asks the anonymiser and the themer while a session is written up, where they run in other processes."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from services.calls import Previewed, PreviewGiven, PreviewWanted, Subject, SubjectsGiven, SubjectsWanted
from services.errors import NotYet
from services.events import Words
from services.runner.announcements import PublicKeys
from services.runner.parts import Parts
from services.web.calls import PREVIEW_PATH, SUBJECTS_PATH, Caller

_Found = TypeVar("_Found")

#: What would happen to one bundle, and what pseudonymised texts would be counted under: each text in order.
#: Both raise NotYet where nobody answers now.
Preview = Callable[[Sequence[Words]], Awaitable[Sequence[Previewed]]]
Subjects = Callable[[Sequence[str]], Awaitable[Sequence[tuple[Subject, ...]]]]


def preview_by_call(parts: Parts, keys: PublicKeys) -> Preview:
    """Return the preview of the anonymiser that ``SV_PREVIEW_ADDRESS`` names.

    Raises:
        SettingsError: the address cannot be used.
    """
    address = parts.settings.preview_address
    caller = Caller(parts, keys, service="anonymiser", purpose="words", address=address, path=PREVIEW_PATH)

    async def ask(bundle: Sequence[Words]) -> Sequence[Previewed]:
        found = await caller.ask(lambda key: PreviewWanted(reply_to=key, words=tuple(bundle)), PreviewGiven)
        return _complete(found.texts, len(bundle))

    return ask


def subjects_by_call(parts: Parts, keys: PublicKeys) -> Subjects:
    """Return the subjects that the themer at ``SV_SUBJECTS_ADDRESS`` finds.

    Raises:
        SettingsError: the address cannot be used.
    """
    address = parts.settings.subjects_address
    caller = Caller(parts, keys, service="themer", purpose="pseudonymised", address=address, path=SUBJECTS_PATH)

    async def ask(texts: Sequence[str]) -> Sequence[tuple[Subject, ...]]:
        found = await caller.ask(lambda key: SubjectsWanted(reply_to=key, texts=tuple(texts)), SubjectsGiven)
        return _complete(found.texts, len(texts))

    return ask


def _complete(found: tuple[_Found, ...], wanted: int) -> tuple[_Found, ...]:
    """Return an answer that has as many texts as were asked about: any other belongs to another question."""
    if len(found) != wanted:
        raise NotYet("An answer does not belong to its question.")
    return found
