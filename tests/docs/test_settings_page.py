"""``docs/settings.md`` names every setting, with the default that the code has."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from services.errors import SettingsError
from services.settings import SERVICE_PORTS, SERVICES, Settings, read_settings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
NAMES = [field.name for field in fields(Settings)]


def rows() -> dict[str, list[str]]:
    """Return the table's cells by variable."""
    found = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"`SV_[A-Z_]+`", cells[0]):
            found[cells[0].strip("`")] = cells
    return found


def default_of(name: str) -> str:
    """Return a field's default as the page should write it."""
    if name == "data":
        return f"`{read_settings(environment={}).data}`"
    default = next(field.default for field in fields(Settings) if field.name == name)
    assert default is not MISSING
    if default == "":
        return "empty"
    return f"`{','.join(default)}`" if isinstance(default, tuple) else f"`{default}`"


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_is_on_the_page_with_kind_default_and_meaning(name: str) -> None:
    cells = rows()[f"SV_{name.upper()}"]

    assert len(cells) == 4
    assert cells[2] == default_of(name)
    assert cells[1]
    assert cells[3].endswith(".")


def test_the_page_names_no_setting_that_does_not_exist() -> None:
    allowed = {f"SV_{name.upper()}" for name in NAMES} | {"SV_SETTINGS", "SV_"}
    allowed |= {f"SV_{service.upper()}_{name.upper()}" for service in SERVICES for name in NAMES}

    named = set(re.findall(r"\bSV_[A-Z_]*", PAGE)) - {"SV_"}

    assert set(rows()) == {f"SV_{name.upper()}" for name in NAMES}
    assert named <= allowed


def test_the_page_names_the_port_of_each_service() -> None:
    ports = rows()["SV_PORT"][3]

    assert [service for service, port in SERVICE_PORTS.items() if f"{service} {port}" not in ports] == []


def test_the_variables_of_the_example_are_read_for_the_service_they_name() -> None:
    block = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    environment = dict(line.split("=", 1) for line in block.group(1).splitlines())

    themer = read_settings(environment=environment, service="themer")
    reporter = read_settings(environment=environment, service="reporter")

    assert themer.database == environment["SV_THEMER_DATABASE"]
    assert str(themer.keys_folder("themer")) == environment["SV_THEMER_KEYS"]
    assert themer.port == int(environment["SV_THEMER_PORT"])
    assert themer.log_url == reporter.log_url == environment["SV_LOG"]
    assert reporter.database == ""


def test_the_file_of_the_example_is_read(tmp_path: Path) -> None:
    block = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    file = tmp_path / "settings.toml"
    file.write_text(block.group(1), encoding="utf-8")

    settings = read_settings(environment={"SV_SETTINGS": str(file)})

    assert settings.threshold == 12
    assert settings.frameworks == ("mayor_2022_25", "health_pledges")
    assert settings.data == Path("/srv/survivor-voice")


def test_the_order_in_which_settings_win_is_the_one_on_the_page(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('organisation = "file"\nservice_name = "file"\nexit_address = "file"\nport = 1\n', encoding="utf-8")
    environment = {
        "SV_SETTINGS": str(file),
        "SV_SERVICE_NAME": "all",
        "SV_EXIT_ADDRESS": "all",
        "SV_THEMER_EXIT_ADDRESS": "themer",
    }

    settings = read_settings(environment=environment, service="themer", port=2)

    assert (settings.port, settings.exit_address, settings.service_name, settings.organisation) == (
        2,
        "themer",
        "all",
        "file",
    )


@pytest.mark.parametrize("environment", [{"SV_THRESHOLD": "9"}, {"SV_TRESHOLD": "12"}, {"SV_THRESHOLD": "secret"}])
def test_what_the_page_calls_an_error_is_one_and_hides_the_value(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(environment=environment)

    assert "secret" not in str(refused.value)
    assert "SV_T" in str(refused.value)
