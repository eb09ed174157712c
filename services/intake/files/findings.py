"""Collecting what is wrong with a file, so that everything can be said at once and a long list stays readable."""

from typing import NoReturn

from services.errors import Finding, InputRefused

#: How many findings are shown; the rest are counted.
MOST_SHOWN = 20
#: How the file is called in a place.
THE_FILE = "the file"


class Findings:
    """The findings of one file, in the order in which they were met."""

    def __init__(self) -> None:
        self._shown: list[Finding] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, place: str, rule: str, mend: str) -> None:
        """Note one finding."""
        self._count += 1
        if len(self._shown) < MOST_SHOWN:
            self._shown.append(Finding(place, rule, mend))

    def take(self, refusal: InputRefused) -> None:
        """Note the findings of another refusal behind those that there are."""
        for finding in refusal.findings:
            self.add(finding.place, finding.rule, finding.mend)

    def refuse_if_any(self) -> None:
        """Raise what was collected.

        Raises:
            InputRefused: there is at least one finding.
        """
        if self._count:
            raise InputRefused(_listed(self._shown, self._count))

    def refuse(self, place: str, rule: str, mend: str) -> NoReturn:
        """Note one finding after which reading makes no sense, and raise everything.

        Raises:
            InputRefused: always.
        """
        self.add(place, rule, mend)
        raise InputRefused(_listed(self._shown, self._count))


def refusal(place: str, rule: str, mend: str) -> InputRefused:
    """Return a refusal with one finding."""
    return InputRefused([Finding(place, rule, mend)])


def shortened(findings: list[Finding]) -> list[Finding]:
    """Return at most the first 20 findings, and a last one that counts the rest."""
    return _listed(findings[:MOST_SHOWN], len(findings))


def _listed(shown: list[Finding], count: int) -> list[Finding]:
    if count <= len(shown):
        return list(shown)
    return [*shown, Finding(THE_FILE, f"and {count - len(shown)} more", "Mend these first and send the file again.")]
