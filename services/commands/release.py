"""``survivor-voice release``: one release from a file of themed rows, under the reporter's disclosure control."""

import argparse

from services.reporter.files import ReleaseArguments, run_release


def run(given: argparse.Namespace) -> int:
    """Make the release; exit 0 published, 3 held with the reason, 1 bad input."""
    return run_release(
        ReleaseArguments(
            input=given.input,
            framework=given.framework,
            by=tuple(given.by),
            threshold=given.threshold,
            base=given.base,
            ledger=given.ledger,
            withdrawals=given.withdrawals,
            close=given.close,
            output=given.output,
        ),
    )
