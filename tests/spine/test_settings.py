"""Settings: the nearest one wins, an unknown one is refused, and no value is ever shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import SettingsError
from services.settings import LEAST_THRESHOLD, SERVICE_PORTS, SERVICES, Settings, read_settings

SECRET = "sqlite:a-planted-value"


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "settings.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_every_default_is_safe_on_one_machine():
    settings = read_settings(environment={})
    assert settings == Settings(data=Path("data"))
    assert settings.host == "127.0.0.1"
    assert settings.port == 8460
    assert settings.threshold == 10
    assert settings.log_url == "sqlite:data/log.sqlite3"
    assert settings.database_url("themer") == "sqlite:data/themer/themer.sqlite3"
    assert settings.keys_folder("themer") == Path("data/keys/themer")


def test_the_environment_goes_before_the_file(file):
    path = file('organisation = "From the file"\nport = 9000\n')
    settings = read_settings(environment={"SV_SETTINGS": path, "SV_ORGANISATION": "From outside"})
    assert (settings.organisation, settings.port) == ("From outside", 9000)


def test_a_services_own_setting_goes_before_the_common_one():
    environment = {"SV_THEMER_DATABASE": "sqlite:own", "SV_DATABASE": "sqlite:common"}
    assert read_settings(environment=environment, service="themer").database == "sqlite:own"
    assert read_settings(environment=environment, service="intake").database == "sqlite:common"
    assert read_settings(environment=environment).database == "sqlite:common"


@pytest.mark.parametrize("reverse", [False, True])
def test_a_services_own_setting_wins_in_whatever_order_they_stand(reverse):
    pairs = [("SV_DATABASE", "sqlite:common"), ("SV_THEMER_DATABASE", "sqlite:own")]
    environment = dict(reversed(pairs) if reverse else pairs)
    assert read_settings(environment=environment, service="themer").database == "sqlite:own"


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_own_setting_goes_before_the_file(file, service):
    environment = {"SV_SETTINGS": file("port = 9000\n"), f"SV_{service.upper()}_PORT": "9001"}
    assert read_settings(environment=environment, service=service).port == 9001
    assert read_settings(environment=environment).port == 9000


def test_the_command_line_goes_before_everything(file):
    environment = {"SV_SETTINGS": file('data = "/file"\nport = 9000\n'), "SV_DATA": "/outside", "SV_PORT": "9001"}
    settings = read_settings(data=Path("/given"), port=0, environment=environment)
    assert (settings.data, settings.port) == (Path("/given"), 0)


def test_the_process_environment_is_read_when_none_is_given(monkeypatch):
    monkeypatch.setenv("SV_ORGANISATION", "From the process")
    assert read_settings().organisation == "From the process"


def test_what_is_not_ours_in_the_environment_is_left_alone():
    assert read_settings(environment={"PATH": "/bin", "SVX": "1", "sv_port": "1"}) == Settings(data=Path("data"))


def test_a_value_of_each_kind_is_read():
    environment = {
        "SV_DATA": "~/voices",
        "SV_PORT": "0",
        "SV_THRESHOLD": "15",
        "SV_LOCKED_OUT_AFTER": "3",
        "SV_FRAMEWORKS": "mayor_2022_25, wandsworth_2022_25",
        "SV_KEYS": "/keys",
        "SV_LOG": "sqlite:/elsewhere/log",
    }
    settings = read_settings(environment=environment)
    assert settings.data == Path("~/voices").expanduser()
    assert (settings.port, settings.threshold, settings.locked_out_after) == (0, 15, 3)
    assert settings.frameworks == ("mayor_2022_25", "wandsworth_2022_25")
    assert settings.keys_folder("themer") == Path("/keys")
    assert settings.log_url == "sqlite:/elsewhere/log"


def test_a_file_may_list_frameworks(file):
    settings = read_settings(environment={"SV_SETTINGS": file('frameworks = ["one", "two"]\nthreshold = 12\n')})
    assert (settings.frameworks, settings.threshold) == (("one", "two"), 12)


def test_a_services_own_table_in_the_file_goes_before_the_rest_for_that_service_alone(file):
    environment = {"SV_SETTINGS": file('database = "sqlite:common"\n[themer]\ndatabase = "sqlite:own"\n')}
    assert read_settings(environment=environment, service="themer").database == "sqlite:own"
    assert read_settings(environment=environment, service="intake").database == "sqlite:common"
    assert read_settings(environment=environment).database == "sqlite:common"


def test_the_environment_goes_before_a_services_own_table(file):
    environment = {"SV_SETTINGS": file('[themer]\nlog = "sqlite:own"\n'), "SV_LOG": "sqlite:outside"}
    assert read_settings(environment=environment, service="themer").log == "sqlite:outside"


def test_a_services_name_that_begins_no_table_is_refused(file):
    with pytest.raises(SettingsError, match="begins a table") as refused:
        read_settings(environment={"SV_SETTINGS": file(f'themer = "{SECRET}"\n')})
    assert "planted" not in str(refused.value)


def test_an_unknown_name_in_a_services_own_table_is_refused_without_its_value(file):
    with pytest.raises(SettingsError, match="treshold") as refused:
        read_settings(environment={"SV_SETTINGS": file(f'[themer]\ntreshold = "{SECRET}"\n')}, service="themer")
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    ["SV_TRESHOLD", "SV_", "SV_PORTS", "SV_OTHER_PORT", "SV_THEMER_", "SV_THEMER_NOTHING", "SV_port", "SV_THEMER"],
)
def test_an_unknown_name_is_refused_without_its_value(name):
    with pytest.raises(SettingsError, match="Unknown setting") as refused:
        read_settings(environment={name: SECRET})
    assert name in str(refused.value)
    assert "planted" not in str(refused.value)


def test_an_unknown_name_is_refused_for_one_service_too():
    with pytest.raises(SettingsError, match="SV_THEMER_NOTHING"):
        read_settings(environment={"SV_THEMER_NOTHING": "1"}, service="intake")


def test_an_unknown_name_in_the_file_is_refused_without_its_value(file):
    with pytest.raises(SettingsError, match="treshold") as refused:
        read_settings(environment={"SV_SETTINGS": file(f'treshold = "{SECRET}"\n')})
    assert "planted" not in str(refused.value)


@pytest.mark.parametrize("name", ["port", "threshold", "locked_out_after"])
@pytest.mark.parametrize("value", ["ten", "", "1.5", SECRET])
def test_what_is_no_whole_number_is_refused_without_its_value(name, value):
    with pytest.raises(SettingsError, match=f"SV_{name.upper()} must be a whole number") as refused:
        read_settings(environment={f"SV_{name.upper()}": value})
    assert value == "" or value not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("value", [-1, 65536, 10**9])
def test_what_is_no_port_is_refused(value):
    with pytest.raises(SettingsError, match="SV_PORT"):
        read_settings(environment={"SV_PORT": str(value)})


@pytest.mark.parametrize("value", [",", "", "a,b,c"])
def test_a_release_has_one_framework_or_two(value):
    with pytest.raises(SettingsError, match="SV_FRAMEWORKS"):
        read_settings(environment={"SV_FRAMEWORKS": value})


@pytest.mark.parametrize("names", ["[]", '["a", "b", "c"]'])
def test_a_file_names_one_framework_or_two(file, names):
    with pytest.raises(SettingsError, match="SV_FRAMEWORKS"):
        read_settings(environment={"SV_SETTINGS": file(f"frameworks = {names}\n")})


@given(threshold=st.integers(-1000, LEAST_THRESHOLD - 1))
def test_a_threshold_below_ten_is_refused_wherever_it_comes_from(threshold):
    for attempt in (
        lambda: Settings(data=Path("data"), threshold=threshold),
        lambda: read_settings(environment={"SV_THRESHOLD": str(threshold)}),
        lambda: read_settings(environment={"SV_REPORTER_THRESHOLD": str(threshold)}, service="reporter"),
    ):
        with pytest.raises(SettingsError, match="at least 10"):
            attempt()


@given(threshold=st.integers(LEAST_THRESHOLD, 10**6))
def test_a_threshold_may_be_raised(threshold):
    assert read_settings(environment={"SV_THRESHOLD": str(threshold)}).threshold == threshold


def test_a_threshold_below_ten_in_the_file_is_refused(file):
    with pytest.raises(SettingsError, match="at least 10"):
        read_settings(environment={"SV_SETTINGS": file("threshold = 9\n")})


def test_a_file_that_cannot_be_read_is_named_by_its_setting_only(tmp_path):
    with pytest.raises(SettingsError, match="SV_SETTINGS") as refused:
        read_settings(environment={"SV_SETTINGS": str(tmp_path / "a-planted-name.toml")})
    assert "planted" not in str(refused.value)


def test_a_file_that_is_not_toml_is_refused_without_its_text(file):
    with pytest.raises(SettingsError, match="not TOML") as refused:
        read_settings(environment={"SV_SETTINGS": file("a planted line\n")})
    assert "planted" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_settings_do_not_change_once_they_are_read():
    settings = read_settings(environment={})
    with pytest.raises(AttributeError):
        settings.threshold = 3


def test_each_service_has_a_port_of_its_own():
    assert set(SERVICE_PORTS) == set(SERVICES)
    assert len(set(SERVICE_PORTS.values())) == len(SERVICES)
