"""What may stand in an invented text: telephone numbers of drama, test numbers of the health service, example domains.

The lists are in ``schemas/demo/invented.yaml``. Functions answer yes or no and never repeat what they looked at.
"""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct
from stdnum.gb import nhs

from services.vocabulary.datafiles import load_as

_LONG_NUMBER = re.compile(r"(?<![\w/])(?:\+44|0)(?:[ -]?\d){9,10}(?!\w)")
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+@((?:[\w-]+\.)*[\w-]+)")
_WEB_ENDINGS = ("com", "org", "net", "uk", "io", "co", "info", "london", "eu", "app", "me", "tv")


class Telephone(Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers kept free for drama: how they begin, and how many digits one has."""

    begins: str
    digits: int


class Allowed(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file; its header explains each field."""

    version: int
    telephone: tuple[Telephone, ...]
    health_number: str
    domains: tuple[str, ...]
    number_words: dict[str, str]
    repeated: dict[str, int]
    hundred: str


@cache
def allowed() -> Allowed:
    """Return what may stand in an invented text.

    Raises:
        DataFileError: the data file is missing or broken.
    """
    return load_as(Allowed, "demo", "invented.yaml")


def digits_of(written: str) -> str:
    """Return the digits of a number, written or spoken ("oh double seven"); words that say no digit are passed over."""
    digits: list[str] = []
    times = 1
    for word in re.findall(r"\d|[a-z]+", written.lower()):
        if word in allowed().repeated:
            times = allowed().repeated[word]
        elif word == allowed().hundred:
            digits.append("00")
        elif word.isdigit() or word in allowed().number_words:
            digits.append(allowed().number_words.get(word, word) * times)
            times = 1
    return "".join(digits)


def is_drama_number(written: str) -> bool:
    """Say whether a telephone number, in any way of writing or saying it, is one that nobody is ever given."""
    digits = digits_of(written)
    if written.strip().startswith("+44"):
        digits = f"0{digits.removeprefix('44')}"
    return any(digits.startswith(kept.begins) and len(digits) == kept.digits for kept in allowed().telephone)


def is_test_health_number(written: str) -> bool:
    """Say whether a health service number begins as test numbers do and has the right check digit."""
    digits = digits_of(written)
    return digits.startswith(allowed().health_number) and bool(nhs.is_valid(digits))


def is_example_domain(name: str) -> bool:
    """Say whether a domain, written or spoken ("example dot org"), is kept for examples."""
    plain = re.sub(r"\s+dot\s+", ".", name.strip().lower())
    return any(plain == kept or plain.endswith(f".{kept}") for kept in allowed().domains)


def telephone_numbers(words: str) -> Iterator[str]:
    """Yield what looks like a British telephone number written in digits."""
    return (found[0] for found in _LONG_NUMBER.finditer(words))


def domains(words: str) -> Iterator[str]:
    """Yield the domains of addresses of mail and of pages that are written in a text."""
    for found in _ADDRESS.finditer(words):
        yield found[1].rstrip(".")
    for found in _DOMAIN.finditer(words):
        if found[0].rpartition(".")[2].lower() in _WEB_ENDINGS and "@" not in words[max(0, found.start() - 1)]:
            yield found[0]
