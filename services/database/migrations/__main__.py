"""``python -m services.database.migrations write "what it does"`` and ``check``: the maintainer's command line."""

import argparse
import sys

from services.database.migrations.writing import changed, write


def main() -> int:
    """Run the command; exit 1 when ``check`` finds a table that no migration makes."""
    parser = argparse.ArgumentParser(prog="python -m services.database.migrations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write", help="write a revision for each store whose tables have changed")
    writing.add_argument("message", help="what it does, in a few words")
    writing.add_argument(
        "--anew",
        action="store_true",
        help="forget every revision first: one a store is left (before the first release alone)",
    )
    commands.add_parser("check", help="say which tables and columns no migration makes")
    given = parser.parse_args()
    lines = write(given.message, anew=given.anew) if given.command == "write" else changed()
    print("\n".join(lines) or "The migrations make every table as it is.")  # noqa: T201 - a command prints its answer
    return 1 if given.command == "check" and lines else 0


if __name__ == "__main__":
    sys.exit(main())
