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
    │   └── StepRefused           a state that forbids the step, with what to do instead
    ├── Held                      a release (or step) is held back, with the reason; exit 3
    ├── LogError                  the event log
    │   ├── LogUnavailable        locked, full disk, broker away: back off and try again
    │   │   ├── BrokerUnreachable   nothing answers there, or it speaks another protocol
    │   │   ├── CertificateRefused  the broker's certificate, or ours, is not trusted
    │   │   ├── LoginRefused        wrong user or password, or a way of signing in that the broker does not offer
    │   │   ├── AccessDenied        the user lacks a right on a topic or a group
    │   │   ├── TopicUnfit          a declared topic is missing on the broker, or is not as declared
    │   │   └── StillOnDisk         erased, but the broker's disk still holds the bytes
    │   ├── RecordTooLarge        larger than the log takes: raise the limit; trying again does not help
    │   ├── Fenced                another worker owns the partitions now: drop the batch, go on
    │   └── UnknownTopic          not declared
    ├── ContractBroken            a record that does not keep its contract: park it
    ├── StoreUnavailable          a service's database: back off and try again
    │   └── StoreContended        another transaction was quicker: try again at once, a few times
    ├── NotYet                    a step has to wait for another service: try again
    ├── NotInstalled              a library of the system is missing; the text says which to install
    └── SealingError
        ├── UnknownKey            never seen here: an error, wait or park, never "erased"
        ├── DestroyedEpochKey     met in transit: an error
        ├── DestroyedDataKey      a contributor's key was destroyed: the value reads as erased
        ├── SealBroken            wrong context, wrong key, or tampering
        └── IdentityChanged       a pinned service identity does not match

No message ever holds a survivor's words, a name, or a rejected value.
"""

from dataclasses import dataclass


class Plain(str):
    """A sentence of our own that may be shown to whoever asked: it holds nothing that anybody sent or said.

    ``raise Conflict(Plain("…"))`` lets a page and an interface give the reason in the place of a general sentence.
    Every other error's text stays in the process.
    """

    __slots__ = ()


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


class StepRefused(Conflict):
    """A step that the state of a thing forbids; nothing was changed.

    Attributes:
        findings: one finding: which step, why not, and what to do instead; never a value.
    """

    def __init__(self, place: str, rule: str, mend: str) -> None:
        self.findings = [Finding(place, rule, mend)]
        super().__init__(str(self.findings[0]))


class Held(SurvivorVoiceError):
    """Held back, with the reason; nothing was published."""

    exit_code = 3


class LogError(SurvivorVoiceError):
    """Anything the event log raises."""


class LogUnavailable(LogError):
    """Locked, full disk or broker away: back off and try again."""


class BrokerUnreachable(LogUnavailable):
    """No broker answers at the address, or what answers speaks another protocol."""


class CertificateRefused(LogUnavailable):
    """The broker's certificate is not trusted here, or ours not there."""


class LoginRefused(LogUnavailable):
    """The broker refuses the user, the password, or the way of signing in."""


class AccessDenied(LogUnavailable):
    """The user lacks a right on a topic or a group."""


class TopicUnfit(LogUnavailable):
    """A declared topic is missing on the broker, or is not as declared."""


class StillOnDisk(LogUnavailable):
    """What was erased cannot be read any more, but the broker's disk still holds the bytes."""


class RecordTooLarge(LogError):
    """A record is larger than the log takes; trying again does not help."""


class Fenced(LogError):
    """Another worker owns these partitions now: drop the batch and go on."""


class UnknownTopic(LogError):
    """The topic is not declared."""


class ContractBroken(SurvivorVoiceError):
    """A record that does not keep its contract; it is parked."""


class StoreUnavailable(SurvivorVoiceError):
    """A service's database cannot be reached or written now."""


class NotInstalled(SurvivorVoiceError):
    """A library of the system is missing; the text says what to install. Nothing else depends on it."""


class StoreContended(StoreUnavailable):
    """Another transaction was quicker; nothing was written: try again at once, a few times."""


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
