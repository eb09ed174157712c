"""Every error of the project, in one tree.

::

    SurvivorVoiceError            one line for people: what happened, what to do next; the command exits 1
    ├── UsageError                the command was called wrongly; exit 2
    ├── InputRefused              bad input: findings by place and rule, never by value
    ├── SettingsError             a setting is missing, unknown or contradicts another
    ├── DataFolderError           not ours, of a newer version, or in use by another instance
    ├── DataFileError             a file below schemas/ is missing or broken
    ├── NotFound                  no such thing under that id
    ├── Conflict                  the same idempotency key with another body, or a state that forbids the step
    ├── Held                      a release (or step) is held back, with the reason; exit 3
    ├── LogError                  the event log
    │   ├── LogUnavailable        locked, full disk, broker away: back off and try again
    │   ├── Fenced                another worker owns the partitions now: drop the batch, go on
    │   └── UnknownTopic          not declared
    ├── ContractBroken            a record that does not keep its contract: park it
    ├── StoreUnavailable          a service's database: back off and try again
    ├── NotYet                    a step has to wait for another service: try again
    └── SealingError
        ├── UnknownKey            never seen here: an error, wait or park, never "erased"
        ├── DestroyedEpochKey     met in transit: an error
        ├── DestroyedDataKey      a contributor's key was destroyed: the value reads as erased
        ├── SealBroken            wrong context, wrong key, or tampering
        └── IdentityChanged       a pinned service identity does not match

No message ever holds a survivor's words, a name, or a rejected value.
"""

from dataclasses import dataclass


class SurvivorVoiceError(Exception):
    """Base of the tree; its text is one line that a person can act on."""

    exit_code = 1


class UsageError(SurvivorVoiceError):
    """The command was called wrongly."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in an input: where, which rule, and how to mend it; never the value.

    Attributes:
        place: file, row and column, or a JSON pointer, as the person who sent it would say it.
        rule: what is wrong, by rule.
        mend: what is expected and how to mend it.
    """

    place: str
    rule: str
    mend: str

    def __str__(self) -> str:
        """Return one line for a person."""
        return f"{self.place}: {self.rule}. {self.mend}"


class InputRefused(SurvivorVoiceError):
    """Input that breaks a rule; nothing of it was stored.

    Attributes:
        findings: every finding, in the order of the input.
    """

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        super().__init__("\n".join(str(finding) for finding in findings) or "The input was refused.")


class SettingsError(SurvivorVoiceError):
    """A setting is missing, unknown or contradicts another."""


class DataFolderError(SurvivorVoiceError):
    """The data folder is not ours, of a newer version, or in use."""


class DataFileError(SurvivorVoiceError):
    """A file below ``schemas/`` is missing or broken."""


class NotFound(SurvivorVoiceError):
    """No such thing under that id."""


class Conflict(SurvivorVoiceError):
    """The same key with another body, or a state that forbids the step."""


class Held(SurvivorVoiceError):
    """Held back, with the reason; nothing was published."""

    exit_code = 3


class LogError(SurvivorVoiceError):
    """Anything the event log raises."""


class LogUnavailable(LogError):
    """Locked, full disk or broker away: back off and try again."""


class Fenced(LogError):
    """Another worker owns these partitions now: drop the batch and go on."""


class UnknownTopic(LogError):
    """The topic is not declared."""


class ContractBroken(SurvivorVoiceError):
    """A record that does not keep its contract; it is parked."""


class StoreUnavailable(SurvivorVoiceError):
    """A service's database cannot be reached or written now."""


class NotYet(SurvivorVoiceError):
    """A step has to wait for another service; it is tried again."""


class SealingError(SurvivorVoiceError):
    """Anything sealing raises."""


class KeyAwaited(SealingError):
    """Nobody has announced a key to seal to for that day: wait and try again."""


class UnknownKey(SealingError):
    """A key id that was never seen here; never read as erased."""


class DestroyedEpochKey(SealingError):
    """An epoch key that was destroyed while something in transit still needed it."""


class DestroyedDataKey(SealingError):
    """A contributor's data key was destroyed: what it sealed reads as erased."""


class SealBroken(SealingError):
    """Wrong context, wrong key, truncation or tampering."""


class IdentityChanged(SealingError):
    """A service's signing identity is not the pinned one."""
