"""The files of ``deploy/`` are what their tools accept and what they promise: nothing written, nothing open."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from services.settings import SERVICE_PORTS, SERVICES, read_settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
BIN = Path(sys.executable).parent
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
OURS = ("ground", "topics", *SERVICES)


def run_tool(name, *words):
    return subprocess.run([str(BIN / name), *map(str, words)], capture_output=True, text=True, check=False, timeout=120)


def test_the_dockerfile_passes_hadolint():
    done = run_tool("hadolint", DEPLOY / "Dockerfile")

    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_would_see_a_fault(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd / && sudo ls\n", encoding="utf-8")

    assert run_tool("hadolint", tmp_path / "Dockerfile").returncode == 1


def test_the_compose_file_keeps_the_compose_specification():
    done = run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")

    assert done.returncode == 0, done.stdout


def test_a_slip_in_the_compose_file_would_be_seen(tmp_path):
    slip = (DEPLOY / "compose.yaml").read_text(encoding="utf-8").replace("healthcheck:", "healthchek:")
    (tmp_path / "compose.yaml").write_text(slip, encoding="utf-8")

    done = run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", tmp_path / "compose.yaml")

    assert done.returncode == 1


def test_the_image_runs_as_a_user_of_its_own_and_takes_hashed_packages_alone():
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER (?!0)\d+:\d+$", last, re.MULTILINE)
    assert not re.search(r"^USER (root|0)", last, re.MULTILINE)
    installs = re.findall(r"pip install ([^\n\\]+)", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in words or words.strip() == "--no-deps --no-build-isolation ." for words in installs)
    assert all(":" in line.split()[1] for line in re.findall(r"^FROM .*", DOCKERFILE, re.MULTILINE))


def test_the_one_requirement_more_is_that_of_the_topics_command_with_its_hashes():
    assert "requirements/topics.txt" in DOCKERFILE
    lines = (DEPLOY.parent / "requirements" / "topics.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("confluent-kafka==")
    assert len(lines) > 1
    assert all("--hash=sha256:" in line for line in lines[1:])


def test_everything_that_the_image_is_made_of_reaches_the_builder_and_nothing_else():
    lines = (DEPLOY.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        name for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for name in words.split()[:-1]
    }

    assert "*" in lines
    assert let_in == copied
    assert all((DEPLOY.parent / name).exists() for name in let_in)


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_container_writes_nowhere_but_where_it_must_and_may_nothing_more_than_its_user(name):
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "door" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].startswith("${SV_UID:?")
    assert "privileged" not in service
    for volume in service.get("volumes", []):
        source, _, options = volume.partition(":")
        assert source.startswith("./state/") or options.endswith(":ro")


def test_nothing_but_the_front_door_can_be_reached_from_outside():
    ports = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    spaces = {name: service.get("network_mode") for name, service in COMPOSE["services"].items()}
    caddyfile = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")

    assert ports == {"ground": ["80:8080", "443:8443"]}
    assert re.findall(r"http_port (\d+)", caddyfile) == ["8080"]
    assert re.findall(r"https_port (\d+)", caddyfile) == ["8443"]
    assert spaces.pop("ground") is None
    assert spaces.pop("postgres") == "none"
    assert set(spaces.values()) == {"service:ground"}


def test_each_service_sees_its_own_secrets_and_folders_and_nobody_elses():
    for name in SERVICES:
        service = COMPOSE["services"][name]
        sources = [volume.split(":")[0] for volume in service["volumes"]]
        others = [other for other in (*SERVICES, "admin", "kafka", "postgres") if other != name]

        assert service["command"] == ["serve", "--only", name]
        assert f"./secrets/{name}" in sources
        assert [
            f"./{kind}/{other}" for other in others for kind in ("secrets", "state") if f"./{kind}/{other}" in sources
        ] == []
        assert [source for source in sources for other in others if source.startswith(f"./state/{other}/")] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_services_environment_is_one_that_its_settings_take(name):
    environment = {
        variable: re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", value)
        for variable, value in COMPOSE["services"][name]["environment"].items()
    }

    settings = read_settings(environment=environment, service=name)

    assert settings.kafka_user == name
    assert settings.kafka_password_file == f"/run/survivor-voice/{name}.password"
    assert settings.host == "127.0.0.1"
    assert settings.keys_folder(name) == Path("/keys")
    assert settings.database == ("" if name == "anonymiser" else f"postgresql://{name}@/{name}?host=/run/postgresql")


def test_a_service_starts_when_its_topics_are_there():
    for name in SERVICES:
        needs = COMPOSE["services"][name]["depends_on"]
        assert needs["topics"] == {"condition": "service_completed_successfully"}
        assert needs["kafka"] == needs["postgres"] == {"condition": "service_healthy"}
    words = COMPOSE["services"]["topics"]["command"]
    from services.cli import build_parser

    given = build_parser().parse_args(words)
    assert (given.step, given.user) == ("apply", "admin")


def test_images_of_others_are_pinned_to_a_version():
    images = {service["image"] for name, service in COMPOSE["services"].items() if name not in OURS}
    poms = (DEPLOY / "kafka" / "pom.xml").read_text(encoding="utf-8")

    assert all(re.fullmatch(r"[a-z/]+:\d+(\.\d+)*", image) for image in images)
    assert f"apache/kafka:{re.findall(r'<version>(4[.0-9]+)</version>', poms)[0]}" in images


def test_the_ports_behind_the_front_door_are_those_of_the_services():
    caddyfile = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    named = {int(port) for port in re.findall(r"reverse_proxy 127.0.0.1:(\d+)", caddyfile)}

    assert named == {SERVICE_PORTS[name] for name in ("intake", "themer", "reporter")}


@pytest.mark.parametrize("script", ["kafka/start.sh", "postgres/make-databases.sh"])
def test_the_shell_scripts_are_well_formed_and_can_be_run(script):
    path = DEPLOY / script

    assert subprocess.run(["bash", "-n", str(path)], check=False, timeout=30).returncode == 0
    assert path.stat().st_mode & 0o111
    if shutil.which("shellcheck"):
        assert subprocess.run(["shellcheck", str(path)], check=False, timeout=30).returncode == 0
