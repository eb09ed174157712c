"""The import picture: layers point one way, services do not know each other, and the domain touches no world."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("intake", "anonymiser", "themer", "reporter")

#: What touches the world: no domain module reaches it, not through another module either.
WORLD = ("aiohttp", "sqlalchemy", "sqlite3", "aiokafka", "services.eventlog", "services.database", "services.runner")

#: The thin shell, the same in every service: by name, and by what a name ends in.
SHELL = {"app", "worker", "api", "pages", "commands", "store"}
SHELL_ENDINGS = ("_api", "_pages", "_routes", "_store")

#: Handlers: what a transaction or a record of the log passes through. All other modules are domain.
HANDLERS = {
    "anonymiser": {"forgetting", "redacting"},
    "themer": {
        "answers",
        "deletion",
        "holding",
        "inbox",
        "keeping",
        "statements.announcing",
        "statements.arriving",
        "statements.forgetting",
        "statements.keeping",
        "statements.narrowing",
        "statements.paraphrasing",
        "statements.reading",
        "statements.resting",
        "statements.reviewing",
        "theming",
    },
    "reporter": {
        "actions",
        "described",
        "editions",
        "gathering",
        "inbox",
        "material",
        "narrowing",
        "outputs.document",
        "outputs.formats",
        "outputs.shelf",
        "publishing",
        "recommendations.answering",
        "recommendations.asking",
        "recommendations.asking_page",
        "recommendations.births",
        "recommendations.board",
        "recommendations.desk",
        "recommendations.drafts",
        "recommendations.figures",
        "recommendations.interface",
        "recommendations.keeping",
        "recommendations.organisations",
        "recommendations.reading",
        "recommendations.showing",
        "recommendations.texts",
        "rowkeeping",
        "sayings",
        "sector_reading",
        "statements",
        "waiting",
    },
}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("services", include_external_packages=True, cache_dir=None)


def reached(graph, module):
    """What of the world a module reaches, by the shortest way to each."""
    ways = (graph.find_shortest_chain(module, end) for world in WORLD for end in modules_of(graph, world))
    return sorted({" -> ".join(way) for way in ways if way})


def modules_of(graph, package):
    if package not in graph.modules:
        return set()
    inside = set() if graph.is_module_squashed(package) else graph.find_descendants(package)
    return {package, *inside}


def is_shell(name):
    """Whether a module of a service, or the package it lies in, is of the thin shell."""
    return any(part in SHELL or part.endswith(SHELL_ENDINGS) for part in name.split("."))


def test_the_layers_of_the_project_file_hold():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
    assert "Imports point one way KEPT" in found.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_never_imports_another(graph, service):
    own = modules_of(graph, f"services.{service}")
    others = {module for other in SERVICES if other != service for module in modules_of(graph, f"services.{other}")}
    assert own
    assert [
        (module, known) for module in sorted(own) for known in graph.find_modules_directly_imported_by(module) & others
    ] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_does_not_reach_another_through_a_third(graph, service):
    for other in SERVICES:
        if other != service:
            package, known = f"services.{service}", f"services.{other}"
            assert graph.find_shortest_chains(importer=package, imported=known, as_packages=True) == set()


@pytest.mark.parametrize("service", HANDLERS)
def test_domain_modules_reach_nothing_of_the_world(graph, service):
    package = f"services.{service}"
    names = [module.removeprefix(f"{package}.") for module in sorted(graph.find_descendants(package))]
    domain = [f"{package}.{name}" for name in names if not is_shell(name) and name not in HANDLERS[service]]
    assert domain
    assert [way for module in domain for way in reached(graph, module)] == []


@pytest.mark.parametrize("service", HANDLERS)
def test_every_handler_is_there_and_needs_to_be_spared(graph, service):
    pure = [name for name in sorted(HANDLERS[service]) if not reached(graph, f"services.{service}.{name}")]
    assert pure == [], "these are domain modules now: take them off the list"


@pytest.mark.parametrize("package", ["safeguarding", "vocabulary", "events", "contracts", "errors", "schemas"])
def test_what_everyone_shares_reaches_nothing_of_the_world(graph, package):
    modules = modules_of(graph, f"services.{package}")
    assert modules
    assert [way for module in sorted(modules) for way in reached(graph, module)] == []


def test_the_schemas_stand_on_the_contracts_alone(graph):
    below = {"services.contracts", "services.events", "services.errors", "services.vocabulary.datafiles"}
    known = {
        name for name in graph.find_modules_directly_imported_by("services.schemas") if name.startswith("services.")
    }
    assert known == below | {"services.schema_changes"}
    ours = {name for name in graph.find_modules_directly_imported_by("services.schema_changes") if "services" in name}
    assert ours == set()


def test_the_world_is_seen_by_this_test(graph):
    # Were a name here misspelt, nothing would be found anywhere.
    assert [world for world in WORLD if world not in graph.modules and world != "aiokafka"] == []
    assert reached(graph, "services.themer.store") != []
