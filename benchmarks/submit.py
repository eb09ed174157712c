"""Submitting as ratios and sizes in one run: a large table against the bare log, memory, large files, the preview.

    python benchmarks/submit.py [--rows 100000] [--times 3] [--folder DIR]

1. *accepted / bare log*: contributions a second from a CSV file to durable and sealed (read twice, checked, looked
   through for danger, one encapsulation a bundle), over the rate at which the bare event log appends the same sealed
   payloads: once with a record for each contribution in appends of 100, once as the bundles that they travel in. They
   take turns; the median of the ratios counts. The processor time of both, of every process, says why.
2. *memory*: the peak of the whole command, with the process that looks for danger in long files, for a quarter of the
   rows and for all of them.
3. *large files*: 10 MB of XLSX and 2,000 cues of WebVTT, read and checked.
4. *preview*: a note of 2,000 words at the server.

Exits 1 where a bar is missed.
"""

import argparse
import asyncio
import contextlib
import csv
import hashlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

import journey_world
import xlsxwriter

from services.anonymiser.preview import preview
from services.contracts import decode, topic_of
from services.eventlog.interface import Attributes, NewRecord
from services.eventlog.sqlite import SqliteLog
from services.events import SessionSubmitted, Words
from services.intake import store
from services.intake.deliveries import BroughtFile, read_parts
from services.intake.files.reading import Header

BATCH = 100
PREVIEW_WORDS = 2000
SENTENCES = (
    "The letter came after six weeks and nobody could tell me what it meant for my flat.",
    "One worker stayed with me from the first day and I never had to say it all again.",
    "They asked my daughter to interpret, which should not be asked of anybody her age.",
    "The night bus stop has no light and the ticket office has been shut since spring.",
    "When the case was dropped I heard it from a neighbour before I heard it from them.",
    "A leaflet in the waiting room gave me the number, and the woman there was patient.",
    "Our group would like one place where everything is written down a single time.",
)
HEADINGS = ("kind", "month", "areas", "role", "uses", "text")
ROOM = ("survey", "2025-01", "lambeth", "survivor", "count; paraphrase")


def text_of(number: int) -> str:
    """Return four sentences, some 60 words."""
    return " ".join(SENTENCES[(number + 2 * each) % len(SENTENCES)] for each in range(4)) + f" {number}"


def write_table(path: Path, rows: int) -> None:
    """Write a CSV file of one survey."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows((*ROOM, text_of(number)) for number in range(rows))


async def accept(path: Path, data: Path) -> tuple[float, list[NewRecord]]:
    """Return contributions a second, and the records that were made durable."""
    installation = journey_world.make_installation(data)
    for service in (installation.anonymiser, installation.themer, installation.reporter):
        if service is not None:
            await service.announcer.announce()
    intake = installation.intake
    if intake is None:
        raise SystemExit("intake did not start")
    await intake.database.open()
    with path.open("rb") as source:
        brought = BroughtFile(source=source, digest=hashlib.file_digest(source, "sha256").hexdigest(), format="csv")
        began = time.perf_counter()
        delivered = await intake.deliveries.take(brought)
        taken = time.perf_counter() - began
    records: list[NewRecord] = []
    async with intake.database.read() as view:
        for row in await view.execute(store.outbox.select().where(store.outbox.c.topic == topic_of(SessionSubmitted))):
            attributes = Attributes(id=row.key, source="/bench", type="bench", subject=row.key)
            records.append(NewRecord(row.topic, row.key, attributes, row.value))
    await intake.database.close()
    await installation.close()
    return delivered.contributions / taken, records


async def append(folder: Path, records: list[NewRecord], at_once: int) -> float:
    """Return records a second of the bare log."""
    log = SqliteLog(folder / f"bare{at_once}.sqlite3")
    began = time.perf_counter()
    for first in range(0, len(records), at_once):
        await log.append(records[first : first + at_once])
    rate = len(records) / (time.perf_counter() - began)
    await log.close()
    return rate


def one_by_one(records: list[NewRecord]) -> list[NewRecord]:
    """Return the sealed payloads of bundles as a record for each contribution."""
    found = []
    for record in records:
        for said in decode(SessionSubmitted, record.value).contributions:
            attributes = Attributes(id=said.contribution, source="/bench", type="bench", subject=said.contribution)
            found.append(NewRecord(record.topic, said.contribution, attributes, said.words + said.facts))
    return found


def peak_of_command(path: Path, data: Path) -> float:
    """Return the peak of the memory of the whole command, the processes that it starts included, in MB."""
    program = (
        # A process's own high-water mark: rusage would still count the pages of the process that started it.
        "import pathlib, sys; from services.cli import main;"
        "code = main(['submit', '--data', sys.argv[1], sys.argv[2]]);"
        "status = pathlib.Path('/proc/self/status').read_text();"
        "print(next(line for line in status.splitlines() if line.startswith('VmHWM')).split()[1]); sys.exit(code)"
    )
    peaks: dict[str, int] = {}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(data), str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as command:
        while True:
            try:
                said, complaint = command.communicate(timeout=0.02)
                break
            except subprocess.TimeoutExpired:
                for child, peak in peaks_of_children(command.pid).items():
                    peaks[child] = max(peak, peaks.get(child, 0))
    if command.returncode:
        raise SystemExit(complaint)
    return (int(said.split()[-1]) + sum(peaks.values())) / 1024


def peaks_of_children(parent: int) -> dict[str, int]:
    """Return the high-water mark of each process that a process has started, in KB, by its number."""
    peaks: dict[str, int] = {}
    # Any of them may end while it is looked at.
    with contextlib.suppress(OSError):
        of_parent = Path(f"/proc/{parent}/cmdline").read_bytes()
        for thread in Path(f"/proc/{parent}/task").iterdir():
            for child in (thread / "children").read_text().split():
                # Until it runs a program of its own, it shows the pages of the process that started it.
                if Path(f"/proc/{child}/cmdline").read_bytes() not in (b"", of_parent):
                    status = Path(f"/proc/{child}/status").read_text()
                    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
                    peaks[child] = int(marks[0]) if marks else 0
    return peaks


def seconds_to_read(name: str, content: bytes) -> float:
    """Return how long a file takes to be read and checked."""
    kind = "survey" if name == "xlsx" else "workshop"
    header = Header(kind=kind, month="2025-01", role="survivor", uses=("count", "paraphrase"))
    today = journey_world.START
    began = time.perf_counter()
    for _ in read_parts(BroughtFile(source=io.BytesIO(content), digest="", format=name, header=header), today).parts:
        pass
    return time.perf_counter() - began


def large_workbook() -> bytes:
    """Return an XLSX file of 10 MB: what was said does not repeat, so that it does not shrink."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADINGS)
    for number in range(23_500):
        sheet.write_row(number + 1, 0, (*ROOM, f"{text_of(number)} {os.urandom(330).hex()}"))
    book.close()
    return out.getvalue()


def long_transcript() -> bytes:
    """Return a WebVTT file of 2,000 cues by nine speakers."""
    cues = []
    for number in range(2000):
        at = f"{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}"
        cues.append(f"{at}.000 --> {at}.900\n<v Speaker {number % 9}>{text_of(number)}</v>")
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


async def preview_milliseconds() -> float:
    """Return the median over nine previews of a note of 2,000 words in paragraphs."""
    words = " ".join(text_of(number) for number in range(60)).split()[:PREVIEW_WORDS]
    bundle = [Words(text=" ".join(words[first : first + 100])) for first in range(0, PREVIEW_WORDS, 100)]
    await preview(bundle)
    taken = []
    for _ in range(9):
        began = time.perf_counter()
        await preview(bundle)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def processor_time() -> float:
    """Return the processor time of this process and of those that it has started and seen end, in seconds."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def take_turns(table: Path, folder: Path, rows: int) -> tuple[float, float, float, float, float]:
    """Accept a table, then append its payloads to bare logs.

    Returns:
        Contributions a second accepted, appended one by one, appended in bundles; processor time of a contribution in
        the first two, in microseconds.
    """
    folder.mkdir()
    began = processor_time()
    accepted, bundles = asyncio.run(accept(table, folder / "accepting"))
    between = processor_time()
    singles = one_by_one(bundles)
    opened = processor_time()
    bare = asyncio.run(append(folder, singles, BATCH))
    ended = processor_time()
    bundled = asyncio.run(append(folder, bundles, 10)) * rows / len(bundles)
    return accepted, bare, bundled, (between - began) / rows * 1e6, (ended - opened) / rows * 1e6


def measure(folder: Path, rows: int, times: int) -> list[tuple[str, str, str, bool]]:
    """Return for each line its name, its figure, its bar and whether it is kept."""
    table = folder / "rows.csv"
    write_table(table, rows)
    turns = [take_turns(table, folder / f"turn{turn}", rows) for turn in range(times)]
    accepted, bare, bundled, cost, bare_cost = (statistics.median(each) for each in zip(*turns, strict=True))
    ratio = statistics.median(turn[0] / turn[1] for turn in turns)
    quarter = folder / "quarter.csv"
    write_table(quarter, rows // 4)
    small, large = (peak_of_command(path, folder / f"{path.stem}-data") for path in (quarter, table))
    workbook = large_workbook()
    spreadsheet, transcript = seconds_to_read("xlsx", workbook), seconds_to_read("vtt", long_transcript())
    shown = asyncio.run(preview_milliseconds())
    return [
        ("accepted, contributions a second", f"{accepted:,.0f}", "", True),
        ("bare log, a record each", f"{bare:,.0f}", "", True),
        ("accepted / bare log, a record each", f"{ratio:.2f}", ">= 0.25", ratio >= 0.25),
        ("processor time, accepted", f"{cost:.0f} us", "", True),
        ("processor time, bare log, a record each", f"{bare_cost:.0f} us", "", True),
        ("bare log, as bundles", f"{bundled:,.0f}", "", True),
        ("accepted / bare log, as bundles", f"{accepted / bundled:.2f}", "", True),
        (f"memory of the command, {rows // 4:,} rows", f"{small:.0f} MB", "<= 200 MB", small <= 200),
        (f"memory of the command, {rows:,} rows", f"{large:.0f} MB", "<= 200 MB", large <= 200),
        (f"XLSX of {len(workbook) / 1e6:.1f} MB", f"{spreadsheet:.1f} s", "<= 5 s", spreadsheet <= 5),
        ("WebVTT of 2,000 cues", f"{transcript:.1f} s", "<= 5 s", transcript <= 5),
        ("preview of 2,000 words", f"{shown:.0f} ms", "<= 200 ms", shown <= 200),
    ]


def main() -> int:
    """Measure, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3, help="how often accepting and the bare log take turns")
    parser.add_argument("--folder", type=Path, help="where the files are made; a temporary folder when absent")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        lines = measure(Path(folder), given.rows, given.times)
    for name, figure, bar, kept in lines:
        print(f"{name:<42} {figure:>12}   {bar:<10} {'' if kept else 'MISSED'}")
    return 0 if all(kept for *_, kept in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
