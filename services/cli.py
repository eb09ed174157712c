"""The ``survivor-voice`` command: reads the command line, and nothing else until it knows what is wanted."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from services import __version__
from services.errors import SurvivorVoiceError, UsageError

Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0 well, 1 refused or failed, 2 called wrongly, 3 held back."""
    parser = build_parser()
    given = parser.parse_args(arguments)
    if given.run is None:
        parser.print_help()
        return UsageError.exit_code
    run: Run = given.run
    try:
        return run(given)
    except SurvivorVoiceError as trouble:
        print(f"survivor-voice: {trouble}", file=sys.stderr)
        return trouble.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="survivor-voice",
        description="Takes in what survivors say and publishes theme reports that are safe to publish.",
        epilog="Exit codes: 0 well, 1 refused or failed, 2 called wrongly, 3 held back.",
    )
    parser.add_argument("--version", action="version", version=f"survivor-voice {__version__}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in (
        _add_demo, _add_serve, _add_submit, _add_concerns, _add_withdraw, _add_report, _add_dead_letters,
        _add_pseudonymise, _add_tag, _add_release, _add_keys, _add_accounts, _add_organisations,
        _add_recommendations, _add_topics, _add_doctor,
    ):  # fmt: skip
        add(commands)
    return parser


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse has no public name for it


def _command(commands: Commands, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _with_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder (default: SV_DATA, else ./data)")


def _add_demo(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import demo

        return demo.run(
            given.data,
            port=given.port,
            keep_serving=not given.no_serve,
            as_json=given.json,
            log=given.log,
            database=given.database,
        )

    parser = _command(commands, "demo", run, "Fill everything with an invented consultation and show the report.")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a folder for it (default: a new temporary one)")
    parser.add_argument("--port", type=int, default=None, help="the port to listen on (default 8460; 0: a free one)")
    parser.add_argument("--log", metavar="LOG", help="its log, as in SV_LOG: kafka://host:port takes a new prefix")
    parser.add_argument("--database", metavar="DB", help="its stores, as in SV_DATABASE: postgresql://user@host/name")
    parser.add_argument("--no-serve", action="store_true", help="end after publishing")
    parser.add_argument("--json", action="store_true", help="print what happened as one JSON line")


def _add_serve(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import serve
        from services.settings import read_settings

        return serve.run(read_settings(data=given.data, port=given.port), given.only or ())

    parser = _command(commands, "serve", run, "Run the services: pages and interfaces behind one address.")
    _with_data(parser)
    parser.add_argument("--only", action="append", metavar="SERVICE", help="run this service alone; may be repeated")
    parser.add_argument("--port", type=int, default=None, help="the port to listen on (0: a free one)")


def _add_submit(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import submit

        return submit.run(given)

    parser = _command(commands, "submit", run, "Submit sessions from files; all or nothing a file.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    _with_data(parser)
    parser.add_argument("--format", help="the files' format (default: from their content and ending)")
    parser.add_argument("--check", action="store_true", help="say what would happen; store nothing")
    parser.add_argument("--template", metavar="FORMAT", help="write an empty form (csv, xlsx or docx) to --output")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where the template goes")
    parser.add_argument("--kind", help="kind of session, where the file does not say")
    parser.add_argument("--month", help="month of the session, like 2025-03, where the file does not say")
    parser.add_argument("--areas", help="areas, separated by commas, where the file does not say")
    parser.add_argument("--role", help="role of those who spoke, where the file does not say")
    parser.add_argument("--uses", help="uses, separated by commas, where the file does not say")
    parser.add_argument("--present", type=int, help="number present, where the file does not say")
    parser.add_argument("--group", help="id of the group, where the file does not say")
    parser.add_argument("--facilitator", action="append", default=[], metavar="NAME", help="whose turns are left out")
    parser.add_argument("--json", action="store_true", help="print a JSON line for each file")


def _add_concerns(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import concerns

        return concerns.list_waiting(given) if given.step == "list" else concerns.run(given)

    text = "Record what was done about a concern that was raised, or list what waits for a lead."
    parser = _command(commands, "concerns", run, text)
    parser.add_argument("step", choices=("list", "record"))
    parser.add_argument("concern", nargs="?", metavar="CONCERN", help="its id, as submit showed it")
    _with_data(parser)
    parser.add_argument("--done", action="append", default=[], metavar="WHAT", help="rang_999, told_lead and so on")
    parser.add_argument("--contact", default="", help="whom you told: a role or a duty line, never the person at risk")
    parser.add_argument("--reference", default="", help="from your organisation's own record")
    parser.add_argument("--not-lead", default="", metavar="NAME", help="a lead who is concerned and must not see it")
    parser.add_argument("--json", action="store_true", help="print JSON lines")


def _add_withdraw(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import withdraw

        return withdraw.run(given.data, by_seat=given.seat, by_session=given.session, as_json=given.json)

    text = (
        "Withdraw a person; asks for the five words (or reads them from standard input), never takes them as arguments."
    )
    parser = _command(commands, "withdraw", run, text)
    _with_data(parser)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--seat", action="store_true", help="ask for group and seat instead of the five words")
    chosen.add_argument("--session", action="store_true", help="ask for a session whose unattributed notes go whole")
    parser.add_argument("--json", action="store_true", help="print the confirmations as one JSON line")


def _add_report(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import report

        return report.run(given)

    parser = _command(commands, "report", run, "Prepare, approve and publish releases.")
    parser.add_argument("step", choices=("prepare", "approve", "publish", "withdraw", "list"))
    _with_data(parser)
    parser.add_argument("--period", metavar="PERIOD", help="a quarter like 2025-Q1, or a year like 2025")
    parser.add_argument("--release", help="the id of a prepared release, for approve; of a published one, for withdraw")
    parser.add_argument("--table", help="withdraw: the id of the table that is wrong; approve it then like a release")
    parser.add_argument("--prepared-by", metavar="NAME")
    parser.add_argument("--approved-by", metavar="NAME", help="must be somebody else")
    parser.add_argument("--json", action="store_true")


def _add_dead_letters(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import dead_letters

        return dead_letters.run(given)

    parser = _command(commands, "dead-letters", run, "What could not be handled: list it, run it again, or reject it.")
    parser.add_argument("step", choices=("list", "replay", "reject"))
    _with_data(parser)
    parser.add_argument("--service", choices=("intake", "anonymiser", "themer", "reporter"))
    parser.add_argument("--topic", help="where it came from, as list shows it")
    parser.add_argument("--limit", type=int, default=1, help="how many to replay")
    parser.add_argument("--by", metavar="NAME", help="who decides, for reject")
    parser.add_argument("--contribution", help="reject one contribution of a bundle and handle the rest")
    parser.add_argument("--json", action="store_true")


def _add_lines(commands: Commands, name: str, text: str) -> argparse.ArgumentParser:
    def run(given: argparse.Namespace) -> int:
        from services.commands import lines

        return lines.run(name, given.input_option or given.input, given.output)

    parser = _command(commands, name, run, text)
    parser.add_argument("input", nargs="?", default="-", metavar="INPUT", help="JSONL (default: standard input)")
    parser.add_argument("--input", dest="input_option", metavar="FILE", help="the same")
    parser.add_argument("--output", default="-", metavar="FILE", help="where it goes (default: standard output)")
    return parser


def _add_pseudonymise(commands: Commands) -> None:
    _add_lines(commands, "pseudonymise", "Pseudonymise texts from JSONL lines with id and text; nothing is stored.")


def _add_tag(commands: Commands) -> None:
    _add_lines(commands, "tag", "Tag texts from JSONL lines with id and text; nothing is stored.")


def _add_release(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import release

        return release.run(given)

    parser = _command(commands, "release", run, "Make one release from a file of themed rows, with disclosure control.")
    parser.add_argument("--input", type=Path, required=True, metavar="THEMED.jsonl")
    parser.add_argument("--framework", type=Path, metavar="TREE.json")
    parser.add_argument("--by", action="append", default=[], metavar="FIELD")
    parser.add_argument("--threshold", type=int, default=10)
    parser.add_argument("--base", type=int, default=5)
    parser.add_argument("--ledger", type=Path, metavar="FOLDER")
    parser.add_argument("--withdrawals", type=Path, metavar="W.jsonl")
    parser.add_argument("--close", metavar="QUARTER")
    parser.add_argument("--output", type=Path, required=True, metavar="RELEASE.json")


def _add_keys(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import keys

        return keys.run(given.data, step=given.step, as_json=given.json)

    parser = _command(commands, "keys", run, "Show key ids and dates (never keys), or make the epochs that are due.")
    parser.add_argument("step", nargs="?", choices=("list", "init"), default="list")
    _with_data(parser)
    parser.add_argument("--json", action="store_true")


def _add_accounts(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import accounts

        return accounts.run(given)

    text = "Who may sign in. Asks for passwords (or reads them from standard input), never takes them as arguments."
    parser = _command(commands, "accounts", run, text)
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    for step, does in (
        ("add", "make an account"),
        ("list", "show the accounts"),
        ("disable", "let nobody sign in with it, and end its sessions"),
        ("enable", "let it sign in again, and take a lock off it"),
        ("sessions", "end its sessions"),
        ("reset", "give it a new password, and end its sessions"),
    ):
        each = steps.add_parser(step, help=does, description=does.capitalize())
        if step != "list":
            each.add_argument("name", metavar="NAME", help="whose account")
        if step == "add":
            each.add_argument("--role", required=True, help="facilitator, reviewer, safeguarding_lead and so on")
        _with_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def _add_topics(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import topics

        return topics.run(given)

    text = "Compare the topics, access and users of an Apache Kafka with the declared ones, or make them so."
    parser = _command(commands, "topics", run, text)
    parser.add_argument("step", choices=("plan", "apply", "check"))
    _with_data(parser)
    parser.add_argument("--user", metavar="NAME", help="the broker's administrator (default: SV_KAFKA_USER)")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="and the file with its password")
    parser.add_argument("--replicas", type=int, metavar="N", help="copies of each partition (default: 3, or brokers)")
    parser.add_argument("--users", type=Path, metavar="DIR", help="look after SCRAM users too; their passwords' folder")
    parser.add_argument("--no-access", action="store_true", help="leave access and users out")
    parser.add_argument("--revoke", action="store_true", help="with apply: take away access that is not declared")
    parser.add_argument("--json", action="store_true", help="print one JSON line")


def _add_organisations(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import organisations

        return organisations.run(given)

    text = "The responding services: what each answers for, its token (shown once), and who answers for whom."
    parser = _command(commands, "organisations", run, text)
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    for step, does in (
        ("add", "make an organisation"),
        ("token", "make a token for its programs; shown this once"),
        ("revoke", "let its token hold no more"),
        ("member", "let an account answer for it"),
        ("speaker", "let an account speak for a group"),
        ("list", "show the organisations"),
    ):
        each = steps.add_parser(step, help=does, description=does.capitalize())
        if step not in ("list", "speaker"):
            each.add_argument("organisation", metavar="ID", help="the organisation: lower case letters and hyphens")
        if step == "add":
            each.add_argument("--title", help="as people call it (default: the id)")
            each.add_argument("--kind", required=True, choices=("statutory", "commissioned", "other"))
            each.add_argument("--sectors", required=True, help="what it answers for, separated by commas")
            each.add_argument("--areas", help="whose services it runs, separated by commas (default: everywhere)")
        if step in ("member", "speaker"):
            each.add_argument("account", metavar="ACCOUNT", help="the name of an account")
        if step == "speaker":
            each.add_argument("--group", required=True, metavar="ID", help="the group that it speaks for")
        _with_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def _add_recommendations(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import recommendations

        return recommendations.run(given)

    text = "Make what is kept of recommendations anew from the event log; the reporter has to be stopped."
    parser = _command(commands, "recommendations", run, text)
    parser.add_argument("step", choices=("rebuild",))
    _with_data(parser)
    parser.add_argument("--json", action="store_true", help="print what was done as one JSON line")


def _add_doctor(commands: Commands) -> None:
    def run(given: argparse.Namespace) -> int:
        from services.commands import doctor

        return doctor.run(given.data, as_json=given.json)

    parser = _command(commands, "doctor", run, "Look the installation over and say what is wrong and how to mend it.")
    _with_data(parser)
    parser.add_argument("--json", action="store_true")


if __name__ == "__main__":
    sys.exit(main())
